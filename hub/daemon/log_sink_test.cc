#include "hub/daemon/log_sink.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace parley::hub {
namespace {

constexpr std::string_view kTime = "2026-11-23T04:03:43.123Z";

TEST(LogSink, WritesJsonLines) {
  EXPECT_EQ(log_line(LogFormat::json, kTime, LogLevel::warning, "accept_failed",
                     {{"count", 3},
                      {"code", ErrorCode::overloaded},
                      {"reason", std::make_error_code(std::errc::too_many_files_open)}}),
            R"({"time":"2026-11-23T04:03:43.123Z","level":"warning","event":"accept_failed",)"
            R"("count":3,"code":"overloaded","reason":"Too many open files"})");
}

TEST(LogSink, WritesLinesForPeople) {
  EXPECT_EQ(log_line(LogFormat::text, kTime, LogLevel::info, "started",
                     {{"port", 8420}, {"reason", "two words"}}),
            "2026-11-23T04:03:43.123Z info started port=8420 reason=\"two words\"");
}

TEST(LogSink, HasNoPlaceForTextThatWasNotWrittenInTheSource) {
  static_assert(!std::is_convertible_v<std::string, LogText>);
  static_assert(!std::is_convertible_v<std::string_view, LogText>);
  static_assert(!std::is_constructible_v<LogFact, LogText, std::string>);
  static_assert(!std::is_constructible_v<LogFact, LogText, const char*>);
}

TEST(LogSink, KnowsTheLevels) {
  EXPECT_EQ(log_level("debug"), LogLevel::debug);
  EXPECT_EQ(log_level("error"), LogLevel::error);
  EXPECT_FALSE(log_level("loud"));
}

}  // namespace
}  // namespace parley::hub
