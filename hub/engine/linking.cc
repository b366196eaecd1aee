#include "hub/engine/linking.h"

#include <algorithm>
#include <utility>

#include "lib/crypto/hash.h"

namespace parley::hub {

namespace ws = wire::setup;

namespace {

// The public name of a slot: the first 16 bytes of a hash of its poll token.
Bytes slot_of(ByteView poll_token) {
  const auto digest =
      crypto::Sha256().update(as_bytes("parley-link-slot-1")).update(poll_token).finish();
  return {digest.begin(), digest.begin() + 16};
}

TicketKey key_of_slot(ByteView slot) { return {crypto::sha256(slot)}; }

ByteArray<32> login_token_of(ByteView poll_token) {
  return crypto::hmac_sha256(poll_token, as_bytes("parley-link-login-1"));
}

ws::LinkResult link_result(const Ticket& ticket, const ByteArray<32>& login_token) {
  ws::LinkResult result;
  result.ready = true;
  result.envelope = ticket.envelope;
  result.account_id = ticket.account->to_bytes();
  result.login_token = SecretBuffer(login_token);
  return result;
}

bool is_open_link(const std::optional<Ticket>& ticket, Time now) {
  return ticket && ticket->kind == Ticket::Kind::link && ticket->expires > now;
}

}  // namespace

void Linking::open(AddressBucket origin, Opened done) {
  if (Status status = p_.shared.quotas.take(Quota::links, origin, p_.shared.now); !status) {
    return done(fail(status.error()));
  }
  const auto poll_token = std::make_shared<Secret<32>>(p_.shared.random.secret<32>());
  const Bytes slot = slot_of(poll_token->view());
  Ticket ticket;
  ticket.kind = Ticket::Kind::link;
  ticket.expires = p_.shared.now + limits::kLinkSlotLifetime;
  p_.committer.add(op::Boxed(op::PutTicket{key_of_slot(slot), std::move(ticket)}),
                   [poll_token, slot, done](Result<op::Reply> reply) {
                     if (!reply) return done(fail(reply.error()));
                     ws::LinkOpened opened;
                     opened.slot = slot;
                     opened.poll_token = SecretBuffer(ByteView(poll_token->view()));
                     opened.expires_in_ms = limits::kLinkSlotLifetime.ms;
                     done(std::move(opened));
                   });
}

void Linking::poll(SecretBuffer poll_token, AddressBucket origin, Polled done) {
  if (poll_token.size() != 32) return done(fail(ErrorCode::invalid_argument, "poll_token missing"));
  if (Status status = p_.shared.quotas.take(Quota::polls, origin, p_.shared.now); !status) {
    return done(fail(status.error()));
  }
  look(std::make_shared<SecretBuffer>(std::move(poll_token)), p_.shared.now + kPollWait,
       std::move(done));
}

void Linking::look(std::shared_ptr<SecretBuffer> poll_token, Time until, Polled done) {
  const TicketKey slot = key_of_slot(slot_of(poll_token->view()));
  p_.shared.store.find_ticket(
      slot, p_.shared.completion([this, slot, poll_token = std::move(poll_token), until,
                                  done](Result<std::optional<Ticket>> found) {
        if (!found) return done(fail(found.error()));
        if (!is_open_link(*found, p_.shared.now)) return done(fail(ErrorCode::link_expired));
        if ((*found)->account) return grant(slot, std::move(**found), *poll_token, done);
        if (p_.shared.now >= until || waiting_.size() >= kMaxWaiting || p_.shared.stopping) {
          return done(ws::LinkResult{});
        }
        waiting_.push_back({slot, until, poll_token, done});
      }));
}

void Linking::grant(const TicketKey& slot, Ticket ticket, const SecretBuffer& poll_token,
                    Polled done) {
  const auto login_token = login_token_of(poll_token.view());
  if (ticket.granted) return done(link_result(ticket, login_token));
  Ticket login;
  login.kind = Ticket::Kind::login;
  login.account = ticket.account;
  login.expires = ticket.expires;
  p_.committer.add(
      op::Boxed(op::PutTicket{TicketKey{crypto::sha256(login_token)}, std::move(login)}),
      [](const Result<op::Reply>&) {});
  ticket.granted = true;
  p_.committer.add(op::Boxed(op::PutTicket{slot, ticket}),
                   [ticket, login_token, done](Result<op::Reply> reply) {
                     if (!reply) return done(fail(reply.error()));
                     done(link_result(ticket, login_token));
                   });
}

void Linking::approve(Connection& connection, std::uint64_t request,
                      wire::channel::ApproveLink approval) {
  const ConnectionId id = connection.id;
  const AccountId account = connection.account->id();
  const auto refuse = [this, id, request](const Error& error) {
    p_.sessions.refuse(id, request, error);
  };
  if (approval.slot.empty() || approval.envelope.empty()) {
    return refuse({ErrorCode::invalid_argument, "slot or envelope missing", 0});
  }
  if (Status status = p_.shared.quotas.take(Quota::changes, account, p_.shared.now); !status) {
    return refuse(status.error());
  }
  const TicketKey slot = key_of_slot(approval.slot);
  p_.shared.store.find_ticket(slot, p_.shared.completion([this, id, request, refuse, account, slot,
                                                          envelope = std::move(approval.envelope)](
                                                             Result<std::optional<Ticket>> found) {
    if (!found) return refuse(found.error());
    if (!is_open_link(*found, p_.shared.now)) return refuse({ErrorCode::link_expired, "", 0});
    Ticket& ticket = **found;
    if (ticket.account && (*ticket.account != account || ticket.envelope != envelope)) {
      return refuse({ErrorCode::link_expired, "answered already", 0});
    }
    ticket.account = account;
    ticket.envelope = envelope;
    p_.committer.add(op::Boxed(op::PutTicket{slot, ticket}),
                     [this, id, request, refuse, slot](Result<op::Reply> reply) {
                       if (!reply) return refuse(reply.error());
                       p_.sessions.reply(id, request, wire::channel::Done{});
                       wake(slot);
                     });
  }));
}

void Linking::wake(const TicketKey& slot) {
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (at->slot != slot) {
      ++at;
      continue;
    }
    Waiting waiting = std::move(*at);
    at = waiting_.erase(at);
    look(std::move(waiting.poll_token), waiting.until, std::move(waiting.done));
  }
}

std::optional<Time> Linking::next_wakeup() const {
  // All wait equally long: the oldest is first, except those looked at again.
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().until;
}

void Linking::tick() {
  const bool all = p_.shared.stopping;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    if (!all && at->until > p_.shared.now) {
      ++at;
      continue;
    }
    Waiting waiting = std::move(*at);
    at = waiting_.erase(at);
    // Looks once more: another node may have taken the answer.
    look(std::move(waiting.poll_token), p_.shared.now, std::move(waiting.done));
  }
}

}  // namespace parley::hub
