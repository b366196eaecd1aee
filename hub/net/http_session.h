// One socket that speaks HTTP: the set-up endpoints, health, metrics, and the request
// that turns it into a channel.
//
//   GET  /v1/channel    upgrade to a WebSocket (websocket_channel.h)
//   *    /v1/media...   files (media_session.h)
//   *    /v1/...        set-up (setup_api.h)
//   GET  /health/live   200 while the process runs
//   GET  /health/ready  200 while it takes new work, otherwise 503
//   GET  /...           the web app (web_files.h)
//   *    /admin...      the operator's page (admin_page.h), on a listener of its own
//   GET  /metrics       numbers for Prometheus; see may_see_metrics
//
// Requests are answered one at a time, in order. Heads over 8 KiB and bodies over 16 KiB
// are refused; a request that does not arrive in time ends the connection. One thread.
#pragma once

#include "hub/net/address.h"
#include "hub/net/admin_page.h"
#include "hub/net/channels.h"
#include "hub/net/media_session.h"
#include "hub/net/setup_api.h"
#include "hub/net/transport.h"
#include "hub/net/web_files.h"

namespace parley::hub {

inline constexpr std::uint32_t kMaxHeadBytes = 8 * 1024;
inline constexpr std::uint64_t kMaxBodyBytes = 16 * 1024;

// What the sessions share.
struct HttpServices {
  EngineLoop& loop;
  Channels& channels;
  SetupApi setup;
  TrustedProxies proxies;
  AddressHasher& addresses;
  // The gauges of NetStatistics are brought up to date by this.
  std::function<void()> refresh_statistics;
  // Null: this hub keeps no files.
  std::shared_ptr<MediaServices> media = nullptr;
  // Null: this hub has no web app.
  std::shared_ptr<const WebFiles> web = nullptr;
  // Null: the operator has no page.
  AdminPage* admin = nullptr;
  // The hub stops: connections are not kept.
  bool stopping = false;
};

// What a listener offers.
enum class Door : std::uint8_t { everything, metrics_only, everything_but_metrics, admin_only };

// Runs until the socket ends or becomes a channel.
void start_http_session(HttpServices& services, Door door, Transport transport, Seat seat,
                        const IpAddress& peer);

}  // namespace parley::hub
