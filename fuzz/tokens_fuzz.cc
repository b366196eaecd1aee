// Services' tokens, key sets and the URLs an operator enters. The first byte chooses.
#include <cstdlib>

#include "fuzz/check.h"
#include "hub/jose/jws.h"
#include "hub/net/url.h"

using namespace parley;

namespace {

// What is read must fit its own description.
void key_set(std::string_view text) {
  const auto keys = jose::KeySet::parse(text);
  if (!keys) return;
  PARLEY_FUZZ_CHECK(keys->size() <= jose::kMaxKeys);
  // A key that cannot be used has a reason, and one that can has none.
  for (const char* id : {"rsa", "ec", "ed", "a"}) {
    const jose::PublicJwk* key = keys->find(id);
    if (!key) continue;
    PARLEY_FUZZ_CHECK(keys->why_not(id).empty());
    PARLEY_FUZZ_CHECK(key->thumbprint().size() == 43);
    PARLEY_FUZZ_CHECK(!key->algorithm().empty());
  }
}

void token(std::string_view text) {
  const auto read = jose::read_token(text);
  if (!read) return;
  PARLEY_FUZZ_CHECK(read->text == text);
  PARLEY_FUZZ_CHECK(read->signed_bytes < text.size() && text[read->signed_bytes] == '.');
  // Nobody signed it with this key; a bit pattern that fits is out of reach.
  jose::PublicJwk key;
  key.type = jose::KeyType::ed25519;
  key.first = to_bytes(crypto::Ed25519KeyPair::from_seed(Secret<32>(ByteArray<32>{42})).public_key);
  PARLEY_FUZZ_CHECK(!jose::check_signature(*read, key));
}

// Written out again it is read as the same.
void url(std::string_view text) {
  const auto read = hub::parse_url(text);
  if (!read) return;
  const std::string again =
      (read->https ? "https://" : "http://") + read->authority() + read->target;
  const auto twice = hub::parse_url(again.substr(0, hub::kMaxUrlBytes));
  if (again.size() > hub::kMaxUrlBytes) return;
  PARLEY_FUZZ_CHECK(twice && twice->host == read->host && twice->port == read->port);
  PARLEY_FUZZ_CHECK(twice->target == read->target && twice->https == read->https);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text(ByteView(data, size).subspan(1));
  switch (data[0]) {
    case 'k':
      key_set(text);
      break;
    case 't':
      token(text);
      break;
    default:
      url(text);
  }
  return 0;
}
