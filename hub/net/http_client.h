// The hub's own requests to services: their keys, their push addresses.
//
// A service's URL is a stranger's: every address is checked after resolution and exactly that
// address is connected to (address_rules.h), TLS certificates are verified against the
// system's authorities (SSL_CERT_FILE and SSL_CERT_DIR are respected), time and size are
// bounded, redirects are not followed, proxies from the environment are not used, and no
// connection outlives its request.
//
// Threads: one, that of the io_context. Ownership: destroying it ends what is under way
// without completions; stop() ends it with ErrorCode::shutting_down. What finds names
// (name_lookup.h) outlives it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "hub/net/http_fetcher.h"
#include "hub/net/name_lookup.h"
#include "hub/net/tls.h"
#include "hub/net/transport.h"

namespace parley::hub {

struct HttpClientConfig {
  // For everything: resolving, connecting, TLS, request and answer.
  Duration time_limit = seconds(10);
  // Requests under way over all, and to one host and port; a slow service cannot take the
  // others' places.
  std::size_t most_at_once = 64;
  std::size_t most_per_host = 8;
  // Waiting beyond those; more are refused.
  std::size_t most_waiting = 1'024;
  // PEM; empty: the system's authorities.
  std::string authorities_file;
};

class HttpClient final : public HttpFetcher {
 public:
  // Runs work soon on the engine's thread: every completion goes through it.
  using Post = std::function<void(std::function<void()>)>;

  HttpClient(IoContext& io, HttpClientConfig config, Post post, FindName find_name);
  ~HttpClient() override;

  void fetch(OutgoingRequest request, Completion<Result<OutgoingReply>> done) override;
  // No more requests; those under way fail soon.
  void stop();
  // Under way and waiting.
  std::size_t open() const;

  // Its inside, for the source file.
  struct Core;

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace parley::hub
