// The hub's numbers in Prometheus' text format (version 0.0.4). Counts, durations and
// sizes only: nothing here can name a person. Pure function.
#pragma once

#include <string>

#include "hub/engine/statistics.h"
#include "hub/net/net_statistics.h"

namespace parley::hub {

inline constexpr char kMetricsContentType[] = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const Statistics& engine, const NetStatistics& net);

}  // namespace parley::hub
