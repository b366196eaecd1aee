// One number that says whether this build's cryptography computes what every other
// build's does. The native libraries and those in the WebAssembly module differ; a
// unit test pins the digest natively, the module's tests compare with it.
#pragma once

#include <string>

namespace parley::crypto {

// Runs every function of lib/crypto on inputs from a fixed seed and hashes the results:
// 64 hexadecimal digits. Takes some tens of milliseconds. Thread-safe.
std::string self_test_digest();

// What self_test_digest() must give. Changes only together with the inputs.
inline constexpr const char* kSelfTestDigest =
    "7e0e3e9a5e777461b7ab86099dc51789428d3a0f5128ffbdd7276d8c486e0a67";

}  // namespace parley::crypto
