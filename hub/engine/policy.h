// The one place that says who may do what to whom. Key fetch, send, lookup, presence and
// typing all pass here, as one pure function over facts: a table, tested as a table.
//
// Whoever was not accepted gets a few short messages through, as requests. A block is
// silent: what a blocked one sees equals what an unanswered one sees, or, if they had been
// accepted, what somebody sees who is away. Somebody of this hub who did not open the door
// to a service does not exist for its people.
//
// Source: docs/protocol/abuse.md.
#pragma once

#include <cstdint>

#include "hub/engine/directory.h"
#include "hub/engine/records.h"
#include "proto/errors.h"

namespace parley::hub {

enum class Action : std::uint8_t { lookup, fetch_keys, send, typing, presence };

// What stands between an account of this hub and a service.
struct Door {
  bool provider_passes = false;  // live, or a sandbox that both are named for
  bool in_region = false;
  bool enabled = false;  // third-party chats as a whole, and this service
  bool reachable = false;
};

struct Facts {
  Action action;
  Home asker = Home::here;
  Home target = Home::here;
  // The asking account is the target itself.
  bool same_account = false;
  bool target_exists = true;
  bool target_deleted = false;
  // What the target decided about the asker.
  RelationState relation = {};
  // Where one of the two lives with a service.
  Door door = {};
  // --- of a send
  bool tagged = true;  // content, not a receipt or a retry request
  bool small = true;   // every ciphertext fits a request
  // Of the asker to the target, before this one. With none this is a first contact.
  std::uint32_t requests_sent = 0;
  // Whether the asker, and its service if it has one, may have another first contact today.
  bool asker_has_contacts_left = true;
  bool service_has_contacts_left = true;
};

struct Decision {
  enum class Kind : std::uint8_t {
    allow,
    request,  // a message request; for keys: the few one-time keys of a stranger
    drop,     // answer as if it were allowed, and do nothing
    refuse,   // answer with `code`
  };
  Kind kind;
  ErrorCode code = ErrorCode::unspecified;
  // The message is one of the few that may be sent before acceptance.
  bool counted = false;

  friend bool operator==(const Decision&, const Decision&) = default;
};

struct Policy {
  static Decision decide(const Facts& facts);
};

}  // namespace parley::hub
