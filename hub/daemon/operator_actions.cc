#include "hub/daemon/operator_actions.h"

#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>

#include "hub/daemon/admin_client.h"
#include "hub/daemon/config.h"
#include "hub/daemon/config_providers.h"
#include "hub/daemon/reported_text.h"
#include "hub/daemon/text_table.h"
#include "hub/net/admin_json.h"
#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

namespace bj = boost::json;

auto wrong(std::string text) { return fail(ErrorCode::invalid_argument, std::move(text)); }

std::string describe_all(const std::vector<ConfigProblem>& problems, const std::string& file) {
  std::string text = "the file cannot be used:";
  for (const ConfigProblem& problem : problems) text += "\n  " + describe(problem, file);
  return text;
}

Result<AdminClient> client_for(const AdminPlace& where) {
  DaemonConfig config;
  if (!where.config_file.empty()) {
    const ParsedConfig parsed = load_config(where.config_file);
    if (!parsed.problems.empty()) {
      return wrong(describe_all(parsed.problems, where.config_file));
    }
    config = parsed.config;
  }
  if (!where.data.empty()) config.data = where.data;
  return AdminClient(config.data);
}

Result<bj::object> ask(const AdminPlace& where, const std::string& method,
                       const std::string& target, const std::string& body = {}) {
  PARLEY_TRY(client, client_for(where));
  return client.ask(method, target, body);
}

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }
void print_json(const bj::value& value) { print(bj::serialize(value) + "\n"); }

// Prints the answer as JSON, or a sentence.
Status say(const AdminPlace& where, const Result<bj::object>& answer, const std::string& sentence) {
  if (!answer) return fail(answer.error());
  if (where.json) {
    print_json(*answer);
  } else {
    print(sentence + "\n");
  }
  return {};
}

// What an id in a path may hold, so that it cannot become another path.
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

const bj::object& object_in(const bj::object& object, std::string_view name) {
  static const bj::object none;
  const bj::value* value = object.if_contains(name);
  return value && value->is_object() ? value->get_object() : none;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// A command line's text as the kind of value the field takes.
EnteredValue value_for(const EntryField& field, const std::string& text) {
  const EnteredValue now = entered(field);
  if (std::holds_alternative<std::vector<std::string>>(now)) return split(text);
  if (std::holds_alternative<bool>(now)) {
    if (text == "true" || text == "false") return text == "true";
  }
  if (std::holds_alternative<std::int64_t>(now)) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  return text;
}

Result<ServiceEntry> entry_now(const AdminPlace& where, const std::string& id) {
  auto shown = ask(where, "GET", "/providers/" + id);
  ServiceEntry entry;
  entry.id = id;
  if (!shown && shown.error().code == ErrorCode::unknown_provider) return entry;
  if (!shown) return fail(shown.error());
  return entry_from_admin_json(bj::serialize(*shown));
}

Status put(const AdminPlace& where, const ServiceEntry& entry) {
  for (const EntryProblem& problem : problems_of(entry)) {
    return wrong(problem.field + ": " + problem.message);
  }
  return say(where, ask(where, "POST", "/providers", bj::serialize(to_admin_json(entry))),
             entry.id + " is " + word_for(entry.state) + ".");
}

Status add_from_file(const AdminPlace& where, const std::string& file) {
  const ParsedConfig parsed = load_config(file);
  if (!parsed.problems.empty()) return wrong(describe_all(parsed.problems, file));
  if (parsed.config.providers.empty()) return wrong(file + " has no [[provider]] block");
  for (const ServiceEntry& entry : parsed.config.providers) PARLEY_CHECK(put(where, entry));
  return {};
}

}  // namespace

Status add_service(const AdminPlace& where, const ServiceOptions& options) {
  if (!options.file.empty()) {
    if (!options.id.empty() || !options.given.empty()) {
      return wrong("--file stands alone: the file says everything");
    }
    return add_from_file(where, options.file);
  }
  if (!is_provider_id(options.id)) {
    return wrong("expected an id of 2 to 32 characters from a-z, 0-9 and -");
  }
  PARLEY_TRY(entry, entry_now(where, options.id));
  for (const EntryField& field : entry_fields(entry)) {
    const auto given = options.given.find(field.name);
    if (given == options.given.end()) continue;
    const Status taken = enter(field, value_for(field, given->second));
    if (!taken) return wrong(field.name + ": " + taken.error().detail);
  }
  if (!options.logo.empty()) PARLEY_CHECK(load_logo(options.logo, entry));
  return put(where, entry);
}

Status list_services(const AdminPlace& where) {
  PARLEY_TRY(answer, ask(where, "GET", "/providers"));
  if (where.json) return print_json(answer), Status{};
  const bj::array& list = list_in(answer, "providers");
  if (list.empty()) {
    print("No service is connected. Add one with: parleyd provider add --help\n");
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"ID", "NAME", "STATE", "LIVE SINCE", "CONNECTED",
                                              "NEW TODAY", "REPORTS", "TRUST", "TROUBLE"}};
  for (const bj::value& each : list) {
    const bj::object& service = each.as_object();
    const bj::object& counts = object_in(service, "counts");
    rows.push_back({cell(service, "id"), cell(service, "display_name"), cell(service, "state"),
                    date_text(number(service, "live_since_ms")), cell(counts, "connected"),
                    cell(counts, "first_contacts_today") + " of " +
                        cell(counts, "first_contacts_allowed_today"),
                    cell(counts, "reports_7_days"), cell(counts, "trust_percent") + " %",
                    cell(service, "troubles")});
  }
  print(text_table(rows));
  return {};
}

Status show_service(const AdminPlace& where, const std::string& id) {
  PARLEY_CHECK(check_id(id));
  PARLEY_TRY(answer, ask(where, "GET", "/providers/" + id));
  if (where.json) return print_json(answer), Status{};
  std::vector<std::vector<std::string>> rows;
  ServiceEntry names;
  for (const EntryField& field : entry_fields(names)) {
    const std::size_t dot = field.name.find('.');
    const std::string value =
        dot == std::string::npos
            ? cell(answer, field.name)
            : cell(object_in(answer, field.name.substr(0, dot)), field.name.substr(dot + 1));
    rows.push_back({field.name, value});
  }
  rows.push_back({"live_since", date_text(number(answer, "live_since_ms"))});
  rows.push_back({"logo", cell(answer, "logo_bytes") + " bytes"});
  for (const auto& [name, count] : object_in(answer, "counts")) {
    rows.push_back({"counts." + std::string(name), bj::serialize(count)});
  }
  for (const bj::value& trouble : list_in(answer, "troubles")) {
    rows.push_back({"trouble", std::string(trouble.as_string())});
  }
  print(text_table(rows));
  return {};
}

Status set_service_state(const AdminPlace& where, const std::string& id, const std::string& state,
                         const std::string& reason) {
  PARLEY_CHECK(check_id(id));
  const bj::object body{{"state", state}, {"reason", reason}};
  return say(where, ask(where, "POST", "/providers/" + id + "/state", bj::serialize(body)),
             id + " is " + state + ".");
}

Status remove_service(const AdminPlace& where, const std::string& id, bool sure) {
  PARLEY_CHECK(check_id(id));
  if (!sure) {
    return wrong("removing " + id +
                 " closes every chat with its people for good. Suspending it can be undone. If "
                 "you mean it, add --yes.");
  }
  return say(where, ask(where, "DELETE", "/providers/" + id), id + " is removed.");
}

Status list_reports(const AdminPlace& where, const ReportOptions& options) {
  if (!options.provider.empty()) PARLEY_CHECK(check_id(options.provider));
  if (!options.after.empty()) PARLEY_CHECK(check_id(options.after));
  PARLEY_TRY(answer, ask(where, "GET",
                         std::string("/reports?open=") + (options.open_only ? "1" : "0") +
                             "&provider=" + options.provider + "&after=" + options.after));
  if (where.json) return print_json(answer), Status{};
  const bj::array& list = list_in(answer, "reports");
  if (list.empty()) return print("No reports.\n"), Status{};
  std::vector<std::vector<std::string>> rows{
      {"ID", "RECEIVED", "ABOUT", "BY", "REASON", "PROVEN", "RESOLUTION"}};
  for (const bj::value& each : list) {
    const bj::object& report = each.as_object();
    const std::string resolution = cell(report, "resolution");
    rows.push_back({cell(report, "id"), date_text(number(report, "received_ms")),
                    cell(report, "accused"), cell(report, "reporter"), cell(report, "reason"),
                    cell(report, "message_count"), resolution.empty() ? "open" : resolution});
  }
  print(text_table(rows));
  const std::string next = cell(answer, "next");
  if (!next.empty()) print("More: add --after " + harmless(next) + "\n");
  return {};
}

Status show_report(const AdminPlace& where, const std::string& id) {
  PARLEY_CHECK(check_id(id));
  PARLEY_TRY(answer, ask(where, "GET", "/reports/" + id));
  if (where.json) return print_json(answer), Status{};
  const std::string resolution = cell(answer, "resolution");
  print(text_table({{"report", cell(answer, "id")},
                    {"received", date_text(number(answer, "received_ms"))},
                    {"about", cell(answer, "accused")},
                    {"by", cell(answer, "reporter")},
                    {"reason", cell(answer, "reason")},
                    {"resolution", resolution.empty() ? "open" : resolution},
                    {"note", cell(answer, "note")}}));
  print("\nIn the reporter's words:\n" + harmless(cell(answer, "comment"), true) + "\n");
  const bj::array& messages = list_in(answer, "messages");
  print("\nProven messages: " + std::to_string(messages.size()) + "\n");
  for (const bj::value& each : messages) {
    const bj::object& message = each.as_object();
    const auto content = base64_decode(cell(message, "content"));
    print("\n" + date_text(number(message, "accepted_ms")) + "\n" +
          (content ? reported_text(*content) : "(damaged)") + "\n");
  }
  return {};
}

Status resolve_report(const AdminPlace& where, const std::string& id, const std::string& resolution,
                      const std::string& note) {
  PARLEY_CHECK(check_id(id));
  const bj::object body{{"resolution", resolution}, {"note", note}};
  return say(where, ask(where, "POST", "/reports/" + id + "/resolution", bj::serialize(body)),
             "Report " + id + " is " + resolution + ".");
}

}  // namespace parley::hub
