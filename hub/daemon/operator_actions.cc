#include "hub/daemon/operator_actions.h"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "hub/daemon/config_providers.h"
#include "hub/daemon/operator_answers.h"
#include "hub/daemon/text_table.h"
#include "hub/net/admin_json.h"

namespace parley::hub {
namespace {

namespace bj = boost::json;

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

Status resume_service(const AdminPlace& where, const std::string& id) {
  PARLEY_CHECK(check_id(id));
  const bj::object body{{"state", "resumed"}};
  const auto answer = ask(where, "POST", "/providers/" + id + "/state", bj::serialize(body));
  return say(where, answer, id + " is " + (answer ? cell(*answer, "state") : "") + ".");
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

}  // namespace parley::hub
