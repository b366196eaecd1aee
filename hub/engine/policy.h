// The one place that says who may do what to whom. Key fetch, send, lookup, presence and
// typing all pass here, as one pure function over facts: a table, tested as a table.
//
// A block is silent: what a blocked sender sees equals what an unanswered one sees, so a
// blocked one still finds the account, gets its keys and has messages accepted; they are
// dropped, and so is typing.
#pragma once

#include <cstdint>

#include "hub/engine/records.h"
#include "proto/errors.h"

namespace parley::hub {

enum class Action : std::uint8_t { lookup, fetch_keys, send, typing, presence };

// Where an account lives: on this hub, or with another service behind the door.
enum class Home : std::uint8_t { here, provider };

struct Facts {
  Action action;
  Home asker = Home::here;
  Home target = Home::here;
  // The asking account is the target itself.
  bool same_account = false;
  bool target_exists = true;
  bool target_deleted = false;
  // What the target decided about the asker.
  Relation target_relation = Relation::none;
};

struct Decision {
  enum class Kind : std::uint8_t {
    allow,
    drop,    // answer as if it were allowed, and do nothing
    refuse,  // answer with `code`
  };
  Kind kind;
  ErrorCode code = ErrorCode::unspecified;

  friend bool operator==(const Decision&, const Decision&) = default;
};

struct Policy {
  static Decision decide(const Facts& facts);
};

}  // namespace parley::hub
