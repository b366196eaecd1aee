#include "hub/engine/enlistment.h"

#include <algorithm>
#include <utility>

#include "hub/engine/new_device.h"

namespace parley::hub {

namespace ws = wire::setup;

namespace {

Status check_request(const ws::Enlist& request) {
  PARLEY_CHECK(check_new_device(request.device));
  if (request.device_auth_key.empty()) {
    return fail(ErrorCode::invalid_argument, "device_auth_key missing");
  }
  crypto::Ed25519PublicKey key;
  if (request.device_auth_key.size() != key.size()) {
    return fail(ErrorCode::invalid_argument, "device_auth_key: 32 bytes");
  }
  std::copy(request.device_auth_key.begin(), request.device_auth_key.end(), key.begin());
  return crypto::is_valid_key(key) ? Status() : fail(ErrorCode::invalid_key, "device_auth_key");
}

op::Enlist operation(const ws::Enlist& request, Shared& shared) {
  op::Enlist enlist;
  enlist.account = AccountId{shared.random.array<16>()};
  enlist.provider = request.provider_id;
  enlist.identity_key = identity_key_of(*request.device);
  enlist.reset_identity = request.reset_identity;
  enlist.max_devices = limits::kMaxDevices;
  enlist.device.registration_id = RegistrationId{request.device->registration_id};
  enlist.device.name = request.device->name;
  enlist.device.created = shared.now;
  // It has no session token: of this hash nobody knows what it is the hash of.
  enlist.device.session = TokenHash{shared.random.array<32>()};
  std::copy(request.device_auth_key.begin(), request.device_auth_key.end(),
            enlist.device.auth_key.emplace().begin());
  return enlist;
}

}  // namespace

Status Enlistment::check_person(const TokenClaims& claims) const {
  const ProviderRecord* provider = p_.providers.find(claims.issuer);
  if (provider == nullptr) return fail(ErrorCode::unknown_provider);
  return check_visible_id(claims.subject, provider->id_form);
}

Status Enlistment::check_open(const TokenClaims& claims) const {
  if (p_.providers.passes(claims.issuer, handle_of(claims.subject, claims.issuer))) return {};
  return fail(p_.providers.suspended(claims.issuer));
}

// Somebody who shows one token again and again must not use up what the service may do; so the
// allowance was only looked at before, and is taken for a fresh token.
void Enlistment::use_token(const TokenClaims& claims, Quota allowance, Completion<Status> done) {
  p_.committer.add(op::UseToken{key_of_token(claims), remembered_until(claims)},
                   [this, service = claims.issuer, allowance,
                    done = std::move(done)](const Result<op::Reply>& reply) {
                     if (!reply) return done(fail(reply.error()));
                     if (reply->outcome != op::Outcome::done) {
                       return done(fail(ErrorCode::token_replayed));
                     }
                     done(p_.shared.quotas.take(allowance, service, p_.shared.now));
                   });
}

void Enlistment::take_turn(const std::string& handle, Found found) {
  const bool taken = turns_.take(handle, [this, handle, found] {
    p_.shared.store.find_handle(handle, p_.shared.completion(found));
  });
  if (!taken) found(fail(overloaded("too many enlistments at once")));
}

void Enlistment::enlist(ws::Enlist request, AddressBucket origin, Enlisted done) {
  const auto check = [&]() -> Status {
    PARLEY_CHECK(p_.shared.quotas.take(Quota::enlistments, origin, p_.shared.now));
    PARLEY_CHECK(check_request(request));
    const ProviderRecord* provider = p_.providers.find(request.provider_id);
    if (provider == nullptr) return fail(ErrorCode::unknown_provider);
    if (p_.providers.open_to_some(*provider)) return {};
    return fail(p_.providers.suspended(provider->id));
  };
  if (Status status = check(); !status) return done(fail(status.error()));
  const auto wanted = std::make_shared<op::Enlist>(operation(request, p_.shared));
  p_.tokens.check(
      request.provider_id, request.token.view(), [this, wanted, done](Result<TokenClaims> claims) {
        const auto judge = [&]() -> Status {
          if (!claims) return fail(claims.error());
          PARLEY_CHECK(check_confirmation(*claims, *wanted->device.auth_key));
          PARLEY_CHECK(check_person(*claims));
          PARLEY_CHECK(check_open(*claims));
          return p_.shared.quotas.check(Quota::service_enlistments, claims->issuer, p_.shared.now);
        };
        if (Status status = judge(); !status) return done(fail(status.error()));
        wanted->handle = handle_of(claims->subject, claims->issuer);
        use_token(*claims, Quota::service_enlistments, [this, wanted, done](const Status& used) {
          if (!used) return done(fail(used.error()));
          take_turn(wanted->handle, [this, wanted, done](Result<std::optional<AccountId>> found) {
            const bool refused = !found && found.error().code == ErrorCode::overloaded;
            if (refused) return done(fail(found.error()));  // it had no turn
            const Enlisted finish = [this, handle = wanted->handle,
                                     done](Result<ws::Enlisted> result) {
              turns_.finished(handle);
              done(std::move(result));
            };
            if (!found) return finish(fail(found.error()));
            add(wanted->handle, *wanted, *found, finish);
          });
        });
      });
}

void Enlistment::add(const std::string& handle, op::Enlist request,
                     std::optional<AccountId> account, const Enlisted& done) {
  if (!account) {
    Status room = p_.providers.reserve_person(request.provider);
    if (!room) return done(fail(room.error()));
    return write(std::move(request), nullptr, done);
  }
  request.account = *account;
  p_.directory.with(*account, [this, handle, request, done](Result<AccountPtr> found) {
    if (!found) return done(fail(found.error()));
    // A name leads to an account that has it.
    if (*found == nullptr || (*found)->record.deleted || (*found)->record.handle != handle) {
      return done(fail(ErrorCode::internal, "the name leads to no account"));
    }
    // The service may have been removed while this was on its way.
    if (!p_.providers.passes(request.provider, handle)) {
      return done(fail(p_.providers.suspended(request.provider)));
    }
    // Whoever writes to this person pays for each change of the devices with a repeated send.
    const Status allowed = p_.shared.quotas.take(Quota::changes, (*found)->id(), p_.shared.now);
    if (!allowed) return done(fail(allowed.error()));
    p_.directory.lock(*found);
    p_.devices.remove_dead(*found);
    write(request, *found, done);
  });
}

void Enlistment::write(op::Enlist request, const AccountPtr& account, const Enlisted& done) {
  op::Enlist copy = request;
  p_.committer.add(op::Boxed(std::move(copy)),
                   [this, request = std::move(request), account, done](Result<op::Reply> reply) {
                     Result<ws::Enlisted> result = fail(ErrorCode::internal);
                     if (!reply) {
                       result = fail(reply.error());
                     } else if (reply->outcome == op::Outcome::conflict) {
                       result = fail(ErrorCode::identity_mismatch);
                     } else if (reply->outcome == op::Outcome::full) {
                       result = fail(ErrorCode::too_many_devices);
                     } else if (const auto* added = std::get_if<op::DeviceAdded>(&reply->value)) {
                       if (account) {
                         account->record.identity_key = request.identity_key;
                         p_.devices.added(*account, request.device, *added);
                       } else {
                         p_.directory.forget(request.account);
                       }
                       ++p_.providers.counts(request.provider).enlistments;
                       result = answer(request, added->id);
                     }
                     if (account) p_.directory.unlock(account);
                     if (!account && !result) p_.providers.release_person(request.provider);
                     done(std::move(result));
                   });
}

ws::Enlisted Enlistment::answer(const op::Enlist& request, DeviceId device) const {
  ws::Enlisted out;
  out.account_id = request.account.to_bytes();
  out.device_id = device.value;
  out.hub_id = p_.shared.hub.to_bytes();
  out.handle = request.handle;
  return out;
}

void Enlistment::end(const ws::EndEnlistment& request, AddressBucket origin, Ended done) {
  if (Status status = p_.shared.quotas.take(Quota::enlistments, origin, p_.shared.now); !status) {
    return done(fail(status.error()));
  }
  // A suspended service may delete, too.
  p_.tokens.check(
      request.provider_id, request.token.view(),
      [this, device = request.device_id, done](Result<TokenClaims> claims) {
        if (!claims) return done(fail(claims.error()));
        const auto judge = [&]() -> Status {
          PARLEY_CHECK(check_person(*claims));
          return p_.shared.quotas.check(Quota::service_deletions, claims->issuer, p_.shared.now);
        };
        if (Status status = judge(); !status) return done(fail(status.error()));
        const std::string handle = handle_of(claims->subject, claims->issuer);
        use_token(
            *claims, Quota::service_deletions, [this, handle, device, done](const Status& used) {
              if (!used) return done(fail(used.error()));
              take_turn(
                  handle, [this, handle, device, done](Result<std::optional<AccountId>> found) {
                    const bool refused = !found && found.error().code == ErrorCode::overloaded;
                    if (refused) return done(fail(found.error()));  // it had no turn
                    const Ended finish = [this, handle, done](Result<ws::EnlistmentEnded> result) {
                      turns_.finished(handle);
                      done(std::move(result));
                    };
                    if (!found) return finish(fail(found.error()));
                    if (!*found) return finish(fail(ErrorCode::not_enlisted));
                    p_.directory.with(**found, [this, device, finish](Result<AccountPtr> account) {
                      if (!account) return finish(fail(account.error()));
                      if (*account == nullptr) return finish(fail(ErrorCode::not_enlisted));
                      remove(*account, device, finish);
                    });
                  });
            });
      });
}

void Enlistment::remove(const AccountPtr& account, std::uint32_t device, const Ended& done) {
  const auto gone = [done](Status status, std::uint32_t devices, bool all) {
    const bool none = !status && status.error().code == ErrorCode::not_found;
    if (none) return done(fail(ErrorCode::not_enlisted));
    if (!status) return done(fail(status.error()));
    done(ws::EnlistmentEnded{devices, all});
  };
  if (device != 0) {
    return p_.devices.remove(account, DeviceId{device},
                             [gone](Status status) { gone(std::move(status), 1, false); });
  }
  const auto devices = static_cast<std::uint32_t>(account->record.devices.size());
  p_.devices.delete_account(
      account->id(), given_up_handle(account->id()),
      [this, gone, devices, provider = account->record.provider](Status ended) {
        if (ended) p_.providers.release_person(provider);
        gone(std::move(ended), devices, true);
      });
}

}  // namespace parley::hub
