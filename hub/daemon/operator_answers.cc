#include "hub/daemon/operator_answers.h"

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "hub/daemon/admin_client.h"
#include "hub/daemon/text_table.h"

namespace parley::hub {

namespace bj = boost::json;

std::string describe_all(const std::vector<ConfigProblem>& problems, const std::string& file) {
  std::string text = "the file cannot be used:";
  for (const ConfigProblem& problem : problems) text += "\n  " + describe(problem, file);
  return text;
}

Result<DaemonConfig> config_of(const AdminPlace& where) {
  DaemonConfig config;
  if (!where.config_file.empty()) {
    const ParsedConfig parsed = load_config(where.config_file);
    if (!parsed.problems.empty()) {
      return wrong(describe_all(parsed.problems, where.config_file));
    }
    config = parsed.config;
  }
  if (!where.data.empty()) config.data = where.data;
  return config;
}

Result<bj::object> ask(const AdminPlace& where, const std::string& method,
                       const std::string& target, const std::string& body) {
  PARLEY_TRY(config, config_of(where));
  return AdminClient(config.data).ask(method, target, body);
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }
void print_json(const bj::value& value) { print(bj::serialize(value) + "\n"); }

Status say(const AdminPlace& where, const Result<bj::object>& answer, const std::string& sentence) {
  if (!answer) return fail(answer.error());
  if (where.json) {
    print_json(*answer);
  } else {
    print(sentence + "\n");
  }
  return {};
}

Status check_id(const std::string& id) {
  for (const char c : id) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
      return wrong("\"" + harmless(id) + "\" is no id");
    }
  }
  if (id.empty()) return wrong("an id is missing");
  return {};
}

std::string cell(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  if (!value || value->is_null()) return "";
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_array()) {
    std::string text;
    for (const bj::value& each : value->get_array()) {
      text += (text.empty() ? "" : ", ") +
              (each.is_string() ? std::string(each.get_string()) : bj::serialize(each));
    }
    return text;
  }
  return bj::serialize(*value);
}

std::int64_t number(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

const bj::array& list_in(const bj::object& object, std::string_view name) {
  static const bj::array none;
  const bj::value* value = object.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

}  // namespace parley::hub
