#include "hub/engine/policy.h"

namespace parley::hub {

namespace {

constexpr Decision kAllow{Decision::Kind::allow, ErrorCode::unspecified};
constexpr Decision kDrop{Decision::Kind::drop, ErrorCode::unspecified};

constexpr Decision refuse(ErrorCode code) { return {Decision::Kind::refuse, code}; }

Decision decide_if_blocked(Action action) {
  switch (action) {
    case Action::lookup:
    case Action::fetch_keys:
      return kAllow;  // refusing would tell the blocked one
    case Action::send:
    case Action::typing:
    case Action::presence:
      return kDrop;
  }
  return kDrop;
}

}  // namespace

Decision Policy::decide(const Facts& facts) {
  if (!facts.target_exists) return refuse(ErrorCode::unknown_account);
  if (facts.target_deleted) return refuse(ErrorCode::account_deleted);
  if (facts.same_account) return kAllow;
  // Third-party chats are not opened on this hub.
  if (facts.asker != Home::here || facts.target != Home::here) {
    return refuse(ErrorCode::not_allowed);
  }
  // Presence is for one's own devices only.
  if (facts.action == Action::presence) return kDrop;
  if (facts.target_relation == Relation::blocked) return decide_if_blocked(facts.action);
  return kAllow;
}

}  // namespace parley::hub
