// The frames of a connection: decoded, kept in order, handed to whom they concern.
//
// A frame that cannot be decided yet (an account is being loaded, say) is held, with
// everything behind it; it is offered again from the beginning once it may succeed.
// Acknowledgements and typing never wait.
#pragma once

#include <functional>

#include "hub/engine/directory.h"

namespace parley::hub {

// What a handler says about a frame. `wait`: it is untouched, and a Wake made by the given
// WakeMaker will be called.
enum class Handled : std::uint8_t { done, wait };

// Makes the call that offers a connection's held frame again or, with an error, refuses it.
using WakeMaker = std::function<Wake()>;

}  // namespace parley::hub
