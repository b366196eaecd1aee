// The hub's log on a file descriptor's stream: JSON lines for machines, short lines for a
// person at a terminal. Holds no user data, because Log takes none. Thread-safe; a line is
// written at once.
#pragma once

#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "hub/net/log.h"

namespace parley::hub {

enum class LogFormat : std::uint8_t { json, text };

// "debug", "info", "warning", "error"; nothing otherwise.
std::optional<LogLevel> log_level(std::string_view name);

// One line without its end. `time` as in "2026-11-23T04:03:43.123Z".
std::string log_line(LogFormat format, std::string_view time, LogLevel level, LogText event,
                     std::initializer_list<LogFact> facts);

class LogSink final : public Log {
 public:
  // `to` outlives the sink.
  LogSink(std::FILE* to, LogLevel least, LogFormat format)
      : to_(to), least_(least), format_(format) {}

  void write(LogLevel level, LogText event, std::initializer_list<LogFact> facts) override;

 private:
  std::FILE* to_;
  LogLevel least_;
  LogFormat format_;
  std::mutex mutex_;
};

}  // namespace parley::hub
