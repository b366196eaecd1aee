#include "hub/net/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace parley::hub {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, AreWhatPrometheusReads) {
  const std::regex comment("# (HELP|TYPE) [a-z_]+ .+");
  const std::regex sample("([a-z_]+)(\\{[a-z]+=\"[^\"]+\"\\})? [0-9]+");
  std::istringstream lines(metrics_text({}, {}));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(std::regex_match(line, comment) || std::regex_match(line, sample)) << line;
    EXPECT_TRUE(seen.insert(line).second) << "twice: " << line;
  }
}

TEST(Metrics, HistogramsAreCumulative) {
  Statistics statistics;
  statistics.accept_ms.add(1);
  statistics.accept_ms.add(3);
  statistics.accept_ms.add(1'000'000'000);
  const std::string text = metrics_text(statistics, {});
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_bucket{le=\"4\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("parley_hub_accept_milliseconds_count 3\n"));
}

}  // namespace
}  // namespace parley::hub
