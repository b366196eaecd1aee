// Connecting to a hub: name resolution, TCP and TLS with a time limit, shared by
// the channel (link.h) and the set-up requests (setup_client.h). Everything runs
// on one io_context and throws boost::system::system_error, which the two catch.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "client/runtime/hub_address.h"
#include "client/runtime/hub_stream.h"
#include "lib/base/result.h"
#include "lib/base/time.h"

namespace parley::client {

inline constexpr Duration kConnectTimeout = seconds(10);

// Whom to trust: the system's certificate authorities, or only those in `ca_file`.
// Errors: invalid_argument where the file cannot be read.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& ca_file);

// With TLS it verifies the certificate and that it is the host's.
boost::asio::awaitable<void> connect(HubStream& stream, const HubAddress& address);

// What a failed connection means: hub_unreachable with a reason a person can read.
Error unreachable(const boost::system::error_code& error, const HubAddress& address);

}  // namespace parley::client
