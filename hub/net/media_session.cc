#include "hub/net/media_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/write.hpp>

#include "hub/net/clock.h"
#include "hub/net/media_request.h"
#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kPrefix = "/v1/media/";
constexpr std::string_view kBearer = "Bearer ";

std::string_view std_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

const TlsClient* MediaServices::tls_client() {
  if (!tls) {
    auto loaded = TlsClient::load(authorities_file);
    if (!loaded) return nullptr;
    tls = *std::move(loaded);
  }
  return &*tls;
}

MediaSession::MediaSession(std::shared_ptr<MediaServices> services, Channels& channels,
                           Transport transport, Seat seat, std::unique_ptr<MediaHead> head,
                           boost::beast::flat_buffer buffer)
    : Peer(channels.peers()),
      kept_(std::move(services)),
      services_(*kept_),
      channels_(channels),
      transport_(std::move(transport)),
      seat_(std::move(seat)),
      head_(std::move(head)),
      verb_(head_->get().method()),
      buffer_(std::move(buffer)) {}

MediaSession::~MediaSession() {
  if (!counted_) return;
  --services_.transfers;
  const auto mine = services_.by_origin.find(seat_.origin());
  if (--mine->second == 0) services_.by_origin.erase(mine);
}

void MediaSession::start() {
  boost::asio::co_spawn(
      services_.io, [self = shared_from_this()]() -> Task<void> { co_await self->run(); },
      boost::asio::detached);
}

void MediaSession::check(Time now) {
  if (patience_until_.ms == 0) return;
  // Who asked for a file and left waits for nothing; who sends one may be done sending.
  if (verb_ == http::verb::get && transport_.peer_has_left()) return abort();
  if (now < patience_until_) return;
  ++channels_.statistics().timeouts;
  abort();
}

void MediaSession::abort() {
  patience_until_ = {};
  transport_.close();
  if (upstream_) upstream_->close();
}

std::string MediaSession::field(http::field name) const {
  return std::string(std_view(head_->get()[name]));
}
std::string MediaSession::field(std::string_view name) const {
  return std::string(std_view(head_->get()[name]));
}

Task<void> MediaSession::run() {
  wait_at_most(services_.limits.stall);
  std::size_t& of_origin = services_.by_origin[seat_.origin()];
  const bool full = services_.transfers >= services_.limits.transfers ||
                    of_origin >= services_.limits.transfers_of_origin;
  if (full) {
    if (of_origin == 0) services_.by_origin.erase(seat_.origin());
    co_await refuse(ErrorCode::overloaded, "too many transfers at once", 2'000);
  } else {
    ++services_.transfers;
    ++of_origin;
    counted_ = true;
    const Status allowed = services_.quotas.take(Quota::files, seat_.origin(), steady_now());
    if (allowed) {
      co_await route();
    } else {
      co_await refuse(allowed.error());
    }
  }
  wait_at_most(channels_.config().closing_timeout);
  // Otherwise what the peer has not read yet would be taken back.
  co_await transport_.async_linger(kTuple);
  abort();
}

Task<void> MediaSession::route() {
  const std::string target(std_view(head_->get().target()));
  const std::string path = target.substr(0, target.find('?'));
  const std::string query =
      target.size() > path.size() ? target.substr(path.size() + 1) : std::string();
  if (path == "/v1/media") {
    if (verb_ == http::verb::post) co_return co_await begin_upload();
    co_return co_await refuse(ErrorCode::not_found, "an upload begins with POST");
  }
  if (path == "/v1/media/fetch" && verb_ == http::verb::get) co_return co_await fetch(query);
  const std::string id = path.substr(kPrefix.size());
  if (verb_ == http::verb::patch) co_return co_await take_upload(id);
  if (verb_ == http::verb::get) co_return co_await download(id, false);
  if (verb_ == http::verb::head) {
    if (field(http::field::authorization).empty()) co_return co_await download(id, true);
    co_return co_await tell_upload(id);
  }
  if (verb_ == http::verb::delete_) co_return co_await remove(id);
  co_await refuse(ErrorCode::not_found, "no such endpoint");
}

Task<Result<Engine::Caller>> MediaSession::caller() {
  const std::string authorization = field(http::field::authorization);
  auto token = base64url_decode(authorization.starts_with(kBearer)
                                    ? std::string_view(authorization).substr(kBearer.size())
                                    : std::string_view());
  if (!token || token->size() != 32) {
    co_return fail(ErrorCode::not_authenticated, "Authorization: Bearer and a session token");
  }
  struct State {
    explicit State(IoContext& io) : signal(io) { signal.expires_at(signal.expires_at().max()); }
    boost::asio::steady_timer signal;
    std::optional<Result<Engine::Caller>> found;
  };
  const auto state = std::make_shared<State>(services_.io);
  channels_.loop().enter([&](Engine& engine, Time now) {
    engine.find_caller(*token, now, [state](Result<Engine::Caller> found) {
      state->found = std::move(found);
      state->signal.cancel();
    });
  });
  wipe(*token);
  while (!state->found) {
    co_await state->signal.async_wait(kTuple);
  }
  co_return std::move(*state->found);
}

Task<bool> MediaSession::begin_answer(unsigned status, Fields fields) {
  http::response<http::empty_body> response{static_cast<http::status>(status), 11};
  for (const auto& [name, value] : fields) response.set(name, value);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.keep_alive(false);
  const auto kind = static_cast<std::size_t>(status / 100);
  auto& answers = channels_.statistics().http_answers;
  if (kind < answers.size()) ++answers[kind];
  wait_at_most(services_.limits.stall);
  http::response_serializer<http::empty_body> serializer{response};
  auto [error, wrote] = co_await http::async_write_header(transport_, serializer, kTuple);
  co_return !error;
}

Task<bool> MediaSession::write(const void* data, std::size_t size) {
  wait_at_most(services_.limits.stall);
  auto [error, wrote] =
      co_await boost::asio::async_write(transport_, boost::asio::buffer(data, size), kTuple);
  co_return !error;
}

Task<void> MediaSession::answer(unsigned status, Fields fields, std::string body) {
  if (status != 204) fields.emplace_back("Content-Length", std::to_string(body.size()));
  if (!body.empty()) fields.emplace_back("Content-Type", "application/json");
  const bool begun = co_await begin_answer(status, std::move(fields));
  const bool wants_body = verb_ != http::verb::head;
  if (begun && wants_body && !body.empty()) co_await write(body.data(), body.size());
}

Task<void> MediaSession::refuse(Error error, Fields fields) {
  Answer reply = failure_answer(error);
  if (reply.retry_after_ms > 0) {
    fields.emplace_back("Retry-After", std::to_string((reply.retry_after_ms + 999) / 1000));
  }
  co_await answer(static_cast<unsigned>(reply.status), std::move(fields), std::move(reply.body));
}

Task<void> MediaSession::answer(unsigned status, Fields fields) {
  std::string nothing;
  co_await answer(status, std::move(fields), std::move(nothing));
}

Task<void> MediaSession::refuse(Error error) {
  Fields none;
  co_await refuse(std::move(error), std::move(none));
}

Task<void> MediaSession::refuse(ErrorCode code, const char* detail, std::int64_t retry_after_ms) {
  Error error{code, detail, retry_after_ms};
  co_await refuse(std::move(error));
}

void start_media_session(std::shared_ptr<MediaServices> services, Channels& channels,
                         Transport transport, Seat seat, std::unique_ptr<MediaHead> head,
                         boost::beast::flat_buffer buffer) {
  std::make_shared<MediaSession>(std::move(services), channels, std::move(transport),
                                 std::move(seat), std::move(head), std::move(buffer))
      ->start();
}

}  // namespace parley::hub
