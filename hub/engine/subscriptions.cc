#include "hub/engine/subscriptions.h"

#include <algorithm>
#include <utility>

namespace parley::hub {

// What is no URL at all; the adapter that asks there judges the rest.
Status Subscriptions::check(const std::string& endpoint) const {
  const EngineConfig& config = p_.shared.config;
  if (config.push_key.empty()) {
    return fail(ErrorCode::not_found, "this hub sends no pushes to browsers");
  }
  const bool scheme_fits = endpoint.starts_with("https://") ||
                           (config.private_push_addresses && endpoint.starts_with("http://"));
  const bool printable =
      std::all_of(endpoint.begin(), endpoint.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!scheme_fits || !printable) {
    return fail(ErrorCode::invalid_argument, "endpoint: expected an https URL");
  }
  return {};
}

void Subscriptions::set(wire::setup::SetPush request, AddressBucket origin,
                        Completion<Status> done) {
  if (Status status = p_.shared.quotas.take(Quota::connects, origin, p_.shared.now); !status) {
    return done(std::move(status));
  }
  if (!request.endpoint.empty()) {
    if (Status status = check(request.endpoint); !status) return done(std::move(status));
  }
  p_.devices.find_session(
      request.session_token.view(),
      [this, endpoint = std::move(request.endpoint),
       done = std::move(done)](const Result<Devices::Found>& found) mutable {
        if (!found) return done(fail(found.error()));
        if (Status status =
                p_.shared.quotas.take(Quota::changes, found->account->id(), p_.shared.now);
            !status) {
          return done(std::move(status));
        }
        put(found->account, found->device, std::move(endpoint), std::move(done));
      });
}

void Subscriptions::put(const AccountPtr& account, DeviceId device, std::string endpoint,
                        Completion<Status> done) {
  op::SetPushEndpoint change{{account->id(), device}, endpoint};
  p_.committer.add(std::move(change), [account, device, endpoint = std::move(endpoint),
                                       done = std::move(done)](const Result<op::Reply>& reply) {
    if (!reply) return done(fail(reply.error()));
    DeviceRecord* record = account->find(device);
    if (record == nullptr) return done(fail(ErrorCode::not_authenticated, "unknown session"));
    record->push_endpoint = endpoint;
    done({});
  });
}

void Subscriptions::gone(const DeviceAddress& address, const std::string& endpoint) {
  p_.directory.with(address.account, [this, address, endpoint](const Result<AccountPtr>& account) {
    if (!account || !*account) return;
    const DeviceRecord* device = (*account)->find(address.device);
    // The browser may have got another one meanwhile.
    if (device == nullptr || device->push_endpoint != endpoint) return;
    put(*account, address.device, "", [](const Status&) {});
  });
}

}  // namespace parley::hub
