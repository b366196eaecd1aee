// Safety numbers: what two people compare to know that nobody sits between them.
// 60 digits to read aloud and a scannable form for a QR code, both equal to what
// libsignal makes of the same ids and keys.
//
// Pure functions, about 10,400 SHA-512 runs a call (some 5 ms natively): cache
// the result. Ids are arbitrary stable bytes; both sides must use the same ones.
//
// Source: libsignal's numeric fingerprint, version 0: iterated SHA-512 over
// version ‖ key ‖ id, 5,200 rounds, six groups of five digits from its first 30
// bytes; the lower half first.
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/crypto/curve25519.h"

namespace parley::signal {

inline constexpr std::uint32_t kFingerprintIterations = 5200;
// Of the scannable form: ids are opaque bytes (1 meant phone numbers).
inline constexpr std::uint32_t kScannableVersion = 2;

struct FingerprintParty {
  ByteView stable_id;
  crypto::PublicKey identity_key;
};

struct Fingerprint {
  // 60 digits, the same on both sides. group_digits() makes them readable.
  std::string digits;
  // Encoded CombinedFingerprints; each side's names itself first.
  Bytes scannable;
};

Fingerprint make_fingerprint(const FingerprintParty& local, const FingerprintParty& remote);

// Whether what was scanned is the counterpart of our own scannable form.
// ErrorCode::malformed, or unsupported_version for another version.
Result<bool> scannable_matches(const Fingerprint& ours, ByteView scanned);

// Twelve groups of five digits, separated by single spaces.
std::string group_digits(const std::string& digits);

}  // namespace parley::signal
