// One channel: a WebSocket with binary messages, each handed to the engine as one batch.
//
// Life: the HTTP side hands over the socket with the request that asked for the upgrade;
// after the handshake the engine greets the client. It ends by the peer, by the engine
// (finish), by the round that finds it stuck, or by the hub's end.
//
// Back-pressure: nothing more is read from a peer while more than kQueueHighBytes wait for
// it, until they fell below kQueueLowBytes. A peer that takes no byte for stall_timeout
// is disconnected.
//
// Closing codes: 1001 when the hub stops, otherwise 4000 + the number of the reason in the
// error catalogue (4001: malformed). One thread.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "hub/net/channels.h"
#include "hub/net/transport.h"

namespace parley::hub {

inline constexpr char kSubprotocol[] = "parley.channel.v1";

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;

// True where the request offers our subprotocol.
bool offers_subprotocol(const HttpRequest& request);

// Answers the upgrade and runs the channel until it ends.
void open_channel(Channels& channels, Transport transport, Seat seat, const HttpRequest& request);

}  // namespace parley::hub
