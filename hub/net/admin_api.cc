#include "hub/net/admin_api.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "hub/net/admin_json.h"
#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

namespace bj = boost::json;

constexpr std::string_view kResolutions[] = {"upheld", "dismissed"};

Completion<Status> answer_with(Completion<Answer> done) {
  return [done = std::move(done)](Status status) {
    done(status ? Answer{.body = "{}"} : failure_answer(status.error()));
  };
}

Answer json_answer(const bj::value& value) { return {.body = bj::serialize(value)}; }

void refuse(const Completion<Answer>& done, ErrorCode code, std::string detail) {
  done(failure_answer({code, std::move(detail), 0}));
}

// "nordlys/state" -> "nordlys" and "state".
std::pair<std::string, std::string_view> split(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == rest.npos) return {std::string(rest), {}};
  return {std::string(rest.substr(0, slash)), rest.substr(slash + 1)};
}

}  // namespace

std::string query_parameter(std::string_view target, std::string_view name) {
  std::string_view query = target.substr(std::min(target.find('?'), target.size()));
  while (!query.empty()) {
    query.remove_prefix(1);
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(pair.size());
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) == name && equals != pair.npos) {
      return std::string(pair.substr(equals + 1));
    }
  }
  return {};
}

void AdminApi::handle(std::string_view method, std::string_view target, const std::string& body,
                      Completion<Answer> done) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const std::string_view area : {"/providers", "/reports"}) {
    if (!path.starts_with(area)) continue;
    std::string_view rest = path.substr(area.size());
    if (!rest.empty() && rest.front() != '/') break;
    if (!rest.empty()) rest.remove_prefix(1);
    if (area == "/providers") return providers(method, rest, body, std::move(done));
    return reports(method, rest, target, body, std::move(done));
  }
  refuse(done, ErrorCode::not_found, "no such endpoint");
}

void AdminApi::providers(std::string_view method, std::string_view rest, const std::string& body,
                         Completion<Answer> done) {
  const auto [id, what] = split(rest);
  if (method == "GET" && id.empty()) {
    return desk_.services([done](Result<std::vector<ServiceStatus>> services) {
      if (!services) return done(failure_answer(services.error()));
      bj::array list;
      for (const ServiceStatus& each : *services) list.push_back(to_admin_json(each));
      done(json_answer(bj::object{{"providers", std::move(list)}}));
    });
  }
  if (method == "GET" && what.empty()) return show_provider(id, std::move(done));
  if (method == "POST" && id.empty()) {
    auto entry = entry_from_admin_json(body);
    if (!entry) return done(failure_answer(entry.error()));
    return desk_.put_service(*std::move(entry), answer_with(std::move(done)));
  }
  if (method == "POST" && what == "state") return set_state(id, body, std::move(done));
  if (method == "POST" && what == "authorization") {
    return desk_.authorization(id, [done](Result<std::string> token) {
      done(token ? json_answer(bj::object{{"authorization", *token}})
                 : failure_answer(token.error()));
    });
  }
  if (method == "DELETE" && !id.empty() && what.empty()) {
    return desk_.remove_service(id, answer_with(std::move(done)));
  }
  refuse(done, ErrorCode::not_found, "no such endpoint");
}

void AdminApi::show_provider(std::string id, Completion<Answer> done) {
  desk_.services(
      [id = std::move(id), done = std::move(done)](Result<std::vector<ServiceStatus>> services) {
        if (!services) return done(failure_answer(services.error()));
        for (const ServiceStatus& each : *services) {
          if (each.entry.id != id) continue;
          bj::value value = to_admin_json(each);
          if (!each.entry.logo.empty()) {
            value.get_object().emplace("logo", base64_encode(each.entry.logo));
          }
          return done(json_answer(value));
        }
        refuse(done, ErrorCode::unknown_provider, "no service has this id");
      });
}

void AdminApi::set_state(const std::string& id, const std::string& body, Completion<Answer> done) {
  const auto object = object_from(body);
  if (!object) return done(failure_answer(object.error()));
  const std::string word = text_in(*object, "state");
  if (word == "resumed") return resume(id, std::move(done));
  const auto state = state_for(word);
  if (!state) {
    return refuse(done, ErrorCode::invalid_argument,
                  "state: expected applied, sandbox, live, suspended or resumed");
  }
  const std::string reason = text_in(*object, "reason");
  if (*state == wire::channel::ProviderState::suspended && reason.empty()) {
    return refuse(done, ErrorCode::invalid_argument,
                  "reason: missing: users and the service get to see why");
  }
  desk_.set_service_state(id, *state, reason, answer_with(std::move(done)));
}

void AdminApi::resume(const std::string& id, Completion<Answer> done) {
  desk_.resume_service(id, [done = std::move(done)](Result<wire::channel::ProviderState> state) {
    done(state ? json_answer(bj::object{{"state", word_for(*state)}})
               : failure_answer(state.error()));
  });
}

void AdminApi::reports(std::string_view method, std::string_view rest, std::string_view target,
                       const std::string& body, Completion<Answer> done) {
  const auto [id, what] = split(rest);
  if (method == "GET" && id.empty()) {
    const ReportFilter filter{.provider = query_parameter(target, "provider"),
                              .open_only = query_parameter(target, "open") != "0",
                              .after = query_parameter(target, "after")};
    return desk_.reports(filter, [done](Result<ReportPage> page) {
      if (!page) return done(failure_answer(page.error()));
      bj::array list;
      for (const ReportView& each : page->reports) list.push_back(to_admin_json(each));
      done(json_answer(bj::object{{"reports", std::move(list)}, {"next", page->next}}));
    });
  }
  if (method == "GET" && what.empty()) {
    return desk_.report(id, [done](Result<ReportView> report) {
      done(report ? json_answer(to_admin_json(*report)) : failure_answer(report.error()));
    });
  }
  if (method == "POST" && what == "resolution") return resolve(id, body, std::move(done));
  refuse(done, ErrorCode::not_found, "no such endpoint");
}

void AdminApi::resolve(const std::string& id, const std::string& body, Completion<Answer> done) {
  const auto object = object_from(body);
  if (!object) return done(failure_answer(object.error()));
  const std::string resolution = text_in(*object, "resolution");
  if (std::find(std::begin(kResolutions), std::end(kResolutions), resolution) ==
      std::end(kResolutions)) {
    return refuse(done, ErrorCode::invalid_argument, "resolution: expected upheld or dismissed");
  }
  desk_.resolve_report(id, resolution, text_in(*object, "note"), answer_with(std::move(done)));
}

}  // namespace parley::hub
