// HTTP for files: requests with large bodies, answers read piece by piece, over one
// connection that is kept (docs/protocol/media.md#3). Coroutines on the caller's io_context.
//
// They throw boost::system::system_error for what the network does; an answer with another
// status than asked for becomes an Error by `refusal`. Every wait has a time limit.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/runtime/hub_address.h"
#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/base/time.h"

namespace parley::client {

// Without a byte for this long a transfer counts as broken.
inline constexpr Duration kMediaStall = seconds(30);
inline constexpr std::size_t kMaxMediaErrorBytes = 64 * 1024;

struct MediaRequest {
  boost::beast::http::verb verb = boost::beast::http::verb::get;
  std::string target{};
  std::vector<std::pair<std::string, std::string>> headers{};
  Bytes body{};
};

struct MediaAnswer {
  int status = 0;
  boost::beast::http::fields headers{};
  std::string body{};  // of small answers

  // Of a header that is a number.
  std::optional<std::uint64_t> number(const std::string& header) const;
  std::string text(const std::string& header) const;
};

// What a refusal means, with the hub's words.
Error refusal(const MediaAnswer& answer);

class MediaStream;

class MediaConnection {
 public:
  MediaConnection(HubAddress hub, std::shared_ptr<boost::asio::ssl::context> tls);
  ~MediaConnection();
  MediaConnection(const MediaConnection&) = delete;
  MediaConnection& operator=(const MediaConnection&) = delete;

  // An exchange with a small answer.
  boost::asio::awaitable<MediaAnswer> ask(MediaRequest request);
  // The answer's head; its body then comes from read(). Where the status is not 2xx the body
  // has been read already.
  boost::asio::awaitable<MediaAnswer> open(MediaRequest request);
  // Fills `into` as far as there is something; less than asked: the end.
  boost::asio::awaitable<std::size_t> read(MutableByteView into);

  // Whatever is under way ends with operation_aborted.
  void cancel();

 private:
  boost::asio::awaitable<void> send(MediaRequest& request);
  boost::asio::awaitable<std::string> read_rest();

  HubAddress hub_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::unique_ptr<MediaStream> stream_;
  bool cancelled_ = false;
};

}  // namespace parley::client
