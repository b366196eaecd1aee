// Somebody else's HTTP server for tests, on a free port of loopback: a function answers each
// request, on a thread of the connection's own.
// Threads: start and stop on one; the function is called from several.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parley::hub::testing {

struct PeerRequest {
  std::string method;
  std::string target;
  std::string host;
  std::string authorization;
  std::string content_type;
  std::string body;
};
struct PeerReply {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  // Not empty: sent as it is, in place of everything else.
  std::string raw = {};
  // Sent behind `raw`, one byte after the other, 20 ms apart.
  std::string drip = {};
  // The connection is then held open until the other side closes it.
  bool hold = false;
};

class HttpPeer {
 public:
  using Handler = std::function<PeerReply(const PeerRequest&)>;

  // With both files it speaks TLS.
  explicit HttpPeer(Handler handler, const std::string& certificate = {},
                    const std::string& key = {});
  ~HttpPeer();

  std::uint16_t port() const;
  std::string url(const std::string& target) const;
  int connections() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::hub::testing
