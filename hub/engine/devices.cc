#include "hub/engine/devices.h"

#include <algorithm>
#include <utility>

#include "lib/crypto/hash.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

constexpr std::uint32_t kChannelVersion = 1;

Time start_of_day(Time time) { return {time.ms - time.ms % days(1).ms}; }

wc::Limits wire_limits(const EngineConfig& config) {
  wc::Limits out;
  out.max_batch_bytes = limits::kMaxBatchBytes;
  out.max_devices = limits::kMaxDevices;
  out.max_mailbox_bytes = config.max_mailbox_bytes;
  out.delivery_window = static_cast<std::uint32_t>(config.delivery_window);
  out.max_open_requests = static_cast<std::uint32_t>(config.max_open_requests);
  out.mailbox_days = static_cast<std::uint32_t>(config.mailbox_lifetime.ms / days(1).ms);
  out.ping_interval_ms = static_cast<std::uint32_t>(config.ping_interval.ms);
  out.max_one_time_prekeys = limits::kMaxOneTimePrekeys;
  out.max_ciphertext_bytes = limits::kMaxCiphertextBytes;
  return out;
}

}  // namespace

void Devices::join(Connection& connection, std::uint64_t request, wc::Hello hello,
                   std::function<void(ConnectionId)> then) {
  const ConnectionId id = connection.id;
  const auto reject = [&](ErrorCode code, const char* what) {
    p_.sessions.reject(id, request, {code, what, 0});
  };
  if (hello.version != kChannelVersion) {
    return reject(ErrorCode::unsupported_version, "this hub speaks channel version 1");
  }
  if (p_.sessions.joining() >= p_.shared.config.max_joining) {
    return p_.sessions.reject(id, request, overloaded("too many devices connect at once"));
  }
  const auto* session = std::get_if<wc::SessionCredential>(&hello.credential);
  if (session == nullptr || session->token.size() != 32) {
    return reject(ErrorCode::not_authenticated, "no usable credential");
  }
  p_.sessions.start_joining(connection);
  const TokenHash token{crypto::sha256(session->token.view())};
  p_.shared.store.find_session(
      token, p_.shared.completion([this, id, request, token, then = std::move(then)](
                                      Result<std::optional<DeviceAddress>> found) {
        if (!found) return p_.sessions.reject(id, request, found.error());
        if (!*found) {
          return p_.sessions.reject(id, request,
                                    {ErrorCode::not_authenticated, "unknown session", 0});
        }
        p_.directory.with((*found)->account, [this, id, request, token, address = **found,
                                              then](Result<AccountPtr> account) {
          joined(id, request, token, address, std::move(account), then);
        });
      }));
}

void Devices::joined(ConnectionId id, std::uint64_t request, TokenHash token, DeviceAddress address,
                     Result<AccountPtr> account, const std::function<void(ConnectionId)>& then) {
  Connection* connection = p_.sessions.find(id);
  if (connection == nullptr) return;
  if (!account) return p_.sessions.reject(id, request, account.error());
  const DeviceRecord* device = *account ? (*account)->find(address.device) : nullptr;
  if (device == nullptr || device->session != token) {
    return p_.sessions.reject(id, request, {ErrorCode::not_authenticated, "unknown session", 0});
  }
  if (!is_alive(*device, p_.shared)) {
    return p_.sessions.reject(id, request, {ErrorCode::session_expired, "", 0});
  }
  touch(*account, address.device);
  p_.sessions.join(*connection, *account, address.device);
  p_.shared.connections.send(id, encode_frame(request, welcome(**account, *device)));
  p_.mailboxes.attach(*account, address.device, id);
  for (const DeviceRecord& other : (*account)->record.devices) {
    if (other.id == address.device) continue;
    if (Connection* peer = p_.sessions.find(DeviceAddress{address.account, other.id})) {
      p_.sessions.push(peer->id, p_.route.device_list(**account));
    }
  }
  then(id);
}

wc::Welcome Devices::welcome(const Account& account, const DeviceRecord& device) {
  wc::Welcome out;
  out.version = kChannelVersion;
  out.account_id = account.id().to_bytes();
  out.device_id = device.id.value;
  out.now_ms = p_.shared.now.ms;
  out.limits = wire_limits(p_.shared.config);
  out.prekeys = counts(device.prekeys);
  out.devices = p_.route.device_list(account);
  out.handle = account.record.handle;
  return out;
}

void Devices::touch(const AccountPtr& account, DeviceId device) {
  DeviceRecord* record = account->find(device);
  const Time today = start_of_day(p_.shared.now);
  if (record == nullptr || record->last_seen >= today) return;
  record->last_seen = today;
  p_.committer.add_lasting(op::TouchDevice{{account->id(), device}, today});
}

void Devices::left(const Connection& connection) {
  const DeviceAddress address = connection.address();
  p_.mailboxes.detach(address);
  p_.log.release(address);
  touch(connection.account, connection.device);
  p_.route.devices_changed(address.account);
}

void Devices::list(Connection& connection, std::uint64_t request) {
  p_.sessions.reply(connection.id, request, p_.route.device_list(*connection.account));
}

void Devices::rename(Connection& connection, std::uint64_t request, wc::RenameDevice rename) {
  const ConnectionId id = connection.id;
  const AccountPtr account = connection.account;
  const DeviceId device{rename.device_id};
  if (Status status = p_.shared.quotas.take(Quota::changes, account->id(), p_.shared.now);
      !status) {
    return p_.sessions.refuse(id, request, status.error());
  }
  op::RenameDevice change{{account->id(), device}, rename.name};
  p_.committer.add(std::move(change), [this, id, request, account, device,
                                       name = std::move(rename.name)](Result<op::Reply> reply) {
    if (!reply) return p_.sessions.refuse(id, request, reply.error());
    DeviceRecord* record = account->find(device);
    if (reply->outcome != op::Outcome::done || record == nullptr) {
      return p_.sessions.refuse(id, request, {ErrorCode::not_found, "no such device", 0});
    }
    record->name = name;
    p_.sessions.reply(id, request, wc::Done{});
    p_.route.devices_changed(account->id());
  });
}

void Devices::forget_device(Account& account, DeviceId device, ErrorCode why) {
  const DeviceAddress address{account.id(), device};
  if (const Connection* connection = p_.sessions.find(address)) {
    p_.sessions.dismiss(connection->id, why);
  }
  p_.mailboxes.drop(address);
  p_.log.release(address);
  account.remove(device);
}

void Devices::remove(Connection& connection, std::uint64_t request, wc::RemoveDevice remove) {
  const ConnectionId id = connection.id;
  const AccountPtr account = connection.account;
  const DeviceId device{remove.device_id};
  if (Status status = p_.shared.quotas.take(Quota::changes, account->id(), p_.shared.now);
      !status) {
    return p_.sessions.refuse(id, request, status.error());
  }
  p_.directory.lock(account);
  p_.committer.add(op::RemoveDevice{{account->id(), device}},
                   [this, id, request, account, device](Result<op::Reply> reply) {
                     if (!reply) {
                       p_.sessions.refuse(id, request, reply.error());
                     } else if (reply->outcome != op::Outcome::done) {
                       p_.sessions.refuse(id, request, {ErrorCode::not_found, "no such device", 0});
                     } else {
                       p_.sessions.reply(id, request, wc::Done{});
                       forget_device(*account, device, ErrorCode::not_authenticated);
                       p_.route.devices_changed(account->id());
                     }
                     p_.directory.unlock(account);
                   });
}

void Devices::remove_dead(const AccountPtr& account) {
  for (const DeviceRecord& device : account->record.devices) {
    if (is_alive(device, p_.shared)) continue;
    p_.committer.add(op::RemoveDevice{{account->id(), device.id}},
                     [this, account, id = device.id](const Result<op::Reply>& reply) {
                       if (reply) forget_device(*account, id, ErrorCode::session_expired);
                     });
  }
}

void Devices::add(op::AddDevice request, Completion<Result<Added>> done) {
  const AccountId id = request.account;
  p_.directory.with(id, [this, request = std::make_shared<op::AddDevice>(std::move(request)),
                         done](Result<AccountPtr> found) {
    if (!found) return done(fail(found.error()));
    const AccountPtr account = *found;
    if (account == nullptr) return done(fail(ErrorCode::not_authenticated));
    p_.directory.lock(account);
    remove_dead(account);
    op::AddDevice change = *request;
    p_.committer.add(op::Boxed(std::move(change)), [this, account, request,
                                                    done](Result<op::Reply> reply) {
      Result<Added> result = fail(ErrorCode::internal);
      if (!reply) {
        result = fail(reply.error());
      } else if (reply->outcome == op::Outcome::conflict) {
        result = fail(ErrorCode::identity_mismatch);
      } else if (reply->outcome == op::Outcome::full) {
        result = fail(ErrorCode::too_many_devices);
      } else if (reply->outcome == op::Outcome::missing) {
        result = fail(ErrorCode::not_authenticated, "login token unknown or used");
      } else {
        const auto& added = std::get<op::DeviceAdded>(reply->value);
        for (const DeviceId old : added.removed) {
          forget_device(*account, old, ErrorCode::not_authenticated);
        }
        if (request->reset_identity) {
          account->record.identity_key = request->identity_key;
          account->record.has_recovery = false;
        }
        DeviceRecord record;
        record.id = added.id;
        record.registration_id = request->device.registration_id;
        record.name = request->device.name;
        record.created = record.last_seen = request->device.created;
        record.session = request->device.session;
        auto& devices = account->record.devices;
        const auto place = std::find_if(devices.begin(), devices.end(),
                                        [&](const DeviceRecord& d) { return record.id < d.id; });
        devices.insert(place, std::move(record));
        p_.route.devices_changed(account->id());
        result = Added{account, added.id};
      }
      p_.directory.unlock(account);
      done(std::move(result));
    });
  });
}

void Devices::delete_account(const AccountId& id, Completion<Status> done) {
  p_.directory.with(id, [this, done](Result<AccountPtr> found) {
    if (!found) return done(fail(found.error()));
    const AccountPtr account = *found;
    if (account == nullptr) return done(fail(ErrorCode::wrong_credentials));
    p_.directory.lock(account);
    p_.committer.add(op::DeleteAccount{account->id()}, [this, account,
                                                        done](Result<op::Reply> reply) {
      if (reply) {
        while (!account->record.devices.empty()) {
          forget_device(*account, account->record.devices.back().id, ErrorCode::account_deleted);
        }
        AccountRecord empty;
        empty.id = account->id();
        empty.handle = account->record.handle;
        empty.deleted = true;
        account->record = std::move(empty);
        account->relations.clear();
      }
      p_.directory.unlock(account);
      done(reply ? Status() : fail(reply.error()));
    });
  });
}

}  // namespace parley::hub
