// Numbers over time, for the operator's plots: a row a minute for a day, and a row an hour for a
// month, of the hub and of each service. In memory, since the hub started. Plain values without
// user data; one thread.
//
// A row holds, of what only grows, how much it grew since the row before; of the rest, what it was.
#pragma once

#include <boost/json/value.hpp>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/time.h"

namespace parley::hub {

struct Measure {
  std::string_view name;
  bool grows;  // a counter
};
// A number for each measure, as it is at a moment.
using Readings = std::vector<std::uint64_t>;

class History {
 public:
  static constexpr std::size_t kMinutes = 24 * 60;
  static constexpr std::size_t kHours = 30 * 24;
  static constexpr std::size_t kMinutesInHour = 60;

  enum class Span : std::uint8_t { day, month };

  History(std::span<const Measure> measures, Time start, Readings start_readings);

  // Once a minute.
  void take(Time now, const Readings& readings);
  // {"step_s", "since_ms", "at_ms": [...], "measures": {name: [...]}}; the last row is the one that
  // has just begun.
  boost::json::value rows(Span span, Time now, const Readings& readings) const;

 private:
  struct Row {
    Time at;
    Readings values;
  };
  Readings grown(const Readings& readings, const Readings& since) const;

  std::span<const Measure> measures_;
  Time start_;
  Readings last_minute_, last_hour_;
  std::size_t minutes_in_hour_ = 0;
  std::deque<Row> minutes_, hours_;
};

// Those of the hub and its services. What is gone is forgotten.
class HubHistory {
 public:
  static std::span<const Measure> hub_measures();
  static std::span<const Measure> service_measures();

  // As they are now: of the hub, and of each service.
  struct Now {
    Readings hub;
    std::map<std::string, Readings, std::less<>> services;
  };

  void take(Time now, Now readings);
  // What was not taken yet belongs to rows that have just begun.
  void update(Time now, Now readings);
  // An empty id: of the hub. Nothing: there is no such service.
  std::optional<boost::json::value> rows(std::string_view service, History::Span span) const;

 private:
  Time now_;
  Now readings_;
  std::optional<History> hub_;
  std::map<std::string, History, std::less<>> services_;
};

}  // namespace parley::hub
