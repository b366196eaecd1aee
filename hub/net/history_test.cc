#include "hub/net/history.h"

#include <gtest/gtest.h>

#include <array>

namespace parley::hub {
namespace {

constexpr std::array<Measure, 2> kMeasures = {{{"sent", true}, {"open", false}}};

std::vector<std::int64_t> column(const boost::json::value& rows, const char* name) {
  std::vector<std::int64_t> numbers;
  for (const auto& each : rows.at("measures").at(name).as_array()) {
    numbers.push_back(each.to_number<std::int64_t>());
  }
  return numbers;
}

using Numbers = std::vector<std::int64_t>;

TEST(History, ShowsGrowthOfCountersAndGaugesAsTheyAre) {
  History history(kMeasures, Time{0}, {10, 1});
  history.take(Time{60'000}, {15, 4});
  history.take(Time{120'000}, {15, 2});
  const auto rows = history.rows(History::Span::day, Time{130'000}, {18, 3});
  EXPECT_EQ(column(rows, "sent"), (Numbers{5, 0, 3}));
  EXPECT_EQ(column(rows, "open"), (Numbers{4, 2, 3}));
  EXPECT_EQ(rows.at("at_ms").as_array().size(), 3u);
  EXPECT_EQ(rows.at("since_ms").to_number<std::int64_t>(), 0);
}

TEST(History, TakesACounterThatBeganAnewAsItIs) {
  History history(kMeasures, Time{0}, {10, 1});
  history.take(Time{60'000}, {4, 1});
  EXPECT_EQ(column(history.rows(History::Span::day, Time{61'000}, {4, 1}), "sent"),
            (Numbers{4, 0}));
}

TEST(History, MakesHoursOfMinutesAndKeepsSoMany) {
  History history(kMeasures, Time{0}, {0, 0});
  const std::size_t minutes_taken = History::kMinutesInHour * (History::kHours + 2);
  for (std::size_t i = 1; i <= minutes_taken; ++i) {
    history.take(Time{static_cast<std::int64_t>(i) * 60'000}, {2 * i, i});
  }
  const Readings now{2 * minutes_taken + 1, 7};
  const auto day = column(history.rows(History::Span::day, Time{0}, now), "sent");
  EXPECT_EQ(day.size(), History::kMinutes + 1);
  EXPECT_EQ(day.front(), 2);
  const auto month = column(history.rows(History::Span::month, Time{0}, now), "sent");
  EXPECT_EQ(month.size(), History::kHours + 1);
  EXPECT_EQ(month.front(), 120);
  EXPECT_EQ(month.back(), 1);
}

TEST(HubHistory, ForgetsServicesThatAreGone) {
  HubHistory::Now now;
  now.hub.resize(HubHistory::hub_measures().size());
  now.services["nordlys"].resize(HubHistory::service_measures().size());
  HubHistory history;
  EXPECT_FALSE(history.rows("", History::Span::day));
  history.take(Time{1}, now);
  EXPECT_TRUE(history.rows("", History::Span::day));
  EXPECT_TRUE(history.rows("nordlys", History::Span::day));
  now.services.clear();
  history.update(Time{2}, now);
  EXPECT_FALSE(history.rows("nordlys", History::Span::day));
}

}  // namespace
}  // namespace parley::hub
