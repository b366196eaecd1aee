#include "hub/engine/devices.h"

#include <algorithm>
#include <utility>

#include "hub/engine/offer.h"
#include "lib/crypto/hash.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

constexpr std::uint32_t kChannelVersion = 1;

// What a device is told that was removed.
ErrorCode gone(const Account& account) {
  return account.home() == Home::provider ? ErrorCode::not_enlisted : ErrorCode::not_authenticated;
}

Time start_of_day(Time time) { return {time.ms - time.ms % days(1).ms}; }

}  // namespace

bool Devices::check_hello(Connection& connection, std::uint64_t request, const wc::Hello& hello) {
  const ConnectionId id = connection.id;
  if (hello.version != kChannelVersion) {
    p_.sessions.reject(id, request,
                       {ErrorCode::unsupported_version, "this hub speaks channel version 1", 0});
    return false;
  }
  if (p_.sessions.joining() >= p_.shared.config.max_joining) {
    p_.sessions.reject(id, request, overloaded("too many devices connect at once"));
    return false;
  }
  if (std::holds_alternative<std::monostate>(hello.credential)) {
    p_.sessions.reject(id, request, {ErrorCode::not_authenticated, "no usable credential", 0});
    return false;
  }
  return true;
}

void Devices::join(Connection& connection, std::uint64_t request,
                   const wc::SessionCredential& session, std::function<void(ConnectionId)> then) {
  const ConnectionId id = connection.id;
  if (session.token.size() != 32) {
    return p_.sessions.reject(id, request,
                              {ErrorCode::not_authenticated, "no usable credential", 0});
  }
  p_.sessions.start_joining(connection);
  const TokenHash token{crypto::sha256(session.token.view())};
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

void Devices::find_session(ByteView session_token, Completion<Result<Found>> done) {
  const TokenHash token{crypto::sha256(session_token)};
  const auto unknown = [] { return fail(ErrorCode::not_authenticated, "unknown session"); };
  const auto judge = [this, token, done, unknown](DeviceId device, Result<AccountPtr> account) {
    if (!account) return done(fail(account.error()));
    const DeviceRecord* record = *account ? (*account)->find(device) : nullptr;
    if (record == nullptr || record->session != token) return done(unknown());
    if (!is_alive(**account, *record, p_.shared)) return done(fail(ErrorCode::session_expired));
    done(Found{*account, device});
  };
  p_.shared.store.find_session(
      token, p_.shared.completion([this, done, unknown,
                                   judge](Result<std::optional<DeviceAddress>> found) {
        if (!found) return done(fail(found.error()));
        if (!*found) return done(unknown());
        p_.directory.with((*found)->account,
                          [judge, device = (*found)->device](Result<AccountPtr> account) {
                            judge(device, std::move(account));
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
  if (!is_alive(**account, *device, p_.shared)) {
    return p_.sessions.reject(id, request, {ErrorCode::session_expired, "", 0});
  }
  admit(*connection, request, *account, address.device, then);
}

void Devices::admit(Connection& connection, std::uint64_t request, const AccountPtr& account,
                    DeviceId device, const std::function<void(ConnectionId)>& then) {
  const ConnectionId id = connection.id;
  touch(account, device);
  p_.sessions.join(connection, account, device);
  p_.shared.connections.send(id, encode_frame(request, welcome(*account, *account->find(device))));
  p_.mailboxes.attach(account, device, id);
  for (const DeviceRecord& other : account->record.devices) {
    if (other.id == device) continue;
    if (Connection* peer = p_.sessions.find(DeviceAddress{account->id(), other.id})) {
      p_.sessions.push(peer->id, p_.route.device_list(*account));
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
  // First: what lay there waits for nobody when the connection ends.
  p_.mailboxes.drop(address);
  if (const Connection* connection = p_.sessions.find(address)) {
    p_.sessions.dismiss(connection->id, why);
  }
  p_.log.release(address);
  account.remove(device);
}

void Devices::remove(Connection& connection, std::uint64_t request, wc::RemoveDevice remove) {
  const ConnectionId id = connection.id;
  if (Status status =
          p_.shared.quotas.take(Quota::changes, connection.account->id(), p_.shared.now);
      !status) {
    return p_.sessions.refuse(id, request, status.error());
  }
  // Answered before the device's connection ends: it may be this one.
  this->remove(connection.account, DeviceId{remove.device_id}, [this, id, request](Status status) {
    if (!status) return p_.sessions.refuse(id, request, status.error());
    p_.sessions.reply(id, request, wc::Done{});
  });
}

void Devices::remove(const AccountPtr& account, DeviceId device, Completion<Status> done) {
  p_.directory.lock(account);
  p_.committer.add(op::RemoveDevice{{account->id(), device}},
                   [this, account, device, done](Result<op::Reply> reply) {
                     if (!reply) {
                       done(fail(reply.error()));
                     } else if (reply->outcome != op::Outcome::done) {
                       done(fail(ErrorCode::not_found, "no such device"));
                     } else {
                       done({});
                       forget_device(*account, device, gone(*account));
                       p_.route.devices_changed(account->id());
                     }
                     p_.directory.unlock(account);
                   });
}

void Devices::remove_dead(const AccountPtr& account) {
  const ErrorCode why =
      account->home() == Home::provider ? ErrorCode::not_enlisted : ErrorCode::session_expired;
  for (const DeviceRecord& device : account->record.devices) {
    if (is_alive(*account, device, p_.shared)) continue;
    p_.committer.add(op::RemoveDevice{{account->id(), device.id}},
                     [this, account, id = device.id, why](const Result<op::Reply>& reply) {
                       if (reply) forget_device(*account, id, why);
                     });
  }
}

void Devices::added(Account& account, const op::NewDevice& device, const op::DeviceAdded& change) {
  for (const DeviceId old : change.removed) forget_device(account, old, gone(account));
  DeviceRecord record;
  record.id = change.id;
  record.registration_id = device.registration_id;
  record.name = device.name;
  record.created = record.last_seen = device.created;
  record.session = device.session;
  record.auth_key = device.auth_key;
  auto& devices = account.record.devices;
  const auto place = std::find_if(devices.begin(), devices.end(),
                                  [&](const DeviceRecord& d) { return record.id < d.id; });
  devices.insert(place, std::move(record));
  p_.route.devices_changed(account.id());
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
    p_.committer.add(op::Boxed(std::move(change)),
                     [this, account, request, done](Result<op::Reply> reply) {
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
                         const auto& device = std::get<op::DeviceAdded>(reply->value);
                         if (request->reset_identity) {
                           account->record.identity_key = request->identity_key;
                           account->record.has_recovery = false;
                         }
                         added(*account, request->device, device);
                         result = Added{account, device.id};
                       }
                       p_.directory.unlock(account);
                       done(std::move(result));
                     });
  });
}

void Devices::delete_account(const AccountId& id, std::string new_handle, Completion<Status> done) {
  p_.directory.with(id, [this, new_handle = std::move(new_handle), done](Result<AccountPtr> found) {
    if (!found) return done(fail(found.error()));
    const AccountPtr account = *found;
    if (account == nullptr) return done(fail(ErrorCode::not_found, "no such account"));
    p_.directory.lock(account);
    p_.committer.add(op::DeleteAccount{account->id(), new_handle, p_.shared.now},
                     [this, account, new_handle, done](Result<op::Reply> reply) {
                       if (reply) wiped(*account, new_handle);
                       p_.directory.unlock(account);
                       done(reply ? Status() : fail(reply.error()));
                     });
  });
}

void Devices::wiped(Account& account, const std::string& new_handle) {
  if (account.record.deleted) return;
  while (!account.record.devices.empty()) {
    forget_device(account, account.record.devices.back().id, ErrorCode::account_deleted);
  }
  AccountRecord empty;
  empty.id = account.id();
  empty.handle = new_handle.empty() ? account.record.handle : new_handle;
  empty.provider = account.record.provider;
  empty.deleted = true;
  account.record = std::move(empty);
  account.relations.clear();
  account.unwritten.clear();
  if (on_wiped_) on_wiped_(account.id());
}

}  // namespace parley::hub
