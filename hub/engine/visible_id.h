// How a service's people are named: by a visible id of the form that the service declares,
// and on this hub by the handle `visible id @ provider id`. A handle splits at its last "@".
//
// Pure functions. Source: docs/protocol/identity.md, section 1.2.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/ids.h"
#include "lib/base/result.h"
#include "proto/channel.h"

namespace parley::hub {

inline constexpr std::size_t kMaxVisibleIdBytes = 95;

// Error: invalid_argument with what was expected.
Status check_visible_id(std::string_view id, wire::channel::IdForm form);

std::string handle_of(std::string_view visible_id, std::string_view provider_id);
// Empty where there is no "@".
std::string provider_of_handle(const std::string& handle);
std::string visible_id_of_handle(const std::string& handle);

// The name of an account that gave up its own: fits no form, and no two are equal.
std::string given_up_handle(const AccountId& account);

}  // namespace parley::hub
