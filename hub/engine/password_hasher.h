// Password hashing as a port: Argon2id takes tens of milliseconds and 64 MiB, so it runs
// on a bounded pool outside the engine's thread.
//
// Every callback comes exactly once on the engine's thread (it may come before the call
// returns). A full queue answers ErrorCode::overloaded with retry_after_ms.
#pragma once

#include <functional>
#include <string>

#include "hub/engine/types.h"
#include "lib/base/result.h"
#include "lib/base/secret.h"

namespace parley::hub {

class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  // The encoded form ("$argon2id$..."), which carries salt and cost.
  virtual void hash(SecretBuffer password, Completion<Result<std::string>> done) = 0;

  // True where `password` belongs to `encoded`.
  virtual void verify(std::string encoded, SecretBuffer password,
                      Completion<Result<bool>> done) = 0;
};

}  // namespace parley::hub
