#include "hub/jose/tokens_for_tests.h"

#include <cstdio>
#include <memory>
#include <sstream>

#include "lib/base/encoding.h"

namespace parley::jose {

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Empty where there is no such file; the tests then fail.
std::string read_file(const char* name) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(name, "rb"));
  std::string text(64 * 1024, '\0');
  text.resize(file ? std::fread(text.data(), 1, text.size(), file.get()) : 0);
  return text;
}

}  // namespace

std::string keys_by_others() { return read_file("tests/data/jose/keys.json"); }

std::map<std::string, std::string> tokens_by_others() {
  std::istringstream in(read_file("tests/data/jose/tokens.txt"));
  std::map<std::string, std::string> tokens;
  for (std::string name, token; in >> name >> token;) tokens[name] = token;
  return tokens;
}

crypto::Ed25519KeyPair test_key() {
  return crypto::Ed25519KeyPair::from_seed(Secret<32>(ByteArray<32>{7}));
}

std::string test_jwk(const std::string& more) {
  return R"({"kty":"OKP","crv":"Ed25519","kid":"ed","x":")" +
         base64url_encode(test_key().public_key) + "\"" + more + "}";
}

std::string token_of(const std::string& header, const std::string& claims) {
  const std::string covered =
      base64url_encode(as_bytes(header)) + "." + base64url_encode(as_bytes(claims));
  return covered + "." + base64url_encode(crypto::sign_ed25519(test_key(), as_bytes(covered)));
}

std::string problem_of(const std::string& token, const std::string& key_set) {
  const auto keys = KeySet::parse(key_set);
  if (!keys) return keys.error().detail;
  const auto read = read_token(token);
  if (!read) return read.error().detail;
  const PublicJwk* key = keys->find(read->key_id);
  if (!key) return "no key: " + keys->why_not(read->key_id);
  const Status checked = check_signature(*read, *key);
  return checked ? "" : checked.error().detail;
}

}  // namespace parley::jose
