// How the hub says what happens inside it, without user data: an event's name and a few
// facts. What a fact can hold is limited on purpose to numbers, error codes and texts
// written in our own source; an address, a handle or a message does not fit in.
//
// Threads: implementations may be called from any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <variant>

#include "proto/errors.h"

namespace parley::hub {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// A text from the source: only literals convert to it.
struct LogText {
  template <std::size_t N>
  consteval LogText(const char (&literal)[N]) : text(literal, N - 1) {}  // NOLINT: implicit
  explicit constexpr LogText(std::string_view own) : text(own) {}
  std::string_view text;
};

struct LogFact {
  template <std::integral Number>
  LogFact(LogText fact_name, Number number)
      : name(fact_name.text), value(static_cast<std::int64_t>(number)) {}
  LogFact(LogText fact_name, LogText text) : name(fact_name.text), value(text.text) {}
  LogFact(LogText fact_name, ErrorCode code) : name(fact_name.text), value(to_string(code)) {}
  // The operating system's own words.
  LogFact(LogText fact_name, const std::error_code& error)
      : name(fact_name.text), value(error.message()) {}

  std::string_view name;
  std::variant<std::int64_t, std::string_view, std::string> value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, LogText event, std::initializer_list<LogFact> facts) = 0;

  void debug(LogText event, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::debug, event, facts);
  }
  void info(LogText event, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::info, event, facts);
  }
  void warning(LogText event, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::warning, event, facts);
  }
  void error(LogText event, std::initializer_list<LogFact> facts = {}) {
    write(LogLevel::error, event, facts);
  }
};

// For tests and tools.
class NoLog final : public Log {
 public:
  void write(LogLevel, LogText, std::initializer_list<LogFact>) override {}
};

}  // namespace parley::hub
