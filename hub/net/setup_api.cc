#include "hub/net/setup_api.h"

#include "lib/json/setup_json.h"

namespace parley::hub {
namespace {

namespace setup = wire::setup;

constexpr std::size_t kMaxDetailBytes = 256;
// docs/protocol/push.md, section 2.
constexpr char kKeysCacheControl[] = "public, max-age=3600";

template <typename Message>
Answer answer_of(const Result<Message>& result) {
  if (!result) return failure_answer(result.error());
  auto text = json::to_json(*result);
  if (!text) return failure_answer({ErrorCode::internal, "the answer cannot be written"});
  return {.body = *std::move(text)};
}

Answer answer_of(const Status& status) {
  return status ? Answer{.body = "{}"} : failure_answer(status.error());
}

constexpr std::string_view kProviderPath = "/v1/providers/";
constexpr std::string_view kLogoPath = "/logo";

// Checked to be a PNG when it was entered.
Answer logo_answer(const Bytes& png) {
  if (png.empty()) return failure_answer({ErrorCode::not_found, "no logo"});
  return {.body = std::string(as_text(png)),
          .content_type = "image/png",
          .cache_control = "public, max-age=86400"};
}

void wipe_text(std::string& text) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

struct Call {
  EngineLoop& loop;
  std::string body;
  AddressBucket origin;
  Completion<Answer> done;
};

// Reads the body and passes it to a method of the engine.
template <typename Request, typename Reply>
void run(Call call, void (Engine::*method)(Request, AddressBucket, Time, Completion<Reply>)) {
  auto request = json::from_json<Request>(call.body);
  wipe_text(call.body);
  if (!request) return call.done(failure_answer(request.error()));
  call.loop.enter([&](Engine& engine, Time now) {
    (engine.*method)(*std::move(request), call.origin, now,
                     [done = std::move(call.done)](Reply reply) { done(answer_of(reply)); });
  });
}

struct Endpoint {
  std::string_view path;
  void (*run)(Call);
};

constexpr Endpoint kEndpoints[] = {
    {"/v1/accounts", [](Call call) { run(std::move(call), &Engine::sign_up); }},
    {"/v1/logins", [](Call call) { run(std::move(call), &Engine::log_in); }},
    {"/v1/devices", [](Call call) { run(std::move(call), &Engine::add_device); }},
    {"/v1/devices/push", [](Call call) { run(std::move(call), &Engine::set_push); }},
    {"/v1/recovery", [](Call call) { run(std::move(call), &Engine::fetch_recovery); }},
    {"/v1/links", [](Call call) { run(std::move(call), &Engine::open_link); }},
    {"/v1/links/poll", [](Call call) { run(std::move(call), &Engine::poll_link); }},
    {"/v1/enlistments", [](Call call) { run(std::move(call), &Engine::enlist); }},
    {"/v1/enlistments/delete", [](Call call) { run(std::move(call), &Engine::end_enlistment); }},
    {"/v1/accounts/password", [](Call call) { run(std::move(call), &Engine::change_password); }},
    {"/v1/accounts/delete", [](Call call) { run(std::move(call), &Engine::delete_account); }},
};

}  // namespace

Answer failure_answer(const Error& error) {
  const ErrorInfo& info = error_info(error.code);
  const setup::SetupFailure failure{.code = error.code,
                                    .text = std::string(info.text),
                                    .advice = std::string(info.advice),
                                    .detail = error.detail.substr(0, kMaxDetailBytes),
                                    .retry_after_ms = error.retry_after_ms};
  Answer answer;
  answer.status = info.http_status != 0 ? info.http_status : 500;
  answer.retry_after_ms = error.retry_after_ms;
  // Only a detail cut inside a character cannot be written.
  answer.body = json::to_json(failure).value_or("{}");
  return answer;
}

void SetupApi::handle(std::string_view method, std::string_view path, std::string body,
                      AddressBucket origin, Completion<Answer> done) {
  if (path == "/v1/hub" && method == "GET") {
    return loop_.enter(
        [&](Engine& engine, Time) { done(answer_of<setup::HubInfo>(engine.hub_info())); });
  }
  if (path == "/v1/jwks" && method == "GET" && !key_set_.empty()) {
    return done({.body = key_set_, .cache_control = kKeysCacheControl});
  }
  if (path == "/v1/interop/offer" && method == "GET") {
    return loop_.enter(
        [&](Engine& engine, Time) { done(answer_of<setup::Offer>(engine.offer())); });
  }
  if (path.starts_with(kProviderPath) && path.ends_with(kLogoPath) && method == "GET" &&
      path.size() > kProviderPath.size() + kLogoPath.size()) {
    const std::string id(
        path.substr(kProviderPath.size(), path.size() - kProviderPath.size() - kLogoPath.size()));
    return loop_.enter([&](Engine& engine, Time) { done(logo_answer(engine.provider_logo(id))); });
  }
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.path != path) continue;
    if (method != "POST") {
      return done(failure_answer({ErrorCode::not_found, "this endpoint is asked with POST"}));
    }
    return endpoint.run({loop_, std::move(body), origin, std::move(done)});
  }
  done(failure_answer({ErrorCode::not_found, "no such endpoint"}));
}

}  // namespace parley::hub
