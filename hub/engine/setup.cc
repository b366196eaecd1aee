#include "hub/engine/setup.h"

#include <algorithm>
#include <utility>

#include "hub/engine/new_device.h"
#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"

namespace parley::hub {

namespace ws = wire::setup;

namespace {

Status invalid(std::string what) { return fail(ErrorCode::invalid_argument, std::move(what)); }

Status check_handle(const std::string& handle) {
  if (handle.size() < limits::kMinHandleBytes || handle.size() > limits::kMaxHandleBytes) {
    return invalid("handle: 3 to 32 characters");
  }
  const bool fits = std::all_of(handle.begin(), handle.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
  return fits ? Status() : invalid("handle: a-z, 0-9, dot, underscore and hyphen");
}

Status check_password_size(const std::string& password) {
  if (password.size() < limits::kMinPasswordBytes)
    return invalid("password: at least 8 characters");
  if (password.size() > limits::kMaxPasswordBytes) return invalid("password: at most 1024 bytes");
  return {};
}

Status check_country(const std::string& country) {
  const bool fits =
      country.empty() || (country.size() == 2 && country[0] >= 'A' && country[0] <= 'Z' &&
                          country[1] >= 'A' && country[1] <= 'Z');
  return fits ? Status() : invalid("country: two capital letters");
}

// Takes a password out of a request, which keeps nothing of it.
SecretBuffer take_password(std::string& password) {
  SecretBuffer taken(as_bytes(password));
  wipe({reinterpret_cast<std::uint8_t*>(password.data()), password.size()});
  password.clear();
  return taken;
}

ws::Registered registered(const Account* account, const AccountId& id, const std::string& handle,
                          DeviceId device, const HubId& hub, const SecretBuffer& token) {
  ws::Registered out;
  out.account_id = id.to_bytes();
  out.device_id = device.value;
  out.session_token = token.clone();
  out.hub_id = hub.to_bytes();
  out.handle = account != nullptr ? account->record.handle : handle;
  return out;
}

Status check_proof(const ws::AddDevice& request) {
  PARLEY_TRY(key, crypto::PublicKey::parse(request.device->identity_key));
  Bytes signed_bytes = to_bytes(as_bytes("parley-add-device-1"));
  append(signed_bytes, request.login_token.view());
  for (int shift = 24; shift >= 0; shift -= 8) {
    signed_bytes.push_back(static_cast<std::uint8_t>(request.device->registration_id >> shift));
  }
  const Status verified = crypto::verify(key, signed_bytes, request.proof);
  wipe(signed_bytes);
  return verified;
}

}  // namespace

op::NewDevice Setup::new_device(const ws::NewDevice& device, ByteView token) const {
  return {RegistrationId{device.registration_id}, device.name, p_.shared.now,
          TokenHash{crypto::sha256(token)}};
}

void Setup::sign_up(ws::SignUp request, AddressBucket origin, Registered done) {
  const auto check = [&]() -> Status {
    if (!p_.shared.config.open_registration) {
      return fail(ErrorCode::not_allowed, "registration is closed");
    }
    PARLEY_CHECK(check_handle(request.handle));
    PARLEY_CHECK(check_password_size(request.password));
    PARLEY_CHECK(check_country(request.country));
    PARLEY_CHECK(check_new_device(request.device));
    return p_.shared.quotas.take(Quota::sign_ups, origin, p_.shared.now);
  };
  if (Status status = check(); !status) return done(fail(status.error()));
  auto token = std::make_shared<SecretBuffer>(ByteView(p_.shared.random.secret<32>().view()));
  op::CreateAccount create;
  create.id = AccountId{p_.shared.random.array<16>()};
  create.handle = request.handle;
  create.country = request.country;
  create.identity_key = identity_key_of(*request.device);
  create.device = new_device(*request.device, token->view());
  auto password = std::make_shared<SecretBuffer>(take_password(request.password));
  // Asked before the expensive hash; the commit decides.
  p_.shared.store.find_handle(
      request.handle, p_.shared.completion([this, create = std::move(create), token, password,
                                            done](Result<std::optional<AccountId>> found) {
        if (!found) return done(fail(found.error()));
        if (*found) return done(fail(ErrorCode::handle_taken));
        p_.shared.passwords.hash(
            std::move(*password),
            p_.shared.completion([this, create, token, done](Result<std::string> hash) {
              if (!hash) return done(fail(hash.error()));
              op::CreateAccount complete = create;
              complete.password_hash = std::move(*hash);
              create_account(std::move(complete), token, done);
            }));
      }));
}

void Setup::create_account(op::CreateAccount request, std::shared_ptr<SecretBuffer> token,
                           Registered done) {
  const AccountId id = request.id;
  const std::string handle = request.handle;
  p_.committer.add(op::Boxed(std::move(request)),
                   [this, id, handle, token, done](Result<op::Reply> reply) {
                     if (!reply) return done(fail(reply.error()));
                     if (reply->outcome != op::Outcome::done) {
                       return done(fail(ErrorCode::handle_taken));
                     }
                     p_.directory.forget(id);
                     ++p_.shared.statistics.sign_ups;
                     done(registered(nullptr, id, handle, DeviceId{1}, p_.shared.hub, *token));
                   });
}

void Setup::check_password(const std::string& handle, SecretBuffer password, AddressBucket origin,
                           Completion<Result<Credentials>> done) {
  const auto admit = [&]() -> Status {
    PARLEY_CHECK(p_.shared.quotas.take(Quota::logins, origin, p_.shared.now));
    return p_.shared.quotas.take(Quota::password_tries, handle, p_.shared.now);
  };
  if (Status status = admit(); !status) return done(fail(status.error()));
  auto kept = std::make_shared<SecretBuffer>(std::move(password));
  p_.shared.store.find_credentials(
      handle, p_.shared.completion([this, kept, done](Result<std::optional<Credentials>> found) {
        if (!found) return done(fail(found.error()));
        if (!*found) {
          // Costs what a wrong password costs, so that timing tells no names.
          p_.shared.passwords.hash(
              std::move(*kept), p_.shared.completion([this, done](Result<std::string> hash) {
                ++p_.shared.statistics.wrong_passwords;
                done(fail(hash ? Error{ErrorCode::wrong_credentials, "", 0} : hash.error()));
              }));
          return;
        }
        p_.shared.passwords.verify(
            (*found)->password_hash, std::move(*kept),
            p_.shared.completion([this, found = **found, done](Result<bool> right) {
              if (!right) return done(fail(right.error()));
              if (!*right) {
                ++p_.shared.statistics.wrong_passwords;
                return done(fail(ErrorCode::wrong_credentials));
              }
              done(found);
            }));
      }));
}

void Setup::log_in(ws::LogIn request, AddressBucket origin, Granted done) {
  check_password(request.handle, take_password(request.password), origin,
                 [this, done](Result<Credentials> credentials) {
                   if (!credentials) return done(fail(credentials.error()));
                   p_.directory.with(credentials->account, [this, done](Result<AccountPtr> found) {
                     if (!found) return done(fail(found.error()));
                     if (*found == nullptr || (*found)->record.deleted) {
                       return done(fail(ErrorCode::wrong_credentials));
                     }
                     grant_login(**found, done);
                   });
                 });
}

void Setup::grant_login(const Account& account, Granted done) {
  const auto token = std::make_shared<SecretBuffer>(ByteView(p_.shared.random.secret<32>().view()));
  auto granted = std::make_shared<ws::LoginGranted>();
  granted->account_id = account.id().to_bytes();
  granted->identity_key = to_bytes(account.record.identity_key);
  granted->has_recovery = account.record.has_recovery;
  granted->device_count = static_cast<std::uint32_t>(std::count_if(
      account.record.devices.begin(), account.record.devices.end(),
      [this, &account](const DeviceRecord& d) { return is_alive(account, d, p_.shared); }));
  granted->login_token = token->clone();
  Ticket ticket;
  ticket.kind = Ticket::Kind::login;
  ticket.account = account.id();
  ticket.expires = p_.shared.now + limits::kLoginTokenLifetime;
  p_.committer.add(
      op::Boxed(op::PutTicket{TicketKey{crypto::sha256(token->view())}, std::move(ticket)}),
      [this, granted, done](Result<op::Reply> reply) {
        if (!reply) return done(fail(reply.error()));
        ++p_.shared.statistics.logins;
        done(std::move(*granted));
      });
}

void Setup::check_ticket(const SecretBuffer& token, AddressBucket origin,
                         Completion<Result<AccountId>> done) {
  if (token.size() != 32) return done(fail(ErrorCode::not_authenticated, "login token missing"));
  if (Status status = p_.shared.quotas.take(Quota::logins, origin, p_.shared.now); !status) {
    return done(fail(status.error()));
  }
  const TicketKey key{crypto::sha256(token.view())};
  p_.shared.store.find_ticket(
      key, p_.shared.completion([this, done](Result<std::optional<Ticket>> found) {
        if (!found) return done(fail(found.error()));
        const bool usable = *found && (*found)->kind == Ticket::Kind::login && (*found)->account;
        if (!usable) return done(fail(ErrorCode::not_authenticated, "login token unknown or used"));
        if ((*found)->expires <= p_.shared.now) {
          return done(fail(ErrorCode::session_expired, "login token"));
        }
        done(*(*found)->account);
      }));
}

void Setup::add_device(ws::AddDevice request, AddressBucket origin, Registered done) {
  const auto check = [&]() -> Status {
    PARLEY_CHECK(check_new_device(request.device));
    return check_proof(request);
  };
  if (Status status = check(); !status) return done(fail(status.error()));
  auto token = std::make_shared<SecretBuffer>(ByteView(p_.shared.random.secret<32>().view()));
  op::AddDevice add;
  add.ticket = TicketKey{crypto::sha256(request.login_token.view())};
  add.identity_key = identity_key_of(*request.device);
  add.reset_identity = request.reset_identity;
  add.max_devices = limits::kMaxDevices;
  add.device = new_device(*request.device, token->view());
  check_ticket(request.login_token, origin,
               [this, add = std::move(add), token, done](Result<AccountId> account) {
                 if (!account) return done(fail(account.error()));
                 op::AddDevice complete = add;
                 complete.account = *account;
                 p_.devices.add(std::move(complete),
                                [this, token, done](Result<Devices::Added> added) {
                                  if (!added) return done(fail(added.error()));
                                  done(registered(added->account.get(), added->account->id(), "",
                                                  added->device, p_.shared.hub, *token));
                                });
               });
}

void Setup::fetch_recovery(ws::FetchRecovery request, AddressBucket origin, Recovered done) {
  check_ticket(request.login_token, origin, [this, done](Result<AccountId> account) {
    if (!account) return done(fail(account.error()));
    p_.shared.store.load_recovery(*account, p_.shared.completion([done](Result<Bytes> blob) {
      if (!blob) return done(fail(blob.error()));
      if (blob->empty()) return done(fail(ErrorCode::recovery_failed, "nothing is stored"));
      ws::Recovery recovery;
      recovery.blob = std::move(*blob);
      done(std::move(recovery));
    }));
  });
}

void Setup::change_password(ws::ChangePassword request, AddressBucket origin,
                            Completion<Status> done) {
  if (Status status = check_password_size(request.new_password); !status) return done(status);
  auto fresh = std::make_shared<SecretBuffer>(take_password(request.new_password));
  check_password(request.handle, take_password(request.old_password), origin,
                 [this, fresh, done](Result<Credentials> credentials) {
                   if (!credentials) return done(fail(credentials.error()));
                   p_.shared.passwords.hash(
                       std::move(*fresh), p_.shared.completion([this, credentials = *credentials,
                                                                done](Result<std::string> hash) {
                         if (!hash) return done(fail(hash.error()));
                         op::SetPassword change{credentials.account, credentials.password_hash,
                                                std::move(*hash)};
                         p_.committer.add(
                             op::Boxed(std::move(change)), [done](Result<op::Reply> reply) {
                               if (!reply) return done(fail(reply.error()));
                               const bool changed = reply->outcome == op::Outcome::done;
                               done(changed ? Status() : fail(ErrorCode::wrong_credentials));
                             });
                       }));
                 });
}

void Setup::delete_account(ws::DeleteAccount request, AddressBucket origin,
                           Completion<Status> done) {
  check_password(request.handle, take_password(request.password), origin,
                 [this, done](Result<Credentials> credentials) {
                   if (!credentials) return done(fail(credentials.error()));
                   p_.devices.delete_account(credentials->account, "", [done](Status status) {
                     const bool gone = !status && status.error().code == ErrorCode::not_found;
                     done(gone ? fail(ErrorCode::wrong_credentials) : status);
                   });
                 });
}

}  // namespace parley::hub
