#include "hub/jose/jwk.h"

#include <algorithm>
#include <bit>

#include "hub/jose/json.h"
#include "lib/base/encoding.h"
#include "lib/crypto/hash.h"

namespace parley::jose {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
// Odd and not tiny; every common key has 65537.
constexpr std::size_t kMaxExponentBytes = 4;
constexpr std::uint32_t kMinExponent = 65'537;

auto broken(std::string reason) { return fail(ErrorCode::bad_token, std::move(reason)); }

Result<Bytes> parameter(const json_t* key, const char* name) {
  const auto text = text_of(key, name);
  if (!text) return broken(std::string("it has no ") + name);
  auto bytes = base64url_decode(*text);
  if (!bytes) return broken(std::string(name) + " is not base64url");
  return bytes;
}

Result<Bytes> fixed_parameter(const json_t* key, const char* name) {
  PARLEY_TRY(bytes, parameter(key, name));
  if (bytes.size() != kCoordinateBytes) return broken(std::string(name) + " is not 32 bytes");
  return bytes;
}

std::size_t bits_of(const Bytes& number) {
  return number.size() * 8 - static_cast<std::size_t>(std::countl_zero(number.front()));
}

Result<Bytes> number_parameter(const json_t* key, const char* name) {
  PARLEY_TRY(bytes, parameter(key, name));
  if (bytes.empty() || bytes.front() == 0) {
    return broken(std::string(name) + " is empty or begins with a zero byte");
  }
  return bytes;
}

Result<PublicJwk> read_rsa(const json_t* key) {
  PARLEY_TRY(n, number_parameter(key, "n"));
  PARLEY_TRY(e, number_parameter(key, "e"));
  const std::size_t bits = bits_of(n);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return broken("RSA keys have 2048 to 4096 bits, this one " + std::to_string(bits));
  }
  std::uint64_t exponent = 0;
  for (const std::uint8_t byte : e) exponent = exponent << 8 | byte;
  if (e.size() > kMaxExponentBytes || exponent < kMinExponent || exponent % 2 == 0 ||
      n.back() % 2 == 0) {
    return broken("the RSA modulus or exponent is not one");
  }
  return PublicJwk{.id = {}, .type = KeyType::rsa, .first = std::move(n), .second = std::move(e)};
}

Result<PublicJwk> read_ec(const json_t* key) {
  if (text_of(key, "crv") != "P-256") return broken("of the EC curves only P-256 is taken");
  PARLEY_TRY(x, fixed_parameter(key, "x"));
  PARLEY_TRY(y, fixed_parameter(key, "y"));
  return PublicJwk{
      .id = {}, .type = KeyType::ec_p256, .first = std::move(x), .second = std::move(y)};
}

Result<PublicJwk> read_okp(const json_t* key) {
  if (text_of(key, "crv") != "Ed25519") return broken("of the OKP curves only Ed25519 is taken");
  PARLEY_TRY(x, fixed_parameter(key, "x"));
  return PublicJwk{.id = {}, .type = KeyType::ed25519, .first = std::move(x), .second = {}};
}

// What the key says it is for.
Status check_purpose(const json_t* key, const PublicJwk& read) {
  const json_t* use = json_object_get(key, "use");
  if (use && text_of(key, "use") != "sig") return broken("its use is not sig");
  const json_t* algorithm = json_object_get(key, "alg");
  if (algorithm && text_of(key, "alg") != read.algorithm()) {
    return broken("a key of its type is for " + std::string(read.algorithm()) + " only");
  }
  const json_t* operations = json_object_get(key, "key_ops");
  if (!operations) return {};
  for (std::size_t i = 0; i < json_array_size(operations); ++i) {
    const json_t* operation = json_array_get(operations, i);
    if (json_is_string(operation) && std::string_view(json_string_value(operation)) == "verify") {
      return {};
    }
  }
  return broken("its key_ops do not name verify");
}

Result<PublicJwk> read_key(const json_t* key) {
  // A private or symmetric key in a public place is nobody's secret any more.
  for (const char* secret : {"d", "k"}) {
    if (json_object_get(key, secret)) return broken("it publishes its secret");
  }
  const auto type = text_of(key, "kty");
  Result<PublicJwk> read = broken("of the key types only RSA, EC and OKP are taken");
  if (type == "RSA") read = read_rsa(key);
  if (type == "EC") read = read_ec(key);
  if (type == "OKP") read = read_okp(key);
  if (!read) return read;
  PARLEY_CHECK(check_purpose(key, *read));
  return read;
}

std::string thumbprint_input(const PublicJwk& key) {
  const std::string first = base64url_encode(key.first);
  const std::string second = base64url_encode(key.second);
  switch (key.type) {
    case KeyType::rsa:
      return R"({"e":")" + second + R"(","kty":"RSA","n":")" + first + "\"}";
    case KeyType::ec_p256:
      return R"({"crv":"P-256","kty":"EC","x":")" + first + R"(","y":")" + second + "\"}";
    case KeyType::ed25519:
      break;
  }
  return R"({"crv":"Ed25519","kty":"OKP","x":")" + first + "\"}";
}

}  // namespace

std::string_view PublicJwk::algorithm() const {
  switch (type) {
    case KeyType::rsa:
      return "RS256";
    case KeyType::ec_p256:
      return "ES256";
    case KeyType::ed25519:
      break;
  }
  return "EdDSA";
}

std::string PublicJwk::thumbprint() const {
  return base64url_encode(crypto::sha256(as_bytes(thumbprint_input(*this))));
}

ByteArray<32> ed25519_thumbprint(const ByteArray<32>& public_key) {
  PublicJwk key;
  key.type = KeyType::ed25519;
  key.first = to_bytes(public_key);
  return crypto::sha256(as_bytes(thumbprint_input(key)));
}

Result<KeySet> KeySet::parse(std::string_view text) {
  if (text.size() > kMaxSetBytes) return broken("the key set is larger than 64 KiB");
  auto object = parse_object(text, ErrorCode::bad_token);
  if (!object) return broken("the key set: " + object.error().detail);
  const json_t* keys = json_object_get(object->get(), "keys");
  if (!json_is_array(keys)) return broken("the key set has no list of keys");
  if (json_array_size(keys) > kMaxKeys) return broken("the key set has more than 32 keys");
  KeySet set;
  for (std::size_t i = 0; i < json_array_size(keys); ++i) {
    const json_t* key = json_array_get(keys, i);
    const auto id = text_of(key, "kid");
    // Tokens name their key, so one without a name is never asked for.
    if (!id || id->empty() || id->size() > kMaxKeyIdBytes) continue;
    auto read = read_key(key);
    if (!read) {
      set.unusable_.push_back({std::string(*id), read.error().detail});
      continue;
    }
    read->id = *id;
    set.add(*std::move(read));
  }
  return set;
}

// Which of two keys of one name is meant nobody can say, so neither is.
void KeySet::add(PublicJwk key) {
  const auto same = [&](const auto& other) { return other.id == key.id; };
  const auto found = std::find_if(keys_.begin(), keys_.end(), same);
  const bool known = std::any_of(unusable_.begin(), unusable_.end(), same);
  if (found == keys_.end() && !known) return keys_.push_back(std::move(key));
  unusable_.push_back({key.id, "the set has this key id twice"});
  if (found != keys_.end()) keys_.erase(found);
}

const PublicJwk* KeySet::find(std::string_view id) const {
  for (const PublicJwk& key : keys_) {
    // A broken key after a good one of the same name makes the name ambiguous as well.
    if (key.id == id) return why_not(id).empty() ? &key : nullptr;
  }
  return nullptr;
}

std::string KeySet::why_not(std::string_view id) const {
  for (const Unusable& key : unusable_) {
    if (key.id == id) return key.reason;
  }
  return {};
}

}  // namespace parley::jose
