#include "client/engine/devices.h"

#include <algorithm>

#include "client/engine/account_secrets.h"
#include "client/engine/contacts.h"
#include "client/engine/decisions.h"

namespace parley::client {
namespace {

Result<api::DeviceList> show_devices(Step& step) {
  PARLEY_TRY(own, step.account());
  api::DeviceList list;
  for (const auto& device : step.live().own_devices) {
    api::Device shown;
    shown.device_id = device.device_id;
    shown.name = open_device_name(own->account_key.view(), device.name);
    shown.created_at_ms = device.created_at_ms;
    shown.last_seen_ms = device.last_seen_ms;
    shown.online = device.online;
    shown.this_device = device.device_id == own->device_id;
    list.devices.push_back(std::move(shown));
  }
  return list;
}

OpenRequest answer_to(const SharedCommand& command) {
  OpenRequest request;
  request.command = command;
  return request;
}

using Devices = std::vector<records::PeerDevice>;

bool has_new_device(const records::Contact& self, const Devices& now) {
  return std::any_of(now.begin(), now.end(), [&](const auto& device) {
    return std::find(self.devices.begin(), self.devices.end(), device) == self.devices.end();
  });
}

// One device tells a new one what was decided: of those that were there before, the one
// with the lowest number.
bool is_senior(const records::Account& own, const records::Contact& self, const Devices& now) {
  if (!self.devices_known) return false;  // it is new itself
  return std::none_of(self.devices.begin(), self.devices.end(), [&](const auto& device) {
    return device.device_id < own.device_id &&
           std::find(now.begin(), now.end(), device) != now.end();
  });
}

bool exists(const LiveState& live, std::uint32_t device_id) {
  return std::any_of(live.own_devices.begin(), live.own_devices.end(),
                     [&](const auto& device) { return device.device_id == device_id; });
}

}  // namespace

Status list_devices(Step& step, const SharedCommand& command) {
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  PARLEY_TRY(list, show_devices(step));
  step.event(std::move(list), command->id);
  step.done(command->id);
  return {};
}

Status rename_device(Step& step, const SharedCommand& command, const api::RenameDevice& request) {
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  if (!exists(step.live(), request.device_id)) return fail(ErrorCode::unknown_reference, "device");
  PARLEY_TRY(own, step.account());
  channel::RenameDevice rename;
  rename.device_id = request.device_id;
  rename.name = seal_device_name(own->account_key.view(), request.name, step.random());
  step.request(std::move(rename), answer_to(command));
  return {};
}

Status remove_device(Step& step, const SharedCommand& command, const api::RemoveDevice& request) {
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  PARLEY_TRY(own, step.account());
  if (request.device_id == own->device_id) {
    return fail(ErrorCode::invalid_argument, "this is the device in use: log out instead");
  }
  if (!exists(step.live(), request.device_id)) return fail(ErrorCode::unknown_reference, "device");
  channel::RemoveDevice remove;
  remove.device_id = request.device_id;
  step.request(std::move(remove), answer_to(command));
  return {};
}

Status log_out(Step& step, const SharedCommand& command) {
  PARLEY_TRY(own, step.account());
  // The hub has forgotten this device already: only its records are left.
  if (own->problem == ErrorCode::not_authenticated || own->problem == ErrorCode::session_expired) {
    step.done(command->id);
    step.wipe();
    return {};
  }
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  channel::RemoveDevice remove;
  remove.device_id = own->device_id;
  step.request(std::move(remove), answer_to(command));
  return {};
}

Status inspect_link(Step& step, const SharedCommand& command, const api::InspectLink& request) {
  PARLEY_CHECK(step.account());
  PARLEY_TRY(target, parse_link_code(request.code));
  api::LinkCheck check;
  check.check = link_check_digits(target);
  step.event(std::move(check), command->id);
  step.done(command->id);
  return {};
}

Status approve_link(Step& step, const SharedCommand& command, const api::ApproveLink& request) {
  PARLEY_TRY(target, parse_link_code(request.code));
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  PARLEY_TRY(own, step.account());
  PARLEY_TRY(identity, step.identity());
  e2e::LinkEnvelope envelope;
  envelope.account_id = own->account_id;
  envelope.handle = own->handle;
  envelope.identity_private_key = own->identity_private_key.clone();
  envelope.identity_public_key = to_bytes(identity.key.public_key.serialize());
  envelope.account_key = own->account_key.clone();
  envelope.hub_id = own->hub_id;
  PARLEY_TRY(sealed, seal_link(target, envelope, step.random()));
  channel::ApproveLink approve;
  approve.slot = target.slot;
  approve.envelope = std::move(sealed);
  step.request(std::move(approve), answer_to(command));
  return {};
}

namespace {

Status send_recovery(Step& step, const SharedCommand& command) {
  PARLEY_TRY(own, step.account());
  PARLEY_TRY(identity, step.identity());
  e2e::RecoveryData data;
  data.account_id = own->account_id;
  data.identity_private_key = own->identity_private_key.clone();
  data.identity_public_key = to_bytes(identity.key.public_key.serialize());
  data.account_key = own->account_key.clone();
  const Secret<32> key{own->recovery_key.view().first<32>()};
  channel::SetRecovery set;
  set.blob = seal_recovery(key, data, step.random());
  OpenRequest request = answer_to(command);
  request.kind = OpenRequest::Kind::set_recovery;
  step.request(std::move(set), std::move(request));
  return {};
}

void raise_recovery_key(Step& step, const records::Account& own, std::uint64_t command_id) {
  api::RecoveryKey key;
  key.text = recovery_key_text(own.recovery_key.view());
  step.event(std::move(key), command_id);
}

}  // namespace

Status show_recovery_key(Step& step, const SharedCommand& command,
                         const api::ShowRecoveryKey& request) {
  PARLEY_TRY(own, step.account());
  if (!request.renew && own->recovery_key.size() == 32) {
    raise_recovery_key(step, *own, command->id);
    step.done(command->id);
    return {};
  }
  if (!request.renew) {
    return fail(ErrorCode::unknown_reference, "this device has no recovery key; make a new one");
  }
  PARLEY_TRY(online, require_link(step, command));
  if (!online) return {};
  records::Account& changed = step.change_account();
  changed.recovery_key = SecretBuffer(step.random().secret<32>().view());
  changed.recovery_stored = false;
  return send_recovery(step, command);
}

Status store_recovery(Step& step) {
  PARLEY_TRY(own, step.account());
  if (own->recovery_stored || own->recovery_key.size() != 32) return {};
  return send_recovery(step, nullptr);
}

Status on_recovery_stored(Step& step, const OpenRequest& request) {
  PARLEY_TRY(own, step.account());
  step.change_account().recovery_stored = true;
  if (request.command) {
    raise_recovery_key(step, *own, request.command->id);
    step.done(request.command->id);
  }
  return {};
}

Status on_device_list(Step& step, const channel::DeviceList& list) {
  PARLEY_TRY(own, step.account());
  PARLEY_TRY(own_id, step.own_id());
  PARLEY_TRY(identity, step.identity());
  PARLEY_TRY(self, load_contact(step, own_id));
  step.live().own_devices = list.devices;
  self.handle = own->handle;
  self.identity_key = to_bytes(identity.key.public_key.serialize());
  std::vector<records::PeerDevice> others;
  for (const auto& device : list.devices) {
    // Of a sign-up or a link that was broken off, one may be left that never gets ready.
    if (device.device_id == own->device_id || !device.ready) continue;
    records::PeerDevice other;
    other.device_id = device.device_id;
    other.registration_id = device.registration_id;
    others.push_back(other);
  }
  if (others != self.devices || !self.devices_known) {
    const bool hands_over = is_senior(*own, self, others) && has_new_device(self, others);
    self.devices = std::move(others);
    self.devices_known = true;
    save_contact(step, self);
    if (hands_over) PARLEY_CHECK(hand_over_decisions(step));
  }
  PARLEY_TRY(shown, show_devices(step));
  step.event(std::move(shown));
  return {};
}

}  // namespace parley::client
