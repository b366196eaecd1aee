#include "client/engine/account_secrets.h"

#include <cctype>

#include "client/engine/record_keys.h"
#include "lib/base/encoding.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/hash.h"

namespace parley::client {
namespace {

constexpr std::size_t kNonceBytes = 24;
constexpr std::string_view kLinkPrefix = "parley-link-1:";
constexpr std::string_view kRecoveryInfo = "parley-recovery-1";
constexpr std::string_view kNameInfo = "parley-device-name-1";

// nonce ‖ ciphertext and tag; `purpose` is authenticated with it.
Bytes seal(ByteView key, std::string_view purpose, ByteView plaintext, RandomSource& random) {
  const auto nonce = random.array<kNonceBytes>();
  Bytes out = to_bytes(nonce);
  append(out, crypto::xchacha20_poly1305_encrypt(key, nonce, as_bytes(purpose), plaintext));
  return out;
}

Result<SecretBuffer> open(ByteView key, std::string_view purpose, ByteView sealed) {
  if (sealed.size() < kNonceBytes) return fail(ErrorCode::decryption_failed, "too short");
  return crypto::xchacha20_poly1305_decrypt(key, sealed.first(kNonceBytes), as_bytes(purpose),
                                            sealed.subspan(kNonceBytes));
}

SecretBuffer recovery_cipher_key(const Secret<32>& recovery_key) {
  return crypto::hkdf_sha256(recovery_key.view(), {}, as_bytes(kRecoveryInfo), 32);
}

Result<SecretBuffer> link_cipher_key(const Secret<32>& shared, const crypto::PublicKey& ephemeral,
                                     const LinkTarget& target) {
  Bytes info = to_bytes(as_bytes("parley-link-1"));
  append(info, ephemeral.bytes);
  append(info, target.key.bytes);
  return crypto::hkdf_sha256(shared.view(), target.slot, info, 32);
}

}  // namespace

Bytes seal_device_name(ByteView account_key, std::string_view name, RandomSource& random) {
  if (account_key.size() != 32 || name.empty()) return {};
  return seal(account_key, kNameInfo, as_bytes(name), random);
}

std::string open_device_name(ByteView account_key, ByteView sealed) {
  if (account_key.size() != 32) return {};
  const auto name = open(account_key, kNameInfo, sealed);
  if (!name || !is_valid_utf8(name->view())) return {};
  return std::string(as_text(name->view()));
}

Bytes seal_recovery(const Secret<32>& recovery_key, const e2e::RecoveryData& data,
                    RandomSource& random) {
  return seal(recovery_cipher_key(recovery_key).view(), kRecoveryInfo,
              wire::encode_secret(data).view(), random);
}

Result<e2e::RecoveryData> open_recovery(const Secret<32>& recovery_key, ByteView blob) {
  const auto plain = open(recovery_cipher_key(recovery_key).view(), kRecoveryInfo, blob);
  if (!plain) return fail(ErrorCode::recovery_failed, "the key does not open the stored data");
  return wire::decode<e2e::RecoveryData>(plain->view());
}

std::string recovery_key_text(ByteView recovery_key) {
  const std::string plain = base32_encode(recovery_key);
  std::string grouped;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i > 0 && i % 4 == 0) grouped += '-';
    grouped += plain[i];
  }
  return grouped;
}

Result<Secret<32>> parse_recovery_key(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto bytes = base32_decode(plain);
  if (!bytes || bytes->size() != 32) {
    return fail(ErrorCode::recovery_failed, "a recovery key has 52 letters and digits");
  }
  return Secret<32>{ByteView(*bytes).first<32>()};
}

std::string link_code(const LinkTarget& target) {
  Bytes content = target.slot;
  append(content, target.key.bytes);
  return std::string(kLinkPrefix) + base64url_encode(content);
}

Result<LinkTarget> parse_link_code(std::string_view code) {
  while (!code.empty() && std::isspace(static_cast<unsigned char>(code.back()))) {
    code.remove_suffix(1);
  }
  if (!code.starts_with(kLinkPrefix)) {
    return fail(ErrorCode::link_expired, "a link code starts with parley-link-1:");
  }
  code.remove_prefix(kLinkPrefix.size());
  const auto content = base64url_decode(code);
  if (!content || content->size() != 48) {
    return fail(ErrorCode::link_expired, "the link code is incomplete");
  }
  LinkTarget target;
  target.slot.assign(content->begin(), content->begin() + 16);
  std::copy(content->begin() + 16, content->end(), target.key.bytes.begin());
  return target;
}

std::string link_check_digits(const LinkTarget& target) {
  Bytes input = to_bytes(as_bytes("parley-link-check-1"));
  append(input, target.slot);
  append(input, target.key.bytes);
  const auto digest = crypto::sha256(input);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = (number << 8) | digest[i];
  const std::string digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

Result<Bytes> seal_link(const LinkTarget& target, const e2e::LinkEnvelope& envelope,
                        RandomSource& random) {
  const auto ephemeral = crypto::KeyPair::generate(random);
  PARLEY_TRY(shared, crypto::agree(ephemeral.private_key, target.key));
  PARLEY_TRY(key, link_cipher_key(shared, ephemeral.public_key, target));
  Bytes out = to_bytes(ephemeral.public_key.bytes);
  append(out, seal(key.view(), kLinkPrefix, wire::encode_secret(envelope).view(), random));
  return out;
}

Result<e2e::LinkEnvelope> open_link(const LinkTarget& target, const crypto::KeyPair& own,
                                    ByteView sealed) {
  if (sealed.size() < 32) return fail(ErrorCode::decryption_failed, "link envelope");
  crypto::PublicKey ephemeral;
  std::copy_n(sealed.begin(), 32, ephemeral.bytes.begin());
  PARLEY_TRY(shared, crypto::agree(own.private_key, ephemeral));
  PARLEY_TRY(key, link_cipher_key(shared, ephemeral, target));
  PARLEY_TRY(plain, open(key.view(), kLinkPrefix, sealed.subspan(32)));
  return wire::decode<e2e::LinkEnvelope>(plain.view());
}

Bytes add_device_proof(const crypto::KeyPair& identity, ByteView login_token,
                       std::uint32_t registration_id, RandomSource& random) {
  const Bytes message = KeyBuilder()
                            .add(as_bytes("parley-add-device-1"))
                            .add(login_token)
                            .number(registration_id)
                            .take();
  return to_bytes(crypto::sign(identity.private_key, message, random));
}

}  // namespace parley::client
