#include "client/engine/engine.h"

#include <algorithm>

#include "client/engine/account_setup.h"
#include "client/engine/channel_session.h"
#include "client/engine/chats.h"
#include "client/engine/commands.h"
#include "client/engine/history_export.h"
#include "client/engine/outbox.h"
#include "client/engine/receiving.h"
#include "client/engine/status.h"
#include "client/engine/transfers.h"

namespace parley::client {
namespace {

constexpr std::size_t kMaxQueue = 100'000;  // of inputs: far more than a delivery window

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

Status start(Step& step) {
  PARLEY_CHECK(step.any_account());
  return raise_status(step);
}

// What is due by time or by state. `progressed`: there may be more.
Status keep_house(Step& step, bool with_transfer, bool& progressed) {
  PARLEY_TRY(account, step.any_account());
  if (account == nullptr || !account->registered) return continue_setup(step);
  PARLEY_CHECK(watch_link(step));
  if (with_transfer) {
    PARLEY_TRY(exported, continue_export(step));
    if (exported) return {};
  }
  PARLEY_TRY(expired, expire_messages(step));
  PARLEY_TRY(sent, pump_outbox(step));
  PARLEY_TRY(ordered, pump_transfers(step));
  progressed = expired || sent || ordered;
  if (progressed) return {};
  PARLEY_TRY(maintained, maintain(step));
  progressed = maintained;
  return {};
}

}  // namespace

struct Engine::Gathered {
  std::map<RecordId, RecordValue> written;
  std::vector<SecretBuffer> frames;
  std::vector<std::int64_t> acknowledged;
  bool reset_link = false;
};

api::Output Engine::step(api::Input input) {
  now_ = Time{input.now_ms};
  transfer_step_done_ = false;
  api::Output output;
  accept(input, output);
  work(output);
  output.next_wakeup_ms = next_wakeup();
  if (output.link != api::LinkWish::link_reset) {
    output.link = wants_link() ? api::LinkWish::link_open : api::LinkWish::link_closed;
  }
  return output;
}

void Engine::accept(api::Input& input, api::Output& output) {
  std::visit(
      Overloaded{[](std::monostate) {}, [](const api::Tick&) {},
                 [&](const api::Start&) { queue_.emplace_back(Started{}); },
                 [&](const api::LinkUp& up) { queue_.emplace_back(up); },
                 [&](const api::LinkDown& down) {
                   // What the hub had sent on this link it sends again on the next.
                   std::erase_if(queue_, [](const Work& work) {
                     return std::holds_alternative<Frame>(work) ||
                            std::holds_alternative<Delivery>(work);
                   });
                   queue_.emplace_back(down);
                 },
                 [&](const api::Received& received) { accept_batch(received, output); },
                 [&](api::SetupReply& reply) {
                   queue_.emplace_back(std::make_shared<const api::SetupReply>(std::move(reply)));
                 },
                 [&](api::TransferNews& news) {
                   queue_.emplace_back(std::make_shared<const api::TransferNews>(std::move(news)));
                 },
                 [&](api::QueryReply& reply) { accept_query_reply(reply); },
                 [&](api::Command& command) {
                   queue_.emplace_back(std::make_shared<const api::Command>(std::move(command)));
                 }},
      input.event);
}

void Engine::accept_batch(const api::Received& received, api::Output& output) {
  auto batch = wire::decode<channel::ServerBatch>(received.batch);
  if (!batch || queue_.size() > kMaxQueue) {
    output.link = api::LinkWish::link_reset;
    return;
  }
  for (auto& frame : batch->frames) {
    queue_.emplace_back(std::make_shared<const channel::ServerFrame>(std::move(frame)));
  }
}

void Engine::accept_query_reply(api::QueryReply& reply) {
  const auto open = std::find_if(open_queries_.begin(), open_queries_.end(),
                                 [&](const OpenQuery& one) { return one.id == reply.id; });
  if (open == open_queries_.end()) return;
  if (const auto* id = std::get_if<RecordId>(&open->what)) {
    RecordValue value;
    if (!reply.records.empty()) {
      value = std::make_shared<const SecretBuffer>(std::move(reply.records.front().value));
    }
    cache_.put(*id, std::move(value));
  } else {
    std::vector<ScannedRecord> records;
    for (auto& record : reply.records) {
      records.push_back(
          {std::move(record.key), std::make_shared<const SecretBuffer>(std::move(record.value))});
    }
    scans_[std::get<Scan>(open->what)] = std::move(records);
  }
  open_queries_.erase(open);
}

void Engine::work(api::Output& output) {
  Gathered gathered;
  bool asked = !open_queries_.empty();
  while (!asked && !queue_.empty()) {
    bool ignored = false;
    const Work work = queue_.front();
    asked = !run(work, gathered, output, ignored);
    if (!asked) {
      // A step puts what it handles again behind the front or before the rest.
      scans_.clear();
    }
  }
  for (bool progressed = true; !asked && progressed;) {
    progressed = false;
    asked = !run(Housekeeping{}, gathered, output, progressed);
    if (!asked) scans_.clear();
    if (!asked && !queue_.empty()) {
      progressed = true;
      const Work work = queue_.front();
      bool ignored = false;
      asked = !run(work, gathered, output, ignored);
    }
  }
  finish(gathered, output);
}

bool Engine::run(const Work& work, Gathered& gathered, api::Output& output, bool& progressed) {
  IsAbsent is_absent;
  if (is_absent_) {
    // The caller does not know yet what this output will want stored.
    is_absent = [&](RecordKind kind, ByteView key) {
      return !gathered.written.contains({kind, to_bytes(key)}) && is_absent_(kind, key);
    };
  }
  Step step(now_, cache_, scans_, live_, random_, opened_, std::move(is_absent));
  const bool is_input = !std::holds_alternative<Housekeeping>(work);
  const Status result = std::visit(
      Overloaded{
          [&](const Started&) { return start(step); },
          [&](const api::LinkUp&) { return on_link_up(step); },
          [&](const api::LinkDown& down) { return on_link_down(step, down.reason); },
          [&](const Frame& frame) { return on_frame(step, frame); },
          [&](const Delivery& delivery) { return on_deliver(step, delivery); },
          [&](const Reply& reply) { return on_setup_reply(step, *reply); },
          [&](const News& news) { return on_transfer_news(step, *news); },
          [&](const SharedCommand& command) { return on_command(step, command); },
          [&](const Housekeeping&) { return keep_house(step, !transfer_step_done_, progressed); }},
      work);
  if (step.is_loading()) {
    progressed = false;
    ask(step, output);
    return false;
  }
  if (is_input) queue_.pop_front();
  opened_.reset();
  if (result) {
    if (!is_input && !transfer_step_done_) transfer_step_done_ = true;
    commit(step, gathered, output);
    return true;
  }
  // The step never happened. A command's failure is its answer; anything else of the
  // hub's that makes no sense here ends the link.
  progressed = false;
  Step report(now_, cache_, scans_, live_, random_, opened_);
  if (const auto* command = std::get_if<SharedCommand>(&work)) {
    if (report.live().transfer.command && report.live().transfer.command->id == (*command)->id) {
      report.live().transfer = {};
    }
    raise_failure(report, (*command)->id, result.error());
  } else if (std::holds_alternative<Frame>(work) || std::holds_alternative<Delivery>(work)) {
    report.reset_link();
  }
  commit(report, gathered, output);
  return true;
}

void Engine::commit(Step& step, Gathered& gathered, api::Output& output) {
  step.finish();
  if (step.wants_wipe()) {
    output.wipe = true;
    gathered.written.clear();
    cache_.clear();
    live_ = LiveState{};
    queue_.clear();
    for (auto& event : step.events()) output.events.push_back(std::move(event));
    queue_.emplace_back(Started{});
    // Nothing is stored any more, which is known without asking.
    cache_.put({RecordKind::account, {}}, nullptr);
    return;
  }
  live_ = std::move(step.live());
  for (auto& [id, value] : step.written()) {
    cache_.put(id, value);
    gathered.written[id] = value;
  }
  for (auto& frame : step.frames()) gathered.frames.push_back(std::move(frame));
  for (const std::int64_t time : step.acknowledged()) gathered.acknowledged.push_back(time);
  for (auto& request : step.setups()) output.setup.push_back(std::move(request));
  for (auto& order : step.orders()) output.transfers.push_back(std::move(order));
  for (auto& event : step.events()) output.events.push_back(std::move(event));
  // Older than everything that still waits here.
  auto& commands = step.requeued();
  for (auto at = commands.rbegin(); at != commands.rend(); ++at) {
    queue_.emplace_front(std::move(*at));
  }
  auto& again = step.redelivered();
  for (auto at = again.rbegin(); at != again.rend(); ++at) queue_.emplace_front(std::move(*at));
  gathered.reset_link |= step.wants_link_reset();
}

void Engine::ask(Step& step, api::Output& output) {
  for (const RecordId& id : step.missing()) {
    api::Query query;
    query.id = ++last_query_;
    query.kind = static_cast<std::uint32_t>(id.kind);
    api::GetRecord get;
    get.key = id.key;
    query.what = std::move(get);
    open_queries_.push_back({query.id, id});
    output.queries.push_back(std::move(query));
  }
  for (const Scan& scan : step.missing_scans()) {
    api::Query query;
    query.id = ++last_query_;
    query.kind = static_cast<std::uint32_t>(scan.kind);
    api::ScanRecords records;
    records.prefix = scan.prefix;
    records.after = scan.after;
    records.descending = scan.descending;
    records.limit = scan.limit;
    query.what = std::move(records);
    open_queries_.push_back({query.id, scan});
    output.queries.push_back(std::move(query));
  }
}

void Engine::finish(Gathered& gathered, api::Output& output) {
  for (const auto& [id, value] : gathered.written) {
    api::Write write;
    write.kind = static_cast<std::uint32_t>(id.kind);
    write.key = id.key;
    write.remove = value == nullptr;
    if (value) write.value = value->clone();
    output.writes.push_back(std::move(write));
  }
  if (!gathered.acknowledged.empty()) {
    channel::Acknowledge acknowledge;
    for (const std::int64_t time : gathered.acknowledged) {
      acknowledge.accepted_at_us.push_back(time);
      if (acknowledge.accepted_at_us.size() < limits::kMaxFramesPerBatch) continue;
      channel::ClientFrame frame;
      frame.body = std::exchange(acknowledge, {});
      gathered.frames.push_back(wire::encode_secret(frame));
    }
    channel::ClientFrame frame;
    frame.body = std::move(acknowledge);
    gathered.frames.push_back(wire::encode_secret(frame));
  }
  const std::size_t max_bytes =
      live_.limits.max_batch_bytes > 0 ? live_.limits.max_batch_bytes : limits::kMaxBatchBytes;
  Bytes batch;
  std::size_t frames = 0;
  const auto close_batch = [&] {
    if (batch.empty()) return;
    api::ChannelBatch out;
    out.bytes = SecretBuffer(batch);
    wipe(batch);  // a hello carries the session token
    batch.clear();
    frames = 0;
    output.batches.push_back(std::move(out));
  };
  constexpr std::size_t kFieldHead = 8;  // tag and length
  for (const SecretBuffer& frame : gathered.frames) {
    if (batch.size() + frame.size() + kFieldHead > max_bytes ||
        frames >= limits::kMaxFramesPerBatch) {
      close_batch();
    }
    wire::append_length_delimited(batch, channel::ClientBatch::kFramesField, frame.view());
    ++frames;
  }
  close_batch();
  if (gathered.reset_link) output.link = api::LinkWish::link_reset;
}

std::int64_t Engine::next_wakeup() const {
  std::int64_t next = 0;
  const auto consider = [&](std::int64_t time_ms) {
    if (time_ms > 0 && (next == 0 || time_ms < next)) next = time_ms;
  };
  if (live_.transfer.command && live_.transfer.is_export) consider(now_.ms);
  if (live_.link != api::LinkState::offline) {
    const std::int64_t interval_ms = live_.limits.ping_interval_ms > 0
                                         ? live_.limits.ping_interval_ms
                                         : limits::kPingInterval.ms;
    consider(live_.last_heard_ms + (live_.ping_sent ? 2 : 1) * interval_ms);
  }
  if (live_.welcomed) {
    consider(outbox_wakeup_ms(live_, now_));
    consider(transfers_wakeup_ms(live_, now_));
    consider(std::max(live_.next_cleanup_ms, now_.ms + 1));
  }
  for (const TypingPeer& peer : live_.typing) consider(peer.until_ms);
  consider(live_.flow.retry_at_ms);
  consider(live_.next_expiry_ms);
  return next;
}

bool Engine::wants_link() {
  // Where the account's record is not at hand, what it said last still holds.
  const auto stored = cache_.find({RecordKind::account, {}});
  if (!stored) return wants_link_;
  wants_link_ = false;
  if (*stored) {
    const auto account = wire::decode<records::Account>((*stored)->view());
    wants_link_ = account && account->registered && account->problem == ErrorCode::unspecified;
  }
  return wants_link_;
}

}  // namespace parley::client
