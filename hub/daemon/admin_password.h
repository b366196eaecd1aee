// The operator's password for /admin: a file with its hash (Argon2id), readable by its owner only,
// and the command that makes it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "lib/base/result.h"
#include "lib/crypto/password.h"

namespace parley::hub {

// The hash. ErrorCode::bad_config says what is wrong with the file.
Result<std::string> load_admin_password(const std::string& file);
// Errors: invalid_argument (too short), store_unwritable.
Status write_admin_password(const std::string& file, const std::string& password,
                            crypto::PasswordCost cost = crypto::kInteractiveCost);

// `parleyd admin password FILE`.
class AdminCommand {
 public:
  // Adds it; the object outlives the parsing and the run.
  explicit AdminCommand(CLI::App& app);
  // After parsing: the exit status, or nothing where another command was given.
  std::optional<int> run() const;

 private:
  CLI::App* password_;
  std::string file_;
};

}  // namespace parley::hub
