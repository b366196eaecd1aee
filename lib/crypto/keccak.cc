// SHA-3 and SHAKE by the Keccak that PQClean needs anyway, so that there is one on
// every platform.
#include "lib/crypto/hash.h"

extern "C" {
#include "common/fips202.h"
}

namespace parley::crypto {

Sha256Digest sha3_256(ByteView data) {
  Sha256Digest digest;
  ::sha3_256(digest.data(), data.data(), data.size());
  return digest;
}

Sha512Digest sha3_512(ByteView data) {
  Sha512Digest digest;
  ::sha3_512(digest.data(), data.data(), data.size());
  return digest;
}

void shake256(ByteView data, MutableByteView out) {
  ::shake256(out.data(), out.size(), data.data(), data.size());
}

}  // namespace parley::crypto
