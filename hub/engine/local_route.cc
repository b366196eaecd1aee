#include "hub/engine/local_route.h"

#include <utility>

namespace parley::hub {

void LocalRoute::ephemeral(const AccountId& account, ByteView frame) {
  const Account* target = directory_.peek(account);
  if (target == nullptr) return;
  for (const DeviceRecord& device : target->record.devices) {
    const Connection* connection = sessions_.find(DeviceAddress{account, device.id});
    if (connection == nullptr) continue;
    if (shared_.connections.queued_bytes(connection->id) >= kQueueLowBytes) continue;
    shared_.connections.send(connection->id, frame);
  }
}

wire::channel::DeviceList LocalRoute::device_list(const Account& account) {
  Facts facts{Action::presence};
  facts.same_account = true;
  const bool show_presence = Policy::decide(facts).kind == Decision::Kind::allow;
  wire::channel::DeviceList list;
  for (const DeviceRecord& device : account.record.devices) {
    if (!is_alive(account, device, shared_)) continue;
    wire::channel::Device& out = list.devices.emplace_back();
    out.device_id = device.id.value;
    out.registration_id = device.registration_id.value;
    out.name = device.name;
    out.created_at_ms = device.created.ms;
    out.last_seen_ms = device.last_seen.ms - device.last_seen.ms % days(1).ms;
    out.ready = device.prekeys.published();
    out.online = show_presence && sessions_.is_online({account.id(), device.id});
  }
  return list;
}

void LocalRoute::devices_changed(const AccountId& account) {
  Account* target = directory_.peek(account);
  if (target == nullptr) return;
  const auto list = device_list(*target);
  for (const DeviceRecord& device : target->record.devices) {
    if (const Connection* connection = sessions_.find(DeviceAddress{account, device.id})) {
      sessions_.push(connection->id, list);
    }
  }
}

}  // namespace parley::hub
