#include "hub/engine/dispatcher.h"

#include <utility>

namespace parley::hub {

namespace wc = wire::channel;

void Dispatcher::opened(ConnectionId id, AddressBucket origin) {
  ++p_.shared.statistics.connections_opened;
  p_.sessions.open(id, origin);
  if (p_.shared.stopping) return p_.sessions.dismiss(id, ErrorCode::shutting_down, seconds(2));
  if (Status status = p_.shared.quotas.take(Quota::connects, origin, p_.shared.now); !status) {
    ++p_.shared.statistics.rate_limited;
    return p_.sessions.reject(id, 0, status.error());
  }
  wc::Challenge challenge;
  challenge.hub_id = p_.shared.hub.to_bytes();
  const auto nonce = p_.shared.random.array<32>();
  p_.sessions.find(id)->nonce = nonce;
  challenge.nonce = to_bytes(nonce);
  challenge.versions = {1};
  p_.sessions.push(id, std::move(challenge));
}

void Dispatcher::batch_received(ConnectionId id, ByteView batch) {
  Connection* connection = p_.sessions.find(id);
  if (connection == nullptr) return;
  ++p_.shared.statistics.batches_received;
  connection->heard = p_.shared.now;
  Status status = fail(ErrorCode::malformed, "batch is over its limit");
  if (batch.size() <= limits::kMaxBatchBytes) {
    status = wire::for_each_element(batch, wc::ClientBatch::kFramesField,
                                    limits::kMaxFramesPerBatch, [&](ByteView bytes) -> Status {
                                      PARLEY_TRY(frame, wire::decode<Frame>(bytes));
                                      ++p_.shared.statistics.frames_received;
                                      return take(id, std::move(frame));
                                    });
  }
  if (status) return;
  if (status.error().code == ErrorCode::malformed) ++p_.shared.statistics.malformed_batches;
  p_.sessions.reject(id, 0, status.error());
}

Status Dispatcher::take(ConnectionId id, Frame frame) {
  Connection* connection = p_.sessions.find(id);
  if (connection == nullptr) return {};  // ended by an earlier frame of the batch
  if (connection->state == Connection::State::greeting) return take_first(*connection, frame);
  if (std::holds_alternative<wc::Hello>(frame.body)) {
    return fail(ErrorCode::out_of_place, "a second hello");
  }
  const bool open = connection->state == Connection::State::open;
  if (const auto* acknowledge = std::get_if<wc::Acknowledge>(&frame.body)) {
    if (open) p_.mailboxes.acknowledge(connection->address(), acknowledge->accepted_at_us);
    return {};
  }
  if (const auto* typing = std::get_if<wc::Typing>(&frame.body)) {
    if (open) p_.people.typing(*connection, *typing);
    return {};
  }
  if (frame.request_id == 0) return fail(ErrorCode::malformed, "a request without an id");
  take_request(*connection, std::move(frame));
  return {};
}

Status Dispatcher::take_first(Connection& connection, Frame& frame) {
  auto* hello = std::get_if<wc::Hello>(&frame.body);
  if (hello == nullptr) return fail(ErrorCode::out_of_place, "the first frame is a hello");
  if (!p_.devices.check_hello(connection, frame.request_id, *hello)) return {};
  connection.waiting = true;
  const auto then = [this](ConnectionId id) { resume(id, {}); };
  if (auto* provider = std::get_if<wc::ProviderCredential>(&hello->credential)) {
    p_.partner_hello.join(connection, frame.request_id, std::move(*provider), then);
  } else if (auto* session = std::get_if<wc::SessionCredential>(&hello->credential)) {
    p_.devices.join(connection, frame.request_id, *session, then);
  }
  return {};
}

void Dispatcher::take_request(Connection& connection, Frame frame) {
  ++connection.open_requests;
  if (p_.shared.stopping) {
    return p_.sessions.refuse(connection.id, frame.request_id,
                              {ErrorCode::shutting_down, "", seconds(2).ms});
  }
  if (connection.open_requests > p_.shared.config.max_open_requests) {
    return p_.sessions.refuse(connection.id, frame.request_id,
                              overloaded("too many open requests"));
  }
  if (connection.waiting) {
    ++waiting_;
    connection.held.push_back(std::move(frame));
    return;
  }
  offer(connection, frame);
}

void Dispatcher::offer(Connection& connection, Frame& frame) {
  const ConnectionId id = connection.id;
  if (dispatch(connection, frame) == Handled::done) return;
  // The handler leaves the connection as it is when it says wait.
  Connection& still = *p_.sessions.find(id);
  still.waiting = true;
  ++waiting_;
  still.held.push_back(std::move(frame));
}

Wake Dispatcher::make_wake(ConnectionId id) {
  return [this, id](Status status) { resume(id, status); };
}

void Dispatcher::resume(ConnectionId id, const Status& status) {
  Connection* connection = p_.sessions.find(id);
  if (connection == nullptr || !connection->waiting) return;
  connection->waiting = false;
  auto frames = std::exchange(connection->held, {});
  waiting_ -= frames.size();
  std::size_t next = 0;
  if (!status && !frames.empty()) {
    p_.sessions.refuse(id, frames[next++].request_id, status.error());
  }
  for (; next < frames.size(); ++next) {
    connection = p_.sessions.find(id);
    if (connection == nullptr) return;
    if (connection->waiting) {
      ++waiting_;
      connection->held.push_back(std::move(frames[next]));
    } else {
      offer(*connection, frames[next]);
    }
  }
}

void Dispatcher::left(const Connection& connection) {
  waiting_ -= connection.held.size();
  if (connection.state == Connection::State::open) p_.devices.left(connection);
}

namespace {

// Frames that are only for accounts of this hub.
bool is_for_own_accounts(const decltype(wc::ClientFrame::body)& body) {
  return std::holds_alternative<wc::SetRecovery>(body) ||
         std::holds_alternative<wc::ApproveLink>(body) ||
         std::holds_alternative<wc::GetThirdParty>(body) ||
         std::holds_alternative<wc::SetThirdParty>(body);
}

// Requests that change nothing, which nothing else limits: their answers are large or cheap to ask
// for, and a batch holds a thousand of them.
bool is_question(const decltype(wc::ClientFrame::body)& body) {
  return std::holds_alternative<wc::GetThirdParty>(body) ||
         std::holds_alternative<wc::ListDevices>(body) || std::holds_alternative<wc::Ping>(body) ||
         std::holds_alternative<std::monostate>(body);
}

}  // namespace

Handled Dispatcher::dispatch(Connection& connection, Frame& frame) {
  const std::uint64_t request = frame.request_id;
  const AccountId self = connection.account->id();
  if (p_.directory.ready(self) == nullptr) {  // its devices are changing
    p_.directory.wait_for(self, make_wake(connection.id));
    return Handled::wait;
  }
  if (connection.account->home() == Home::provider && is_for_own_accounts(frame.body)) {
    p_.sessions.refuse(connection.id, request,
                       {ErrorCode::not_allowed, "only for accounts of the hub", 0});
    return Handled::done;
  }
  if (is_question(frame.body)) {
    const Status allowed = p_.shared.quotas.take(Quota::questions, self, p_.shared.now);
    if (!allowed) {
      p_.sessions.refuse(connection.id, request, allowed.error());
      return Handled::done;
    }
  }
  struct Visitor {
    Dispatcher& self;
    Connection& connection;
    std::uint64_t request;

    Handled operator()(wc::Send& send) {
      return self.p_.sending.handle(connection, request, send,
                                    [&] { return self.make_wake(connection.id); });
    }
    Handled operator()(wc::FetchPrekeys& f) {
      return self.p_.keys.fetch(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::UploadPrekeys& f) {
      return self.p_.keys.upload(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::Lookup& f) {
      return self.p_.people.lookup(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::SetProfile& f) {
      return self.p_.people.set_profile(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::SetRecovery& f) {
      return self.p_.people.set_recovery(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::SetRelation& f) {
      return self.p_.people.set_relation(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::ListDevices&) {
      return self.p_.devices.list(connection, request), Handled::done;
    }
    Handled operator()(wc::RenameDevice& f) {
      return self.p_.devices.rename(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::RemoveDevice& f) {
      return self.p_.devices.remove(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::ApproveLink& f) {
      return self.p_.linking.approve(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::GetThirdParty&) {
      return self.p_.opt_in.get(connection, request), Handled::done;
    }
    Handled operator()(wc::SetThirdParty& f) {
      return self.p_.opt_in.set(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::Report& f) {
      return self.p_.reports.take(connection, request, std::move(f)), Handled::done;
    }
    Handled operator()(wc::Ping&) {
      self.p_.sessions.reply(connection.id, request, wc::Pong{self.p_.shared.now.ms});
      return Handled::done;
    }
    Handled unknown() {
      self.p_.sessions.refuse(
          connection.id, request,
          {ErrorCode::invalid_argument, "this hub does not know the request", 0});
      return Handled::done;
    }
    Handled operator()(std::monostate&) { return unknown(); }
    // Handled before they get here.
    Handled operator()(wc::Hello&) { return unknown(); }
    Handled operator()(wc::Acknowledge&) { return unknown(); }
    Handled operator()(wc::Typing&) { return unknown(); }
  };
  return std::visit(Visitor{*this, connection, request}, frame.body);
}

}  // namespace parley::hub
