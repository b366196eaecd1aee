#include "hub/daemon/log_sink.h"

#include <array>
#include <chrono>
#include <ctime>

namespace parley::hub {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

std::string now_text() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const std::time_t whole = system_clock::to_time_t(now);
  const auto ms = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 40> text;
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') to += '\\';
    to += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  to += '"';
}

void append_value(std::string& to, LogFormat format, const LogFact& fact) {
  if (const auto* number = std::get_if<std::int64_t>(&fact.value)) {
    to += std::to_string(*number);
    return;
  }
  const auto* view = std::get_if<std::string_view>(&fact.value);
  const std::string_view text = view ? *view : std::string_view(std::get<std::string>(fact.value));
  if (format == LogFormat::json || text.find(' ') != std::string_view::npos) {
    return append_quoted(to, text);
  }
  to += text;
}

}  // namespace

std::optional<LogLevel> log_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == name) return static_cast<LogLevel>(i);
  }
  return {};
}

std::string log_line(LogFormat format, std::string_view time, LogLevel level, LogText event,
                     std::initializer_list<LogFact> facts) {
  const std::string_view level_name = kLevels[static_cast<std::size_t>(level)];
  std::string line;
  if (format == LogFormat::json) {
    line.append("{\"time\":\"").append(time).append("\",\"level\":\"").append(level_name);
    line.append("\",\"event\":\"").append(event.text).append("\"");
  } else {
    line.append(time).append(" ").append(level_name).append(" ").append(event.text);
  }
  for (const LogFact& fact : facts) {
    if (format == LogFormat::json) {
      line.append(",\"").append(fact.name).append("\":");
    } else {
      line.append(" ").append(fact.name).append("=");
    }
    append_value(line, format, fact);
  }
  if (format == LogFormat::json) line += '}';
  return line;
}

void LogSink::write(LogLevel level, LogText event, std::initializer_list<LogFact> facts) {
  if (level < least_) return;
  const std::string line = log_line(format_, now_text(), level, event, facts) + '\n';
  const std::lock_guard lock(mutex_);
  std::fwrite(line.data(), 1, line.size(), to_);
  std::fflush(to_);
}

}  // namespace parley::hub
