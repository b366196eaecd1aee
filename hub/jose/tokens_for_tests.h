// Tokens and keys for the tests of hub/jose.
#pragma once

#include <map>
#include <string>

#include "hub/jose/jws.h"

namespace parley::jose {

// tests/data/jose, made by other people's implementations (tests/oracles/tokens.mjs).
std::string keys_by_others();
std::map<std::string, std::string> tokens_by_others();

inline constexpr char kClaims[] =
    R"({"iss":"nordlys","aud":"hub","sub":"bob","jti":"t","iat":1800000000,"exp":1800003600,)"
    R"("cnf":{"jkt":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}})";
inline constexpr char kHeader[] = R"({"alg":"EdDSA","kid":"ed"})";

// A signing key whose set is key_set(), with the id "ed".
crypto::Ed25519KeyPair test_key();
std::string test_jwk(const std::string& more = {});
// Signed by test_key whatever they say.
std::string token_of(const std::string& header, const std::string& claims);

// In order: read, find the key, check. The detail of the first failure; "" where all is well.
std::string problem_of(const std::string& token, const std::string& key_set);

}  // namespace parley::jose
