#include "client/engine/channel_session.h"

#include <algorithm>

#include "client/engine/chats.h"
#include "client/engine/contacts.h"
#include "client/engine/devices.h"
#include "client/engine/evidence.h"
#include "client/engine/outbox.h"
#include "client/engine/prekeys.h"
#include "client/engine/receiving.h"
#include "client/engine/relations.h"
#include "client/engine/retries.h"
#include "client/engine/sealing.h"
#include "client/engine/status.h"
#include "client/engine/third_party.h"

namespace parley::client {
namespace {

using Kind = OpenRequest::Kind;

constexpr std::uint32_t kChannelVersion = 1;
constexpr std::string_view kSoftware = "parley/0.1";
constexpr Duration kTypingLifetime = seconds(10);
constexpr Duration kMaintenanceInterval = hours(6);
constexpr std::size_t kMaxTypingPeers = 64;

// This device cannot come in, and trying again will not help.
Status stop(Step& step, ErrorCode problem) {
  PARLEY_CHECK(step.account());
  step.change_account().problem = problem;
  step.live().link = api::LinkState::offline;
  return raise_status(step);
}

Status on_challenge(Step& step, const channel::Challenge& challenge) {
  PARLEY_TRY(own, step.account());
  if (challenge.hub_id != own->hub_id) return stop(step, ErrorCode::not_authenticated);
  const auto& versions = challenge.versions;
  if (std::find(versions.begin(), versions.end(), kChannelVersion) == versions.end()) {
    return stop(step, ErrorCode::unsupported_version);
  }
  channel::SessionCredential credential;
  credential.token = own->session_token.clone();
  channel::Hello hello;
  hello.version = kChannelVersion;
  hello.software = kSoftware;
  hello.credential = std::move(credential);
  OpenRequest request;
  request.kind = Kind::command;
  step.request(std::move(hello), std::move(request));
  return {};
}

Status on_welcome(Step& step, const channel::Welcome& welcome) {
  LiveState& live = step.live();
  PARLEY_TRY(own, step.account());
  live.welcomed = true;
  live.link = api::LinkState::online;
  for (TransferItem& item : live.transfers) item.not_before_ms = 0;
  if (welcome.limits) live.limits = *welcome.limits;
  if (own->problem != ErrorCode::unspecified) {
    step.change_account().problem = ErrorCode::unspecified;
  }
  if (welcome.devices) PARLEY_CHECK(on_device_list(step, *welcome.devices));
  PARLEY_CHECK(store_recovery(step));
  PARLEY_CHECK(maintain_prekeys(step, welcome.prekeys.value_or(channel::PrekeyCounts{})));
  PARLEY_CHECK(refresh_third_party(step));
  // Commands that waited are handled again; those that wait for a name ask for it now.
  for (auto& waiting : live.waiting) step.requeue(std::move(waiting.command));
  live.waiting.clear();
  return raise_status(step);
}

Status on_failure(Step& step, const channel::Failure& failure) {
  switch (failure.code) {
    case ErrorCode::not_authenticated:
    case ErrorCode::session_expired:
    case ErrorCode::unsupported_version:
    case ErrorCode::account_deleted:
      return stop(step, failure.code);
    default:
      step.reset_link();
      return {};
  }
}

Status on_typing(Step& step, const channel::TypingNotice& notice) {
  PARLEY_TRY(id, AccountId::from(notice.account_id));
  PARLEY_TRY(contact, load_contact(step, id));
  if (contact.handle.empty()) return {};
  PARLEY_TRY(standing, known_standing(step, contact));
  if (standing != Standing::accepted) return {};
  auto& typing = step.live().typing;
  std::erase_if(typing, [&](const TypingPeer& peer) { return peer.account == id; });
  if (notice.active && typing.size() < kMaxTypingPeers) {
    typing.push_back({id, step.now().ms + kTypingLifetime.ms});
  }
  api::TypingChanged changed;
  changed.peer_account_id = notice.account_id;
  changed.peer_handle = contact.handle;
  changed.active = notice.active;
  step.event(std::move(changed));
  return {};
}

// The local effect of a request that the hub has carried out.
Status on_command_done(Step& step, const SharedCommand& command) {
  if (!command) return {};
  if (std::holds_alternative<api::LogOut>(command->body)) step.wipe();
  if (const auto* profile = std::get_if<api::SetProfile>(&command->body)) {
    PARLEY_CHECK(step.account());
    step.change_account().profile_name = profile->name;
  }
  step.done(command->id);
  return {};
}

Status on_request_failed(Step& step, const OpenRequest& request, const channel::Failure& failure) {
  const Error error{failure.code, failure.detail, failure.retry_after_ms};
  switch (request.kind) {
    case Kind::send:
      return on_send_failed(step, request, error);
    case Kind::fetch_prekeys:
      return on_keys_failed(step, request.account, error);
    case Kind::lookup_handle:
    case Kind::lookup_account:
      return on_lookup_failed(step, request, error);
    case Kind::upload_prekeys:
      if (step.live().completes_with_prekeys) {
        raise_failure(step, step.live().completes_with_prekeys->id, error);
        step.live().completes_with_prekeys.reset();
      }
      return {};
    case Kind::background:
      return {};
    case Kind::third_party:
      if (!request.command) return {};  // asked for again with the next connection
      break;
    case Kind::set_recovery:
    case Kind::command:
      break;
  }
  if (request.command) {
    raise_failure(step, request.command->id, error);
    return {};
  }
  return on_failure(step, failure);
}

struct AnswerVisitor {
  Step& step;
  const OpenRequest& request;

  Status operator()(const channel::Failure& failure) const {
    return on_request_failed(step, request, failure);
  }
  Status operator()(const channel::Accepted& accepted) const {
    return request.kind == Kind::send ? on_accepted(step, request, accepted) : Status{};
  }
  Status operator()(const channel::DeviceMismatch& mismatch) const {
    return request.kind == Kind::send ? on_device_mismatch(step, request, mismatch) : Status{};
  }
  Status operator()(const channel::PrekeyBundles& bundles) const {
    return request.kind == Kind::fetch_prekeys ? on_prekey_bundles(step, request, bundles)
                                               : Status{};
  }
  Status operator()(const channel::Account& account) const {
    const bool looked_up =
        request.kind == Kind::lookup_handle || request.kind == Kind::lookup_account;
    return looked_up ? on_account(step, request, account) : Status{};
  }
  Status operator()(const channel::PrekeyCounts& counts) const {
    return request.kind == Kind::upload_prekeys ? on_prekey_counts(step, counts) : Status{};
  }
  Status operator()(const channel::Done&) const {
    if (request.kind == Kind::set_recovery) return on_recovery_stored(step, request);
    return on_command_done(step, request.command);
  }
  Status operator()(const channel::ThirdParty& offer) const {
    return request.kind == Kind::third_party ? on_third_party(step, request.command, offer)
                                             : Status{};
  }
  Status operator()(const channel::Welcome& welcome) const { return on_welcome(step, welcome); }
  template <typename Other>
  Status operator()(const Other&) const {
    return {};
  }
};

Status on_answer(Step& step, const channel::ServerFrame& frame) {
  auto& requests = step.live().requests;
  const auto open = std::find_if(requests.begin(), requests.end(),
                                 [&](const OpenRequest& one) { return one.id == frame.reply_to; });
  if (open == requests.end()) return {};
  const OpenRequest request = std::move(*open);
  requests.erase(open);
  return std::visit(AnswerVisitor{step, request}, frame.body);
}

struct PushVisitor {
  Step& step;
  const std::shared_ptr<const channel::ServerFrame>& frame;

  Status operator()(const channel::Challenge& challenge) const {
    return on_challenge(step, challenge);
  }
  Status operator()(const channel::Deliver& deliver) const {
    // Shares the frame's memory: a delivery may have to be parked.
    Delivery delivery;
    delivery.deliver = std::shared_ptr<const channel::Deliver>(frame, &deliver);
    delivery.came_after = step.live().last_request;
    return on_deliver(step, delivery);
  }
  Status operator()(const channel::Failure& failure) const { return on_failure(step, failure); }
  Status operator()(const channel::CaughtUp&) const {
    step.live().caught_up = true;
    step.event(api::CaughtUp{});
    return raise_status(step);
  }
  Status operator()(const channel::DeviceList& list) const { return on_device_list(step, list); }
  Status operator()(const channel::TypingNotice& notice) const { return on_typing(step, notice); }
  Status operator()(const channel::ThirdParty& offer) const {
    return on_third_party(step, nullptr, offer);
  }
  Status operator()(const channel::PrekeysLow& low) const {
    return maintain_prekeys(step, low.counts.value_or(channel::PrekeyCounts{}));
  }
  template <typename Other>
  Status operator()(const Other&) const {
    return {};
  }
};

Status end_typing(Step& step) {
  auto& typing = step.live().typing;
  for (auto at = typing.begin(); at != typing.end();) {
    if (at->until_ms > step.now().ms) {
      ++at;
      continue;
    }
    PARLEY_TRY(contact, load_contact(step, at->account));
    api::TypingChanged changed;
    changed.peer_account_id = contact.account_id;
    changed.peer_handle = contact.handle;
    step.event(std::move(changed));
    at = typing.erase(at);
  }
  return {};
}

}  // namespace

Status on_link_up(Step& step) {
  LiveState& live = step.live();
  live.link = api::LinkState::connecting;
  live.caught_up = false;
  live.last_heard_ms = step.now().ms;
  live.ping_sent = false;
  return raise_status(step);
}

Status on_link_down(Step& step, ErrorCode reason) {
  LiveState& live = step.live();
  live.link = api::LinkState::offline;
  live.welcomed = false;
  live.caught_up = false;
  live.ping_sent = false;
  live.parked.clear();  // the hub keeps them and sends them again
  for (OutboxItem& item : live.outbox) item.in_flight = false;
  // What a command had asked for is asked again; doing it twice does no harm.
  for (OpenRequest& open : live.requests) {
    if (open.command) live.waiting.push_back({std::move(open.command), {}});
  }
  live.requests.clear();
  PARLEY_TRY(account, step.any_account());
  if (account != nullptr && account->registered) {
    static_cast<void>(reason);  // the hub's own reasons come as frames
    return raise_status(step);
  }
  return {};
}

Status on_frame(Step& step, const std::shared_ptr<const channel::ServerFrame>& frame) {
  step.live().last_heard_ms = step.now().ms;
  step.live().ping_sent = false;
  if (frame->reply_to != 0) return on_answer(step, *frame);
  return std::visit(PushVisitor{step, frame}, frame->body);
}

Status watch_link(Step& step) {
  LiveState& live = step.live();
  PARLEY_CHECK(end_typing(step));
  if (live.link == api::LinkState::offline) return {};
  const std::int64_t interval_ms =
      live.limits.ping_interval_ms > 0 ? live.limits.ping_interval_ms : limits::kPingInterval.ms;
  const std::int64_t silence_ms = step.now().ms - live.last_heard_ms;
  if (silence_ms >= 2 * interval_ms) {
    step.reset_link();
    return {};
  }
  if (live.welcomed && !live.ping_sent && silence_ms >= interval_ms) {
    live.ping_sent = true;
    step.request(channel::Ping{}, OpenRequest{});
  }
  return {};
}

Result<bool> maintain(Step& step) {
  LiveState& live = step.live();
  if (!live.welcomed || step.now().ms < live.next_cleanup_ms) return false;
  PARLEY_TRY(more, clean_sent_log(step));
  if (more) return true;
  PARLEY_TRY(more_evidence, clean_evidence(step));
  if (more_evidence) return true;
  PARLEY_CHECK(clean_prekeys(step));
  PARLEY_TRY(own, step.account());
  // The hub's counts are only known to it; what is old is known here.
  channel::PrekeyCounts held;
  held.signed_prekey_id = own->signed_prekey_id;
  held.last_resort_kyber_prekey_id = own->last_resort_kyber_id;
  held.one_time = held.one_time_kyber = kOneTimeTarget;
  PARLEY_CHECK(maintain_prekeys(step, held));
  live.next_cleanup_ms = step.now().ms + kMaintenanceInterval.ms;
  return true;
}

}  // namespace parley::client
