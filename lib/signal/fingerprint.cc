#include "lib/signal/fingerprint.h"

#include <algorithm>

#include "lib/crypto/hash.h"
#include "lib/wire/wire.h"
#include "proto/signal.h"

namespace parley::signal {
namespace {

crypto::Sha512Digest hash_identity(const FingerprintParty& party) {
  const auto key = party.identity_key.serialize();
  Bytes input{0, 0};  // version 0
  append(input, key);
  append(input, party.stable_id);
  append(input, key);
  crypto::Sha512Digest digest = crypto::sha512(input);

  ByteArray<64 + 33> round;
  std::ranges::copy(key, round.begin() + 64);
  for (std::uint32_t i = 1; i < kFingerprintIterations; ++i) {
    std::ranges::copy(digest, round.begin());
    digest = crypto::sha512(round);
  }
  return digest;
}

// Six groups: five bytes, big-endian, modulo 100,000.
std::string digits_of(const crypto::Sha512Digest& digest) {
  std::string digits;
  for (std::size_t group = 0; group < 6; ++group) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 5; ++i) value = value << 8 | digest[group * 5 + i];
    const std::string number = std::to_string(value % 100'000);
    digits.append(5 - number.size(), '0').append(number);
  }
  return digits;
}

wire::signal::LogicalFingerprint half(const crypto::Sha512Digest& digest) {
  return {to_bytes(ByteView(digest).first(32))};
}

}  // namespace

Fingerprint make_fingerprint(const FingerprintParty& local, const FingerprintParty& remote) {
  const auto ours = hash_identity(local);
  const auto theirs = hash_identity(remote);
  const std::string our_digits = digits_of(ours);
  const std::string their_digits = digits_of(theirs);
  wire::signal::CombinedFingerprints combined;
  combined.version = kScannableVersion;
  combined.local_fingerprint = half(ours);
  combined.remote_fingerprint = half(theirs);
  return {std::min(our_digits, their_digits) + std::max(our_digits, their_digits),
          wire::encode(combined)};
}

Result<bool> scannable_matches(const Fingerprint& ours, ByteView scanned) {
  using wire::signal::CombinedFingerprints;
  PARLEY_TRY(own, wire::decode<CombinedFingerprints>(ours.scannable));
  PARLEY_TRY(other, wire::decode<CombinedFingerprints>(scanned));
  if (!other.local_fingerprint || !other.remote_fingerprint) {
    return fail(ErrorCode::malformed, "half of a safety number is missing");
  }
  if (other.version != own.version) {
    return fail(ErrorCode::unsupported_version, "version of a scanned safety number");
  }
  return crypto::constant_time_equal(own.local_fingerprint->content,
                                     other.remote_fingerprint->content) &&
         crypto::constant_time_equal(own.remote_fingerprint->content,
                                     other.local_fingerprint->content);
}

std::string group_digits(const std::string& digits) {
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && i % 5 == 0) grouped += ' ';
    grouped += digits[i];
  }
  return grouped;
}

}  // namespace parley::signal
