// What a batch does to the disk of the memory store.
#include "hub/engine/memory_store.h"

#include <algorithm>

#include "hub/engine/visible_id.h"
#include "lib/wire/wire.h"

namespace parley::hub {

namespace {

op::Reply outcome(op::Outcome what) { return {what, {}}; }

// Adds one-time keys unless they are known, available or handed out.
template <typename Keys, typename Record, typename IdOf>
void add_one_time(Keys& keys, const std::vector<Record>& more, IdOf id_of) {
  for (const Record& key : more) {
    const std::uint32_t id = id_of(key);
    const auto taken = keys.taken.find(id);
    if (taken != keys.taken.end()) {
      if (taken->second == key.digest) continue;
      keys.taken.erase(taken);
    }
    keys.available.insert_or_assign(id, key);
  }
}

}  // namespace

MemoryDisk::Device* MemoryDisk::find(const DeviceAddress& address) {
  const auto account = accounts_.find(address.account);
  if (account == accounts_.end()) return nullptr;
  const auto device = account->second.devices.find(address.device);
  return device == account->second.devices.end() ? nullptr : &device->second;
}

PrekeyState MemoryDisk::state_of(const Device& device) {
  return {static_cast<std::uint32_t>(device.one_time.available.size()),
          static_cast<std::uint32_t>(device.one_time_kyber.available.size()),
          device.signed_key ? device.signed_key->id : 0,
          device.last_resort ? device.last_resort->id : 0};
}

// One overload for each operation; the result is the reply.
struct MemoryDiskApply {
  MemoryDisk& disk;

  void add_device(MemoryDisk::Account& account, DeviceId id, const op::NewDevice& device) {
    MemoryDisk::Device& entry = account.devices[id];
    entry.record.id = id;
    entry.record.registration_id = device.registration_id;
    entry.record.name = device.name;
    entry.record.created = device.created;
    entry.record.last_seen = device.created;
    entry.record.session = device.session;
    entry.record.auth_key = device.auth_key;
    disk.sessions_[device.session] = {account.record.id, id};
  }
  void remove_device(MemoryDisk::Account& account, DeviceId id) {
    const auto device = account.devices.find(id);
    disk.sessions_.erase(device->second.record.session);
    account.devices.erase(device);
  }
  MemoryDisk::Account* find(const AccountId& id) {
    const auto found = disk.accounts_.find(id);
    return found == disk.accounts_.end() || found->second.record.deleted ? nullptr : &found->second;
  }

  op::Reply operator()(const op::Cancelled&) { return {}; }
  op::Reply operator()(const op::PutMessage& o) {
    if (auto* device = disk.find(o.to)) {
      device->mailbox.insert_or_assign(o.message.accepted_at, o.message.frame);
    }
    return {};
  }
  op::Reply operator()(const op::RemoveMessages& o) {
    if (auto* device = disk.find(o.of)) {
      for (const AcceptedAt at : o.accepted_at) device->mailbox.erase(at);
    }
    return {};
  }
  op::Reply operator()(const op::PutSendResult& o) {
    if (auto* device = disk.find(o.sender)) device->sends.insert_or_assign(o.id, o.result);
    return {};
  }
  op::Reply operator()(const op::CreateHub& o) {
    if (disk.hub_) return outcome(op::Outcome::exists);
    disk.hub_ = o.id;
    return {};
  }
  op::Reply operator()(const op::ReserveTimes& o) {
    disk.reserved_until_ = o.until;
    return {};
  }
  op::Reply operator()(const op::PutStampKey& o) {
    disk.stamp_keys_[o.key.id] = {o.key.id, o.key.key.clone(), o.key.created};
    return {};
  }
  op::Reply operator()(const op::RemoveStampKey& o) {
    disk.stamp_keys_.erase(o.id);
    return {};
  }
  op::Reply operator()(const op::Boxed<op::CreateAccount>& boxed) {
    const op::CreateAccount& o = *boxed;
    if (!disk.handles_.emplace(o.handle, o.id).second) return outcome(op::Outcome::exists);
    MemoryDisk::Account& account = disk.accounts_[o.id];
    account.record.id = o.id;
    account.record.handle = o.handle;
    account.record.country = o.country;
    account.record.identity_key = o.identity_key;
    account.password_hash = o.password_hash;
    add_device(account, DeviceId{1}, o.device);
    return {};
  }
  op::Reply operator()(const op::Boxed<op::AddDevice>& boxed) {
    const op::AddDevice& o = *boxed;
    MemoryDisk::Account* account = find(o.account);
    const auto ticket = disk.tickets_.find(o.ticket);
    if (account == nullptr || ticket == disk.tickets_.end()) return outcome(op::Outcome::missing);
    if (!o.reset_identity) {
      if (account->record.identity_key != o.identity_key) return outcome(op::Outcome::conflict);
      if (account->devices.size() >= o.max_devices) return outcome(op::Outcome::full);
    }
    disk.tickets_.erase(ticket);
    op::DeviceAdded added;
    DeviceId id{1};
    while (account->devices.count(id) != 0) ++id.value;
    if (o.reset_identity) {
      for (const auto& [old, device] : account->devices) added.removed.push_back(old);
      for (const DeviceId old : added.removed) remove_device(*account, old);
      account->record.identity_key = o.identity_key;
      account->recovery.clear();
    }
    add_device(*account, id, o.device);
    added.id = id;
    return {op::Outcome::done, std::move(added)};
  }
  op::Reply operator()(const op::RemoveDevice& o) {
    if (disk.find(o.device) == nullptr) return outcome(op::Outcome::missing);
    remove_device(disk.accounts_[o.device.account], o.device.device);
    return {};
  }
  op::Reply operator()(const op::RenameDevice& o) {
    auto* device = disk.find(o.device);
    if (device == nullptr) return outcome(op::Outcome::missing);
    device->record.name = o.name;
    return {};
  }
  op::Reply operator()(const op::TouchDevice& o) {
    if (auto* device = disk.find(o.device)) device->record.last_seen = o.last_seen;
    return {};
  }
  op::Reply operator()(const op::SetPushEndpoint& o) {
    auto* device = disk.find(o.device);
    if (device == nullptr) return outcome(op::Outcome::missing);
    device->record.push_endpoint = o.endpoint;
    return {};
  }
  op::Reply operator()(const op::SetProfile& o) {
    MemoryDisk::Account* account = find(o.account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    account->record.profile_name = o.name;
    return {};
  }
  op::Reply operator()(const op::SetRecovery& o) {
    MemoryDisk::Account* account = find(o.account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    account->recovery = o.blob;
    return {};
  }
  op::Reply operator()(const op::Boxed<op::SetPassword>& boxed) {
    MemoryDisk::Account* account = find((*boxed).account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    if (account->password_hash != (*boxed).old_hash) return outcome(op::Outcome::conflict);
    account->password_hash = (*boxed).new_hash;
    return {};
  }
  op::Reply operator()(const op::SetRelation& o) {
    MemoryDisk::Account* account = find(o.account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    if (o.state.empty()) {
      account->relations.erase(o.other);
    } else {
      account->relations[o.other] = o.state;
    }
    return {};
  }
  op::Reply operator()(const op::SetThirdParty& o) {
    MemoryDisk::Account* account = find(o.account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    account->record.third_party = o.choices;
    return {};
  }
  void end_account(MemoryDisk::Account& account, const std::string& new_handle, Time at) {
    while (!account.devices.empty()) remove_device(account, account.devices.begin()->first);
    MemoryDisk::Account empty;
    empty.record.id = account.record.id;
    empty.record.handle = account.record.handle;
    empty.record.provider = account.record.provider;
    if (!new_handle.empty()) {
      disk.handles_.erase(empty.record.handle);
      disk.handles_.emplace(new_handle, empty.record.id);
      empty.record.handle = new_handle;
    }
    empty.record.deleted = true;
    empty.deleted_at = at;
    account = std::move(empty);
  }
  op::Reply operator()(const op::DeleteAccount& o) {
    MemoryDisk::Account* account = find(o.account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    end_account(*account, o.new_handle, o.at);
    return {};
  }
  op::Reply operator()(const op::EndPeople& o) {
    op::PeopleEnded ended;
    ended.all = true;
    for (auto& [id, account] : disk.accounts_) {
      if (account.record.deleted || account.record.provider != o.provider) continue;
      ended.all = ended.accounts.size() < o.max_accounts;
      if (!ended.all) break;
      end_account(account, given_up_handle(id), o.at);
      ended.accounts.push_back(id);
    }
    if (ended.all) disk.leaving_.erase(o.provider);
    return {op::Outcome::done, std::move(ended)};
  }
  op::Reply operator()(const op::Boxed<op::Enlist>& boxed) {
    const op::Enlist& o = *boxed;
    const auto [handle, fresh] = disk.handles_.emplace(o.handle, o.account);
    MemoryDisk::Account& account = disk.accounts_[handle->second];
    if (fresh) {
      account.record.id = o.account;
      account.record.handle = o.handle;
      account.record.provider = o.provider;
      account.record.identity_key = o.identity_key;
    }
    op::DeviceAdded added{DeviceId{1}, {}};
    const bool reset = account.record.identity_key != o.identity_key;
    if (reset && !o.reset_identity) return outcome(op::Outcome::conflict);
    for (const auto& [id, device] : account.devices) {
      const bool same = device.record.registration_id == o.device.registration_id &&
                        device.record.auth_key == o.device.auth_key;
      if (reset || same) added.removed.push_back(id);
    }
    if (account.devices.size() - added.removed.size() >= o.max_devices) {
      return outcome(op::Outcome::full);
    }
    while (account.devices.count(added.id) != 0) ++added.id.value;
    for (const DeviceId old : added.removed) remove_device(account, old);
    account.record.identity_key = o.identity_key;
    add_device(account, added.id, o.device);
    return {op::Outcome::done, std::move(added)};
  }
  op::Reply operator()(const op::Boxed<op::PutPrekeys>& boxed) {
    const op::PutPrekeys& o = *boxed;
    auto* device = disk.find(o.device);
    if (device == nullptr) return outcome(op::Outcome::missing);
    if (o.signed_key) device->signed_key = o.signed_key;
    if (o.last_resort) device->last_resort = o.last_resort;
    add_one_time(device->one_time, o.one_time, [](const auto& key) { return key.id; });
    add_one_time(device->one_time_kyber, o.one_time_kyber,
                 [](const auto& key) { return key.key.id; });
    return {op::Outcome::done, MemoryDisk::state_of(*device)};
  }
  op::TakenPrekeys::Device take(MemoryDisk::Device& device, bool lasting_only) {
    op::TakenPrekeys::Device taken;
    taken.id = device.record.id;
    taken.registration_id = device.record.registration_id;
    taken.signed_key = *device.signed_key;
    if (auto& keys = device.one_time; !lasting_only && !keys.available.empty()) {
      auto first = keys.available.extract(keys.available.begin());
      keys.taken[first.key()] = first.mapped().digest;
      taken.one_time = std::move(first.mapped());
    }
    if (auto& keys = device.one_time_kyber; !lasting_only && !keys.available.empty()) {
      auto first = keys.available.extract(keys.available.begin());
      keys.taken[first.key()] = first.mapped().digest;
      taken.kyber = std::move(first.mapped().key);
    } else {
      taken.kyber = *device.last_resort;
      taken.kyber_is_last_resort = true;
    }
    taken.left = MemoryDisk::state_of(device);
    return taken;
  }
  op::Reply operator()(const op::TakePrekeys& o) {
    MemoryDisk::Account* account = find(o.account);
    if (account == nullptr) return outcome(op::Outcome::missing);
    op::TakenPrekeys result;
    result.identity_key = account->record.identity_key;
    for (const DeviceId id : o.devices) {
      const auto device = account->devices.find(id);
      if (device == account->devices.end()) continue;
      if (!MemoryDisk::state_of(device->second).published()) continue;
      const bool lasting = std::count(o.lasting_only.begin(), o.lasting_only.end(), id) != 0;
      result.devices.push_back(take(device->second, lasting));
    }
    return {op::Outcome::done, std::move(result)};
  }
  op::Reply operator()(const op::Boxed<op::PutTicket>& boxed) {
    disk.tickets_.insert_or_assign((*boxed).key, (*boxed).ticket);
    return {};
  }
  op::Reply operator()(const op::UseToken& o) {
    Ticket used;
    used.kind = Ticket::Kind::used;
    used.expires = o.until;
    return outcome(disk.tickets_.emplace(o.key, std::move(used)).second ? op::Outcome::done
                                                                        : op::Outcome::exists);
  }

  void forget_days(const std::string& provider) {
    std::erase_if(disk.provider_days_,
                  [&](const auto& day) { return day.first.first == provider; });
  }
  op::Reply operator()(const op::Boxed<op::PutProvider>& boxed) {
    const ProviderRecord& provider = (*boxed).provider;
    if (disk.providers_.insert_or_assign(provider.id, provider).second) forget_days(provider.id);
    return {};
  }
  op::Reply operator()(const op::RemoveProvider& o) {
    if (disk.providers_.erase(o.id) == 0) return outcome(op::Outcome::missing);
    disk.leaving_.insert(o.id);
    forget_days(o.id);
    return {};
  }
  ProviderDay& day_of(const std::string& provider, std::int64_t day) {
    ProviderDay& entry = disk.provider_days_[{provider, day}];
    entry.provider = provider;
    entry.day = day;
    return entry;
  }
  op::Reply operator()(const op::AddFirstContact& o) {
    ++day_of(o.provider, o.day).first_contacts;
    return {};
  }
  static std::uint64_t size_of(const ReportRecord& report) {
    return wire::encode(report.report).size() + kReportOverheadBytes;
  }
  // Of one service's people, or of everybody.
  bool make_room(std::uint64_t size, std::uint64_t most, const std::optional<std::string>& of) {
    std::uint64_t bytes = 0;
    const auto counts = [&](const ReportRecord& report) { return !of || report.provider == *of; };
    for (const auto& [number, report] : disk.reports_) {
      if (counts(report)) bytes += size_of(report);
    }
    while (bytes + size > most) {
      auto oldest = disk.reports_.end();
      for (auto at = disk.reports_.begin(); at != disk.reports_.end(); ++at) {
        if (!counts(at->second) || at->second.resolution.empty()) continue;
        const bool older =
            oldest == disk.reports_.end() || at->second.resolved < oldest->second.resolved;
        if (older) oldest = at;
      }
      if (oldest == disk.reports_.end()) return false;
      bytes -= size_of(oldest->second);
      disk.reports_.erase(oldest);
    }
    return true;
  }
  op::Reply operator()(const op::Boxed<op::PutReport>& boxed) {
    const ReportRecord& report = (*boxed).report;
    const std::int64_t day = report.received.ms / days(1).ms;
    std::size_t open = 0;
    bool counted = report.proven;
    for (const auto& [number, other] : disk.reports_) {
      if (other.reporter != report.reporter) continue;
      if (other.report.report_id == report.report.report_id) return outcome(op::Outcome::exists);
      if (other.resolution.empty()) ++open;
      const bool same_day = other.received.ms / days(1).ms == day;
      if (other.proven && other.accused == report.accused && same_day) counted = false;
    }
    if (open >= (*boxed).max_open) return outcome(op::Outcome::full);
    const std::uint64_t size = size_of(report);
    if (!make_room(size, (*boxed).max_bytes_of_service, report.provider) ||
        !make_room(size, (*boxed).max_bytes, std::nullopt)) {
      return {op::Outcome::full, op::ReportPut{false, true}};
    }
    const std::uint64_t number = ++disk.last_report_;
    ReportRecord& kept = disk.reports_[number];
    kept = report;
    kept.number = number;
    if (counted && !report.provider.empty()) ++day_of(report.provider, day).reports;
    return {op::Outcome::done, op::ReportPut{counted}};
  }
  op::Reply operator()(const op::ResolveReport& o) {
    const auto found = disk.reports_.find(o.number);
    if (found == disk.reports_.end()) return outcome(op::Outcome::missing);
    found->second.resolution = o.resolution;
    found->second.note = o.note;
    found->second.resolved = o.at;
    return {};
  }

  op::Reply operator()(const op::Sweep& o) {
    op::Swept swept;
    for (auto& [id, account] : disk.accounts_) {
      for (auto& [device_id, device] : account.devices) {
        op::Swept::Mailbox box{{id, device_id}, 0, 0};
        while (!device.mailbox.empty() && device.mailbox.begin()->first < o.messages_before) {
          ++box.count;
          box.bytes += device.mailbox.begin()->second.size();
          device.mailbox.erase(device.mailbox.begin());
        }
        if (box.count != 0) swept.mailboxes.push_back(box);
        swept.send_results += std::erase_if(device.sends, [&](const auto& send) {
          return send.second.accepted_at < o.sends_before;
        });
      }
    }
    swept.tickets = std::erase_if(disk.tickets_, [&](const auto& ticket) {
      return ticket.second.expires < o.tickets_before;
    });
    swept.reports = std::erase_if(disk.reports_, [&](const auto& entry) {
      const ReportRecord& report = entry.second;
      return report.received < o.reports_before ||
             (!report.resolution.empty() && report.resolved < o.resolved_before);
    });
    swept.accounts = std::erase_if(disk.accounts_, [&](const auto& entry) {
      const MemoryDisk::Account& account = entry.second;
      const bool goes = account.record.deleted && !account.record.provider.empty() &&
                        account.deleted_at < o.deleted_before && !is_referred_to(entry.first);
      if (goes) disk.handles_.erase(account.record.handle);
      return goes;
    });
    return {op::Outcome::done, std::move(swept)};
  }
  bool is_referred_to(const AccountId& id) {
    for (const auto& [number, report] : disk.reports_) {
      if (report.reporter == id || report.accused == id) return true;
    }
    return std::any_of(disk.accounts_.begin(), disk.accounts_.end(),
                       [&](const auto& entry) { return entry.second.relations.count(id) != 0; });
  }
};

CommitReplies MemoryDisk::apply(const WriteBatch& batch) {
  CommitReplies replies;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    op::Reply reply = std::visit(MemoryDiskApply{*this}, batch[i]);
    if (op::has_reply(batch[i])) replies.items.push_back({i, std::move(reply)});
  }
  return replies;
}

}  // namespace parley::hub
