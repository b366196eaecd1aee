#include "hub/engine/keys.h"

#include <algorithm>
#include <utility>

#include "lib/crypto/curve25519.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/kem.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

// A device that has just logged in uploads its keys with its first connection.
constexpr Duration kPrekeysSoon = seconds(5);

Status invalid(std::string what) { return fail(ErrorCode::invalid_argument, std::move(what)); }

KeyDigest digest_of(ByteView key) {
  const auto digest = crypto::sha256(key);
  KeyDigest half;
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

// A signed key of either kind, checked against the identity key.
template <typename WireKey>
Result<SignedKeyRecord> check_signed(const WireKey& key, const crypto::PublicKey& identity) {
  if (key.public_key.empty() || key.signature.empty()) {
    return fail(ErrorCode::invalid_argument, "key or signature missing");
  }
  PARLEY_CHECK(crypto::verify(identity, key.public_key, key.signature));
  SignedKeyRecord record{key.id, key.public_key, {}};
  std::copy(key.signature.begin(), key.signature.end(), record.signature.begin());
  return record;
}

Result<SignedKeyRecord> check_curve(const wc::SignedPrekey& key,
                                    const crypto::PublicKey& identity) {
  PARLEY_CHECK(crypto::PublicKey::parse(key.public_key));
  return check_signed(key, identity);
}

Result<SignedKeyRecord> check_kyber(const wc::KyberPrekey& key, const crypto::PublicKey& identity) {
  if (key.public_key.empty() || key.public_key[0] != crypto::kKyber1024Type) {
    return fail(ErrorCode::invalid_key, "not a Kyber-1024 key");
  }
  return check_signed(key, identity);
}

Result<op::PutPrekeys> check_upload(const wc::UploadPrekeys& keys, const Account& account,
                                    DeviceAddress device) {
  PARLEY_TRY(identity, crypto::PublicKey::parse(account.record.identity_key));
  op::PutPrekeys put;
  put.device = device;
  if (keys.signed_prekey) {
    if (keys.signed_prekey->id == 0) return fail(ErrorCode::invalid_argument, "key id 0");
    PARLEY_TRY(key, check_curve(*keys.signed_prekey, identity));
    put.signed_key = std::move(key);
  }
  if (keys.last_resort_kyber_prekey) {
    if (keys.last_resort_kyber_prekey->id == 0)
      return fail(ErrorCode::invalid_argument, "key id 0");
    PARLEY_TRY(key, check_kyber(*keys.last_resort_kyber_prekey, identity));
    put.last_resort = std::move(key);
  }
  for (const wc::OneTimePrekey& key : keys.one_time_prekeys) {
    PARLEY_CHECK(crypto::PublicKey::parse(key.public_key));
    put.one_time.push_back({key.id, key.public_key, digest_of(key.public_key)});
  }
  for (const wc::KyberPrekey& wire_key : keys.one_time_kyber_prekeys) {
    PARLEY_TRY(key, check_kyber(wire_key, identity));
    const KeyDigest digest = digest_of(key.public_key);
    put.one_time_kyber.push_back({std::move(key), digest});
  }
  return put;
}

Status check_counts(const wc::UploadPrekeys& keys, const PrekeyState& have) {
  if (have.one_time + keys.one_time_prekeys.size() > limits::kMaxOneTimePrekeys ||
      have.one_time_kyber + keys.one_time_kyber_prekeys.size() > limits::kMaxOneTimePrekeys) {
    return fail(ErrorCode::too_large, "more one-time prekeys than are kept");
  }
  return {};
}

wc::DeviceBundle bundle_of(const op::TakenPrekeys::Device& taken) {
  wc::DeviceBundle bundle;
  bundle.device_id = taken.id.value;
  bundle.registration_id = taken.registration_id.value;
  bundle.signed_prekey = wc::SignedPrekey{taken.signed_key.id, taken.signed_key.public_key,
                                          to_bytes(taken.signed_key.signature)};
  if (taken.one_time) {
    bundle.one_time_prekey = wc::OneTimePrekey{taken.one_time->id, taken.one_time->public_key};
  }
  bundle.kyber_prekey =
      wc::KyberPrekey{taken.kyber.id, taken.kyber.public_key, to_bytes(taken.kyber.signature)};
  return bundle;
}

}  // namespace

void Keys::upload(Connection& connection, std::uint64_t request, wc::UploadPrekeys keys) {
  const ConnectionId id = connection.id;
  const AccountPtr account = connection.account;
  const DeviceAddress device = connection.address();
  const auto check = [&]() -> Result<op::PutPrekeys> {
    PARLEY_CHECK(p_.shared.quotas.take(Quota::changes, device.account, p_.shared.now));
    const DeviceRecord* record = account->find(device.device);
    if (record == nullptr) return fail(ErrorCode::not_authenticated, "the device is gone");
    PARLEY_CHECK(check_counts(keys, record->prekeys));
    return check_upload(keys, *account, device);
  };
  auto put = check();
  if (!put) return p_.sessions.refuse(id, request, put.error());
  p_.committer.add(
      op::Boxed(std::move(*put)), [this, id, request, account, device](Result<op::Reply> reply) {
        if (!reply) return p_.sessions.refuse(id, request, reply.error());
        DeviceRecord* record = account->find(device.device);
        if (reply->outcome != op::Outcome::done || record == nullptr) {
          return p_.sessions.refuse(id, request, {ErrorCode::not_authenticated, "device gone", 0});
        }
        const bool was_ready = record->prekeys.published();
        record->prekeys = std::get<PrekeyState>(reply->value);
        if (Connection* still = p_.sessions.find(id)) still->low_told = false;
        p_.sessions.reply(id, request, counts(record->prekeys));
        // The other devices may write to it from now on.
        if (!was_ready && record->prekeys.published()) p_.route.devices_changed(device.account);
      });
}

void Keys::fetch(Connection& connection, std::uint64_t request, wc::FetchPrekeys wanted) {
  const ConnectionId id = connection.id;
  const DeviceAddress asker = connection.address();
  const auto target = AccountId::from(wanted.account_id);
  if (!target) {
    return p_.sessions.refuse(id, request, invalid("account_id missing").error());
  }
  const Status admitted = p_.shared.quotas.take(Quota::key_fetches, asker.account, p_.shared.now);
  if (!admitted) return p_.sessions.refuse(id, request, admitted.error());
  p_.directory.with(*target, [this, id, request, asker, asking = connection.account,
                              wanted](Result<AccountPtr> account) {
    if (!account) return p_.sessions.refuse(id, request, account.error());
    fetch_of(id, request, asker, asking, wanted, *account);
  });
}

void Keys::fetch_of(ConnectionId connection, std::uint64_t request, DeviceAddress asker,
                    const AccountPtr& asking, const wc::FetchPrekeys& wanted,
                    const AccountPtr& target) {
  const Facts facts = facts_between(Action::fetch_keys, *asking, target.get(), p_.providers);
  const Decision decision = Policy::decide(facts);
  if (decision.kind == Decision::Kind::refuse) {
    return p_.sessions.refuse(connection, request,
                              p_.providers.refusal(decision, *asking, target.get()));
  }
  op::TakePrekeys take = choose(asker, wanted, *target, decision);
  if (take.devices.empty()) {
    return p_.sessions.refuse(connection, request, {ErrorCode::no_prekeys, "", kPrekeysSoon.ms});
  }
  p_.committer.add(std::move(take), [this, connection, request, target](Result<op::Reply> reply) {
    if (!reply) return p_.sessions.refuse(connection, request, reply.error());
    const auto* taken = std::get_if<op::TakenPrekeys>(&reply->value);
    if (taken == nullptr || taken->devices.empty()) {
      return p_.sessions.refuse(connection, request, {ErrorCode::no_prekeys, "", 0});
    }
    wc::PrekeyBundles bundles;
    bundles.account_id = target->id().to_bytes();
    bundles.identity_key = to_bytes(taken->identity_key);
    for (const auto& device : taken->devices) bundles.devices.push_back(bundle_of(device));
    p_.sessions.reply(connection, request, std::move(bundles));
    handed_out(target, *taken);
  });
}

op::TakePrekeys Keys::choose(const DeviceAddress& asker, const wc::FetchPrekeys& wanted,
                             const Account& target, const Decision& decision) {
  const bool own = target.id() == asker.account;
  const Quota share = decision.kind == Decision::Kind::allow ? Quota::one_time_keys_for_friends
                                                             : Quota::one_time_keys_for_strangers;
  Quotas& quotas = p_.shared.quotas;
  const Time now = p_.shared.now;
  op::TakePrekeys take{target.id(), {}};
  for (const DeviceRecord& device : target.record.devices) {
    const bool itself = own && device.id == asker.device;
    const bool named =
        wanted.device_ids.empty() ||
        std::count(wanted.device_ids.begin(), wanted.device_ids.end(), device.id.value) != 0;
    if (!named || itself || !is_current(target, device, p_.shared)) continue;
    take.devices.push_back(device.id);
    const bool given = own || quotas.take(share, asker.account, {target.id(), device.id}, now);
    if (!given) take.lasting_only.push_back(device.id);
  }
  const bool scarce = !own && take.lasting_only.size() < take.devices.size();
  if (scarce && !quotas.take(Quota::key_fetches_of, target.id(), now)) {
    take.lasting_only = take.devices;
  }
  return take;
}

void Keys::handed_out(const AccountPtr& target, const op::TakenPrekeys& taken) {
  for (const auto& device : taken.devices) {
    p_.shared.statistics.prekeys_handed_out += device.one_time ? 1 : 0;
    p_.shared.statistics.last_resort_handed_out += device.kyber_is_last_resort ? 1 : 0;
    if (DeviceRecord* record = target->find(device.id)) record->prekeys = device.left;
    tell_if_low({target->id(), device.id}, device.left);
  }
}

void Keys::tell_if_low(const DeviceAddress& device, const PrekeyState& state) {
  const bool low =
      state.one_time < limits::kPrekeysLowMark || state.one_time_kyber < limits::kPrekeysLowMark;
  Connection* connection = p_.sessions.find(device);
  if (!low || connection == nullptr || connection->low_told) return;
  connection->low_told = true;
  p_.sessions.push(connection->id, wc::PrekeysLow{counts(state)});
}

}  // namespace parley::hub
