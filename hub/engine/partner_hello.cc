#include "hub/engine/partner_hello.h"

#include <utility>

namespace parley::hub {

namespace wc = wire::channel;

void PartnerHello::join(Connection& connection, std::uint64_t request,
                        wc::ProviderCredential credential, Then then) {
  const ConnectionId id = connection.id;
  const auto reject = [&](const Error& error) { p_.sessions.reject(id, request, error); };
  const auto account = AccountId::from(credential.account_id);
  if (!account || credential.device_id == 0 || credential.signature.empty() ||
      credential.token.view().empty()) {
    return reject({ErrorCode::not_authenticated, "no usable credential", 0});
  }
  const ProviderRecord* provider = p_.providers.find(credential.provider_id);
  if (provider == nullptr) return reject({ErrorCode::unknown_provider, "", 0});
  // Nobody's token is worth a look while the service as a whole is shut.
  if (!p_.providers.open_to_some(*provider)) return reject(p_.providers.suspended(provider->id));
  p_.sessions.start_joining(connection);
  const Attempt attempt{id,
                        request,
                        credential.provider_id,
                        *account,
                        DeviceId{credential.device_id},
                        std::move(credential.signature),
                        std::move(then)};
  p_.tokens.check(
      attempt.provider, credential.token.view(), [this, attempt](Result<TokenClaims> claims) {
        if (!claims) {
          return p_.sessions.reject(attempt.connection, attempt.request, claims.error());
        }
        p_.directory.with(
            attempt.account, [this, attempt, claims = *claims](Result<AccountPtr> loaded) {
              if (!loaded) {
                return p_.sessions.reject(attempt.connection, attempt.request, loaded.error());
              }
              found(attempt, claims, *loaded);
            });
      });
}

void PartnerHello::found(const Attempt& attempt, const TokenClaims& claims,
                         const AccountPtr& account) {
  Connection* connection = p_.sessions.find(attempt.connection);
  if (connection == nullptr) return;
  const auto reject = [&](const Error& error) {
    p_.sessions.reject(attempt.connection, attempt.request, error);
  };
  // An account that is not this service's looks like none.
  const bool theirs = account != nullptr && !account->record.deleted &&
                      account->record.provider == attempt.provider;
  if (!theirs) return reject({ErrorCode::not_enlisted, "no such account", 0});
  if (Status status = check(attempt, claims, *connection, *account); !status) {
    return reject(status.error());
  }
  if (is_alive(*account, *account->find(attempt.device), p_.shared)) {
    return p_.devices.admit(*connection, attempt.request, account, attempt.device, attempt.then);
  }
  reject({ErrorCode::not_enlisted, "silent for too long", 0});
  // Its mailbox and its prekeys go now; it comes back as another device.
  p_.devices.remove(account, attempt.device, [](const Status&) {});
}

Status PartnerHello::check(const Attempt& attempt, const TokenClaims& claims,
                           const Connection& connection, const Account& account) const {
  if (account.record.handle != handle_of(claims.subject, attempt.provider)) {
    return fail(ErrorCode::bad_token, "sub is another person");
  }
  if (!p_.providers.passes(attempt.provider, account.record.handle)) {
    return fail(p_.providers.suspended(attempt.provider));
  }
  const DeviceRecord* device = account.find(attempt.device);
  if (device == nullptr || !device->auth_key) {
    return fail(ErrorCode::not_enlisted, "no such device");
  }
  PARLEY_CHECK(check_confirmation(claims, *device->auth_key));
  return crypto::verify_ed25519(
      *device->auth_key, hello_bytes(connection.nonce, p_.shared.hub, device->registration_id),
      attempt.signature);
}

}  // namespace parley::hub
