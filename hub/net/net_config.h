// What an operator may tune about the network side. The defaults work on one machine.
// Plain data; the daemon fills it from the configuration file.
#pragma once

#include <string>
#include <vector>

#include "hub/net/media_limits.h"
#include "lib/base/time.h"

namespace parley::hub {

struct NetConfig {
  // "ADDRESS:PORT"; an IPv6 address in brackets. Port 0: the system chooses. Without TLS
  // only loopback addresses are accepted.
  std::string listen = "127.0.0.1:8420";
  // PEM files; both or none. Read again on reload().
  std::string tls_certificate;
  std::string tls_key;
  // Where /metrics is served, without TLS. Empty: on `listen`, to this machine only.
  std::string metrics_listen;
  // Addresses or networks ("10.0.0.0/8") whose X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;

  // The web app at `/`.
  bool web = true;
  // Its files. Empty: `web` beside the program; where there is none, no app is served.
  std::string web_folder;

  // The operator's page: a file with the password's hash. Empty: there is no such page.
  std::string admin_password_file;
  // Where it is served, and nothing else. On loopback without TLS, elsewhere with the hub's.
  std::string admin_listen = "127.0.0.1:8421";

  // Sockets over all; more are closed at once. A connection costs about 8 KiB (24 with TLS).
  std::size_t max_connections = 10'000;
  // From one IPv4 address or IPv6 /64: large enough for a company behind one address.
  std::size_t max_connections_per_address = 2'000;
  // For a TLS handshake, a request's head and body, an answer's way out.
  Duration request_timeout = seconds(10);
  // How long a connection without a request is kept.
  Duration keep_alive = seconds(60);
  // A channel whose peer takes no byte for this long while something is queued is ended.
  Duration stall_timeout = seconds(30);
  // For the closing handshake of a channel.
  Duration closing_timeout = seconds(5);
  // For everything when the hub stops.
  Duration shutdown_timeout = seconds(10);

  MediaLimits media = {};

  // Argon2id at a time; each takes 64 MiB and some tens of milliseconds.
  std::size_t password_threads = 2;
  // Waiting beyond those; more are answered OVERLOADED.
  std::size_t password_queue = 64;
};

}  // namespace parley::hub
