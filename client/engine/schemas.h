// Short names for the generated messages that the engine works with.
#pragma once

#include "proto/channel.h"
#include "proto/client.h"
#include "proto/client_records.h"
#include "proto/e2e.h"
#include "proto/setup.h"

namespace parley::client {

namespace api = wire::client;              // the engine's own interface
namespace channel = wire::channel;         // what the hub and we say
namespace e2e = wire::e2e;                 // what is inside a ciphertext
namespace records = wire::client_records;  // what we store
namespace setup = wire::setup;             // before there is a channel

}  // namespace parley::client
