// From a Deliver to what it does: decrypt, check who says what where, apply it, and
// acknowledge. Everything a delivery changes is stored together with its
// acknowledgement, so it is neither lost nor shown twice.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status on_deliver(Step& step, const Delivery& delivery);

}  // namespace parley::client
