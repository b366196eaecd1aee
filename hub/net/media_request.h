// The inside of a media session, for its source files.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/string_body.hpp>

#include "hub/net/media_session.h"

namespace parley::hub {

inline constexpr auto kTuple = boost::asio::as_tuple(kAwait);

class MediaSession final : public Peer, public std::enable_shared_from_this<MediaSession> {
 public:
  MediaSession(std::shared_ptr<MediaServices> services, Channels& channels, Transport transport,
               Seat seat, std::unique_ptr<MediaHead> head, boost::beast::flat_buffer buffer);
  ~MediaSession() override;

  void start();

  // --- Peer
  void check(Time now) override;
  void abort() override;

 private:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Task<void> run();
  Task<void> route();
  // media_upload.cc
  Task<void> begin_upload();
  Task<void> take_upload(std::string id);
  Task<Status> take_body(MediaInfo media, std::shared_ptr<MediaFile> file);
  Task<Status> settle(const MediaInfo& media, std::shared_ptr<MediaFile> file,
                      std::uint64_t offset);
  Task<void> tell_upload(std::string id);
  Task<void> remove(std::string id);
  Task<Result<MediaInfo>> own_media(std::string id);
  Task<Result<MediaInfo>> media_of(AccountId owner, std::string id);
  // media_download.cc
  Task<void> download(std::string id, bool head_only);
  Task<void> send_file(std::shared_ptr<MediaFile> file, std::uint64_t first, std::uint64_t end);
  // media_fetch.cc
  Task<void> fetch(std::string query);
  Task<void> pass_on(std::shared_ptr<Upstream> upstream, Upstream::Head head);

  Task<Result<Engine::Caller>> caller();
  Task<void> answer(unsigned status, Fields fields, std::string body);
  Task<void> answer(unsigned status, Fields fields);
  Task<void> refuse(Error error, Fields fields);
  Task<void> refuse(Error error);
  Task<void> refuse(ErrorCode code, const char* detail = "", std::int64_t retry_after_ms = 0);
  // The head of an answer whose body follows in pieces. False: the socket is gone.
  Task<bool> begin_answer(unsigned status, Fields fields);
  Task<bool> write(const void* data, std::size_t size);
  std::string field(boost::beast::http::field name) const;
  std::string field(std::string_view name) const;

  // Runs on the worker; resumes here with its result. `work` is a variable of the caller: GCC 12
  // destroys closures that are temporaries of an awaiting expression twice.
  template <typename Work>
  auto on_disk(const Work& work) -> Task<decltype(work(std::declval<MediaStore&>()))> {
    using Value = decltype(work(std::declval<MediaStore&>()));
    struct State {
      explicit State(IoContext& io) : signal(io) { signal.expires_at(signal.expires_at().max()); }
      boost::asio::steady_timer signal;
      std::optional<Value> value;
    };
    const auto state = std::make_shared<State>(services_.io);
    services_.worker.run(Work(work), [state](Value value) {
      state->value.emplace(std::move(value));
      state->signal.cancel();
    });
    while (!state->value) {
      // Cancelled when the value is there, perhaps before this wait began.
      co_await state->signal.async_wait(kTimer);
    }
    co_return std::move(*state->value);
  }
  static constexpr auto kTimer =
      boost::asio::as_tuple(boost::asio::use_awaitable_t<IoContext::executor_type>{});

  void wait_at_most(Duration time) { patience_until_ = steady_now() + time; }

  const std::shared_ptr<MediaServices> kept_;
  MediaServices& services_;
  Channels& channels_;
  Transport transport_;
  Seat seat_;
  std::unique_ptr<MediaHead> head_;  // its fields are gone once the body is read
  boost::beast::http::verb verb_;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<Upstream> upstream_;
  Time patience_until_{};
  bool counted_ = false;
};

}  // namespace parley::hub
