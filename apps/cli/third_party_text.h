// The offer of third-party chats in words: what it is, the services, the warnings.
#pragma once

#include <string>

#include "proto/client.h"

namespace parley::cli {

namespace api = wire::client;

// Whether it is offered, what was chosen, and every service with what it declares.
std::string offer_text(const api::ThirdParty& third_party);
// The warnings, before and after it is turned on, with what stands behind each and what Parley does
// about it.
std::string warnings_text(const api::ThirdParty& third_party);
std::string offer_json(const api::ThirdParty& third_party);
const char* availability_name(wire::channel::Availability availability);
// Why it is not offered; empty: it is.
std::string refusal_text(const wire::channel::ThirdParty& offer);

}  // namespace parley::cli
