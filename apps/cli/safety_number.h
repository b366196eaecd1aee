// The safety number of two people as text: twelve groups of five digits, a QR code
// where it can be shown, and what to do with them.
#pragma once

#include <string>

#include "proto/client.h"

namespace parley::cli {

std::string safety_number_text(const wire::client::Contact& contact, bool with_qr, bool colours);

}  // namespace parley::cli
