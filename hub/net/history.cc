#include "hub/net/history.h"

#include <array>

namespace parley::hub {
namespace {

namespace bj = boost::json;

constexpr std::array<Measure, 8> kHubMeasures = {{
    {"connections", false},
    {"sends", true},
    {"deliveries", true},
    {"refusals", true},
    {"waiting", false},
    {"database_bytes", false},
    {"disk_free_bytes", false},
    {"sign_ups", true},
}};

constexpr std::array<Measure, 9> kServiceMeasures = {{
    {"messages_in", true},
    {"messages_out", true},
    {"first_contacts", true},
    {"reports", true},
    {"messages_refused", true},
    {"first_contacts_today", false},
    {"first_contacts_allowed_today", false},
    {"reports_7_days", false},
    {"first_contacts_7_days", false},
}};

template <typename Rows>
void keep(Rows& rows, std::size_t most, typename Rows::value_type row) {
  if (rows.size() >= most) rows.pop_front();
  rows.push_back(std::move(row));
}

}  // namespace

History::History(std::span<const Measure> measures, Time start, Readings start_readings)
    : measures_(measures),
      start_(start),
      last_minute_(start_readings),
      last_hour_(std::move(start_readings)) {}

// A counter that is lower than before began anew.
Readings History::grown(const Readings& readings, const Readings& since) const {
  Readings values = readings;
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    if (measures_[i].grows && readings[i] >= since[i]) values[i] -= since[i];
  }
  return values;
}

void History::take(Time now, const Readings& readings) {
  keep(minutes_, kMinutes, {now, grown(readings, last_minute_)});
  last_minute_ = readings;
  if (++minutes_in_hour_ < kMinutesInHour) return;
  keep(hours_, kHours, {now, grown(readings, last_hour_)});
  last_hour_ = readings;
  minutes_in_hour_ = 0;
}

bj::value History::rows(Span span, Time now, const Readings& readings) const {
  const bool day = span == Span::day;
  std::vector<Row> all(day ? minutes_.begin() : hours_.begin(),
                       day ? minutes_.end() : hours_.end());
  all.push_back({now, grown(readings, day ? last_minute_ : last_hour_)});
  bj::array at;
  for (const Row& row : all) at.push_back(row.at.ms);
  bj::object columns;
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    bj::array column;
    for (const Row& row : all) column.push_back(row.values[i]);
    columns.emplace(measures_[i].name, std::move(column));
  }
  return bj::object{{"step_s", day ? 60 : 3'600},
                    {"since_ms", start_.ms},
                    {"at_ms", std::move(at)},
                    {"measures", std::move(columns)}};
}

std::span<const Measure> HubHistory::hub_measures() { return kHubMeasures; }
std::span<const Measure> HubHistory::service_measures() { return kServiceMeasures; }

void HubHistory::update(Time now, Now readings) {
  now_ = now;
  readings_ = std::move(readings);
  if (!hub_) hub_.emplace(hub_measures(), now, readings_.hub);
  std::erase_if(services_,
                [this](const auto& each) { return !readings_.services.contains(each.first); });
  for (const auto& [id, values] : readings_.services) {
    services_.try_emplace(id, service_measures(), now, values);
  }
}

void HubHistory::take(Time now, Now readings) {
  update(now, std::move(readings));
  hub_->take(now_, readings_.hub);
  for (auto& [id, history] : services_) history.take(now_, readings_.services[id]);
}

std::optional<bj::value> HubHistory::rows(std::string_view service, History::Span span) const {
  if (service.empty()) {
    if (!hub_) return {};
    return hub_->rows(span, now_, readings_.hub);
  }
  const auto found = services_.find(service);
  if (found == services_.end()) return {};
  return found->second.rows(span, now_, readings_.services.find(service)->second);
}

}  // namespace parley::hub
