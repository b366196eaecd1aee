// What the operator's commands have in common: asking the hub, taking its answer apart, printing.
// For operator_actions.cc and operator_reports.cc.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "hub/daemon/config.h"
#include "hub/daemon/operator_actions.h"

namespace parley::hub {

// invalid_argument, which is a wrong use of the command line.
inline auto wrong(std::string text) { return fail(ErrorCode::invalid_argument, std::move(text)); }
// Every problem of a configuration file, a line each.
std::string describe_all(const std::vector<ConfigProblem>& problems, const std::string& file);

// As the place's files say.
Result<DaemonConfig> config_of(const AdminPlace& where);
Result<boost::json::object> ask(const AdminPlace& where, const std::string& method,
                                const std::string& target, const std::string& body = {});

void print(const std::string& text);
void print_json(const boost::json::value& value);
// Prints the answer as JSON, or a sentence.
Status say(const AdminPlace& where, const Result<boost::json::object>& answer,
           const std::string& sentence);

// What an id in a path may hold, so that it cannot become another path.
Status check_id(const std::string& id);

// A field as text; of a list its parts behind each other. What is missing is empty.
std::string cell(const boost::json::object& object, std::string_view name);
std::int64_t number(const boost::json::object& object, std::string_view name);
const boost::json::array& list_in(const boost::json::object& object, std::string_view name);

}  // namespace parley::hub
