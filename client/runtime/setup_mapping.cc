#include "client/runtime/setup_mapping.h"

#include "lib/json/setup_json.h"

namespace parley::client {
namespace {

namespace api = wire::client;
namespace setup = wire::setup;

// What an endpoint answers with; void: an empty object.
template <typename Request>
struct Endpoint;
template <>
struct Endpoint<setup::SignUp> {
  static constexpr std::string_view kPath = "/v1/accounts";
  using Answer = setup::Registered;
};
template <>
struct Endpoint<setup::LogIn> {
  static constexpr std::string_view kPath = "/v1/logins";
  using Answer = setup::LoginGranted;
};
template <>
struct Endpoint<setup::AddDevice> {
  static constexpr std::string_view kPath = "/v1/devices";
  using Answer = setup::Registered;
};
template <>
struct Endpoint<setup::FetchRecovery> {
  static constexpr std::string_view kPath = "/v1/recovery";
  using Answer = setup::Recovery;
};
template <>
struct Endpoint<setup::OpenLink> {
  static constexpr std::string_view kPath = "/v1/links";
  using Answer = setup::LinkOpened;
};
template <>
struct Endpoint<setup::PollLink> {
  static constexpr std::string_view kPath = "/v1/links/poll";
  using Answer = setup::LinkResult;
};
template <>
struct Endpoint<setup::ChangePassword> {
  static constexpr std::string_view kPath = "/v1/accounts/password";
  using Answer = void;
};
template <>
struct Endpoint<setup::DeleteAccount> {
  static constexpr std::string_view kPath = "/v1/accounts/delete";
  using Answer = void;
};

template <>
struct Endpoint<setup::SetPush> {
  static constexpr std::string_view kPath = "/v1/devices/push";
  using Answer = void;
};

template <typename Answer>
api::SetupReply success(std::uint64_t id, std::string_view body) {
  auto answer = json::from_json<Answer>(body);
  if (!answer) {
    return setup_failure(id, {ErrorCode::hub_unreachable,
                              "what answers there is not a Parley hub: " + answer.error().detail});
  }
  api::SetupReply reply;
  reply.id = id;
  reply.body = std::move(*answer);
  return reply;
}

}  // namespace

Error http_error_of(int status, std::string_view body) {
  auto failure = json::from_json<setup::SetupFailure>(body);
  if (failure && failure->code != ErrorCode::unspecified) {
    return {failure->code, failure->detail, failure->retry_after_ms};
  }
  // Not a hub's words: a proxy in between, or something else altogether.
  const std::string said = "HTTP " + std::to_string(status);
  if (status == 429) return {ErrorCode::rate_limited, said};
  if (status == 503) return {ErrorCode::overloaded, said};
  return {ErrorCode::hub_unreachable, "what answers there is not a Parley hub (" + said + ")"};
}

Result<HttpRequest> http_request_of(const api::SetupRequest& request) {
  return std::visit(
      [](const auto& body) -> Result<HttpRequest> {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, std::monostate>) {
          return fail(ErrorCode::internal, "an empty set-up request");
        } else {
          PARLEY_TRY(text, json::to_json(body));
          return HttpRequest{Endpoint<Body>::kPath, std::move(text)};
        }
      },
      request.body);
}

api::SetupReply setup_reply_of(const api::SetupRequest& request, int status,
                               std::string_view body) {
  if (status < 200 || status > 299) return setup_failure(request.id, http_error_of(status, body));
  return std::visit(
      [&](const auto& asked) -> api::SetupReply {
        using Body = std::decay_t<decltype(asked)>;
        if constexpr (!std::is_same_v<Body, std::monostate>) {
          using Answer = typename Endpoint<Body>::Answer;
          if constexpr (!std::is_void_v<Answer>) return success<Answer>(request.id, body);
        }
        api::SetupReply reply;
        reply.id = request.id;
        return reply;
      },
      request.body);
}

api::SetupReply setup_failure(std::uint64_t id, const Error& error) {
  api::SetupReply reply;
  reply.id = id;
  reply.error = error.code;
  reply.detail = error.detail.substr(0, 256);
  reply.retry_after_ms = error.retry_after_ms;
  return reply;
}

}  // namespace parley::client
