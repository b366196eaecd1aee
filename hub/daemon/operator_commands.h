// `parleyd provider ...` and `parleyd reports ...`: what an operator asks of a running hub.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

namespace parley::hub {

class OperatorCommands {
 public:
  // Adds both commands; the object outlives the parsing and the run.
  explicit OperatorCommands(CLI::App& app);
  ~OperatorCommands();

  // After parsing: the exit status, or nothing where another command was given.
  std::optional<int> run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::hub
