#include "hub/net/admin_page.h"

#include <boost/json/serialize.hpp>

#include "hub/net/admin_json.h"
#include "hub/net/clock.h"

namespace parley::hub {
namespace {

constexpr std::string_view kApi = "/admin/api/";
constexpr std::string_view kCookie = "parley-admin=";
// In X-Parley-Admin: nobody did anything, the page refreshes itself.
constexpr std::string_view kWatching = "watching";
constexpr std::string_view kCookieRules = "; Path=/admin; HttpOnly; SameSite=Strict; Max-Age=";

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

// The session's token in "a=1; parley-admin=TOKEN".
std::string_view token_in(std::string_view cookies) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(kCookie)) return one.substr(kCookie.size());
  }
  return {};
}

// What a browser says of a request's page; one that says nothing is no browser, and has no cookie
// that it did not put there itself.
bool comes_from_here(const AdminRequest& request) {
  if (request.mark.empty()) return false;
  if (!request.fetch_site.empty() && request.fetch_site != "same-origin") return false;
  if (request.origin.empty()) return request.method == "GET";
  const std::size_t scheme_end = request.origin.find("://");
  if (scheme_end == std::string::npos) return false;
  return request.origin.substr(scheme_end + 3) == request.host;
}

bool is_encrypted(const AdminRequest& request) {
  // Behind a proxy that does TLS only the page's address says so.
  return request.encrypted || request.origin.starts_with("https://");
}

Answer refusal(ErrorCode code, std::string detail) {
  return failure_answer({code, std::move(detail), 0});
}

// "providers/ID/state" -> "providers", "ID", "state".
struct Place {
  explicit Place(std::string_view path) {
    for (std::string_view* part : {&area, &id, &what}) {
      *part = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(path.size(), part->size() + 1));
    }
  }
  std::string_view area, id, what;
};

bool is_for_browsers(std::string_view method, const Place& place) {
  const bool known = place.area == "providers" || place.area == "reports";
  if (method == "GET") return known && place.what.empty();
  return method == "POST" && !place.id.empty() &&
         ((place.area == "providers" && place.what == "state") ||
          (place.area == "reports" && place.what == "resolution"));
}

}  // namespace

void AdminPage::change_password(std::string hash) {
  password_hash_ = std::move(hash);
  sessions_.end_all();
}

void AdminPage::handle(AdminRequest request, Time now, Completion<Answer> done) {
  const std::string path(path_of(request.target));
  if (!path.starts_with(kApi)) return done(answer_file(request));
  answer_api(std::move(request), std::string_view(path).substr(kApi.size()), now, std::move(done));
}

Answer AdminPage::answer_file(const AdminRequest& request) const {
  if (files_ && (request.method == "GET" || request.method == "HEAD")) {
    auto file = files_->answer({.path = path_of(request.target),
                                .accept_encoding = request.accept_encoding,
                                .if_none_match = request.if_none_match});
    if (file) return *std::move(file);
  }
  return refusal(ErrorCode::not_found, "the operator's page is at /admin");
}

void AdminPage::answer_api(AdminRequest request, std::string_view path, Time now,
                           Completion<Answer> done) {
  if (!comes_from_here(request)) {
    return done(refusal(ErrorCode::not_allowed, "only the page itself may ask this"));
  }
  if (path == "login" && request.method == "POST") {
    return log_in(std::move(request), now, std::move(done));
  }
  const std::string_view token = token_in(request.cookie);
  if (!sessions_.use(token, now, request.mark != kWatching)) {
    return done(refusal(ErrorCode::not_authenticated, "log in first"));
  }
  if (path == "logout" && request.method == "POST") {
    sessions_.end(token);
    Answer answer{.body = "{}"};
    answer.headers = {{"Set-Cookie", std::string(kCookie) + std::string(kCookieRules) + "0"}};
    return done(std::move(answer));
  }
  if (path == "history" && request.method == "GET") {
    return show_history(request.target, std::move(done));
  }
  ask(std::move(request), path, std::move(done));
}

void AdminPage::log_in(AdminRequest request, Time now, Completion<Answer> done) {
  const auto object = object_from(request.body);
  std::string text = object ? text_in(*object, "password") : std::string();
  const SecretBuffer password(as_bytes(text));
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  wipe({reinterpret_cast<std::uint8_t*>(request.body.data()), request.body.size()});
  if (password.empty() || password.size() > kMaxPasswordBytes) {
    return done(refusal(ErrorCode::invalid_argument, "password: expected a text"));
  }
  if (checks_ >= kMaxChecks) {
    return done(failure_answer({ErrorCode::overloaded, "others are logging in", 1'000}));
  }
  if (Status free = guard_.begin_try(request.from, now); !free) {
    return done(failure_answer(free.error()));
  }
  ++checks_;
  p_.passwords.verify(
      password_hash_, password.clone(),
      [this, request = std::move(request), now, done = std::move(done)](Result<bool> right) {
        --checks_;
        done(right ? logged_in(*right, request, now) : failure_answer(right.error()));
      });
}

Answer AdminPage::logged_in(bool right, const AdminRequest& request, Time now) {
  if (!right) {
    p_.log.warning("admin_login_refused");
    return refusal(ErrorCode::wrong_credentials, "");
  }
  guard_.succeeded(request.from);
  p_.log.info("admin_login");
  std::string cookie(kCookie);
  cookie += sessions_.begin(now);
  cookie += kCookieRules;
  cookie += std::to_string(AdminSessions::kLifetime.ms / 1'000);
  if (is_encrypted(request)) cookie += "; Secure";
  Answer answer{.body = "{}"};
  answer.headers = {{"Set-Cookie", std::move(cookie)}};
  return answer;
}

void AdminPage::show_history(std::string_view target, Completion<Answer> done) {
  const std::string service = query_parameter(target, "service");
  const bool month = query_parameter(target, "span") == "month";
  p_.read([this, service, month, done = std::move(done)](HubHistory::Now now) {
    p_.history.update(wall_now(), std::move(now));
    const auto rows = p_.history.rows(service, month ? History::Span::month : History::Span::day);
    done(rows ? Answer{.body = boost::json::serialize(*rows)}
              : refusal(ErrorCode::unknown_provider, "no service has this id"));
  });
}

void AdminPage::ask(AdminRequest request, std::string_view path, Completion<Answer> done) {
  if (!is_for_browsers(request.method, Place(path))) {
    return done(refusal(ErrorCode::not_found, "no such endpoint"));
  }
  Completion<Answer> then =
      request.method == "POST" ? logged(request, path, std::move(done)) : std::move(done);
  // AdminApi's addresses are without the prefix.
  const std::string target = request.target.substr(kApi.size() - 1);
  p_.api.handle(request.method, target, request.body, std::move(then));
}

// The operator's own words about a service are no user data; a report's note may name people.
Completion<Answer> AdminPage::logged(const AdminRequest& request, std::string_view path,
                                     Completion<Answer> done) {
  const Place place(path);
  const auto object = object_from(request.body);
  const bool report = place.area == "reports";
  std::string action = object ? text_in(*object, report ? "resolution" : "state") : "";
  std::string reason = object && !report ? text_in(*object, "reason") : "";
  return [this, report, id = std::string(place.id), action = std::move(action),
          reason = std::move(reason), done = std::move(done)](Answer answer) {
    if (answer.status == 200) {
      const LogFact who("by", "admin page"), what("action", LogText(std::string_view(action)));
      const LogText about{std::string_view(id)};
      if (report) {
        p_.log.info("report_resolved", {who, {"report", about}, what});
      } else {
        p_.log.info("service_state",
                    {who, {"service", about}, what, {"reason", LogText(std::string_view(reason))}});
      }
    }
    done(std::move(answer));
  };
}

}  // namespace parley::hub
