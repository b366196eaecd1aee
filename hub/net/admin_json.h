// The admin interface's JSON: services and reports. It has no schema of its own: both ends
// are the same version of parleyd, and scripts that read `--json` see these names.
#pragma once

#include <boost/json/value.hpp>

#include "hub/net/operator_desk.h"

namespace parley::hub {

boost::json::value to_admin_json(const ServiceEntry& entry);
boost::json::value to_admin_json(const ServiceStatus& status);
boost::json::value to_admin_json(const ReportView& report);

// ErrorCode::invalid_argument names the field and what was expected.
Result<ServiceEntry> entry_from_admin_json(std::string_view text);

// An object, or ErrorCode::malformed.
Result<boost::json::object> object_from(std::string_view text);
// A member's text; empty where there is none.
std::string text_in(const boost::json::object& object, std::string_view name);

}  // namespace parley::hub
