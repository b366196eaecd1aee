// The media endpoints over one socket: uploads and downloads of files, and the proxy for
// other services' files. One request, then the connection ends.
//
//   POST   /v1/media                  begin an upload        (media_upload.cc)
//   PATCH  /v1/media/ID               its next bytes
//   HEAD   /v1/media/ID               as GET, without a body; to its owner: how far it is
//   DELETE /v1/media/ID
//   GET    /v1/media/ID               the file, or a range   (media_download.cc)
//   GET    /v1/media/fetch?url=...    another service's file (media_fetch.cc)
//
// Bytes pass in pieces of 64 KiB; whoever is slow slows the other side down, and whoever moves
// nothing for MediaLimits::stall is cut off. Source: docs/protocol/media.md. One thread.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <map>
#include <set>
#include <string>

#include "hub/engine/engine.h"
#include "hub/engine/quotas.h"
#include "hub/media/media_worker.h"
#include "hub/net/channels.h"
#include "hub/net/media_limits.h"
#include "hub/net/service_ports.h"
#include "hub/net/setup_api.h"
#include "hub/net/upstream.h"

namespace parley::hub {

inline constexpr std::size_t kMediaPieceBytes = 64 * 1024;
// An upload is made durable this often, so that a break costs little.
inline constexpr std::uint64_t kMediaSyncBytes = 16 * 1024 * 1024;

// What the sessions share, and keep. One thread.
struct MediaServices {
  IoContext& io;
  MediaWorker& worker;
  ServicePorts& ports;
  Quotas quotas;
  MediaLimits limits = {};
  // PEM; empty: the system's authorities.
  std::string authorities_file = {};

  std::size_t transfers = 0;
  std::map<AddressBucket, std::size_t> by_origin = {};
  std::map<AccountId, std::size_t> fetches = {};
  std::set<std::string> uploading = {};  // ids with a PATCH under way
  std::optional<TlsClient> tls = {};

  const TlsClient* tls_client();
};

using MediaHead = boost::beast::http::request_parser<boost::beast::http::empty_body>;

inline bool is_media_path(std::string_view path) {
  return path == "/v1/media" || path.starts_with("/v1/media/");
}

// Runs until its one request is answered or the socket ends. `buffer` holds what came behind
// the head.
void start_media_session(std::shared_ptr<MediaServices> services, Channels& channels,
                         Transport transport, Seat seat, std::unique_ptr<MediaHead> head,
                         boost::beast::flat_buffer buffer);

}  // namespace parley::hub
