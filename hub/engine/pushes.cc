#include "hub/engine/pushes.h"

#include <algorithm>

namespace parley::hub {
namespace {

bool has_browser(const Account& account) {
  const auto& devices = account.record.devices;
  return std::any_of(devices.begin(), devices.end(),
                     [](const DeviceRecord& device) { return !device.push_endpoint.empty(); });
}

}  // namespace

void Pushes::waits(const AccountPtr& account) {
  if (p_.notifier == nullptr) return;
  if (account->home() == Home::here && !has_browser(*account)) return;
  // Another connection of the device may have taken over.
  if (!still_waits(*account)) return;
  const auto known = told_.find(account->id());
  if (known != told_.end()) {
    known->second.again = true;
    return;
  }
  notify(*account);
  if (told_.size() >= kMaxAccounts) return;
  told_.emplace(account->id(), Told{account, p_.shared.now});
  due_.push_back(account->id());
}

void Pushes::notify(const Account& account) {
  if (account.home() != Home::here) return notify_service(account);
  for (const DeviceRecord& device : account.record.devices) {
    if (device.push_endpoint.empty() || !waits_for(account, device)) continue;
    p_.notifier->notify_browser({account.id(), device.id}, device.push_endpoint);
  }
}

void Pushes::notify_service(const Account& account) {
  const ProviderRecord* provider = p_.providers.find(account.record.provider);
  if (provider == nullptr || provider->push_url.empty()) return;
  if (!p_.providers.passes(provider->id, account.record.handle)) return;
  ++p_.providers.counts(provider->id).pushes;
  p_.notifier->notify(provider->id, provider->push_url,
                      visible_id_of_handle(account.record.handle));
}

bool Pushes::waits_for(const Account& account, const DeviceRecord& device) const {
  return device.mailbox_count != 0 &&
         !p_.sessions.is_online(DeviceAddress{account.id(), device.id});
}

bool Pushes::still_waits(const Account& account) const {
  const auto& devices = account.record.devices;
  return std::any_of(devices.begin(), devices.end(),
                     [&](const DeviceRecord& device) { return waits_for(account, device); });
}

std::optional<Time> Pushes::next_wakeup() const {
  if (due_.empty()) return std::nullopt;
  return told_.at(due_.front()).at + kPushInterval;
}

void Pushes::tick() {
  while (!due_.empty()) {
    const auto oldest = told_.find(due_.front());
    Told& told = oldest->second;
    // A clock that steps back may not hold pushes for longer than the interval.
    const bool over = p_.shared.now >= told.at + kPushInterval || p_.shared.now < told.at;
    if (!over) return;
    due_.pop_front();
    if (told.again && still_waits(*told.account)) {
      notify(*told.account);
      told.again = false;
      told.at = p_.shared.now;
      due_.push_back(oldest->first);
    } else {
      told_.erase(oldest);
    }
  }
}

}  // namespace parley::hub
