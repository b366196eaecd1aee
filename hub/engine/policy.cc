#include "hub/engine/policy.h"

#include <optional>

#include "lib/base/limits.h"

namespace parley::hub {

namespace {

using Kind = Decision::Kind;

constexpr Decision kAllow{Kind::allow};
constexpr Decision kDrop{Kind::drop};

constexpr Decision refuse(ErrorCode code) { return {Kind::refuse, code}; }

// The target turned somebody away whom it had accepted, who must not notice: to them it is as
// if the target were away.
bool shut_after_acceptance(const RelationState& state) {
  return state.was_accepted &&
         (state.relation == Relation::blocked || state.relation == Relation::declined);
}

// Where the door is in the way.
std::optional<Decision> check_door(const Facts& facts) {
  if (facts.asker == Home::provider && facts.target == Home::provider) {
    return refuse(ErrorCode::not_allowed);  // the hub is no relay between others
  }
  const Door& door = facts.door;
  if (facts.target == Home::provider) {
    if (!door.in_region) return refuse(ErrorCode::not_in_region);
    if (!door.enabled) return refuse(ErrorCode::third_party_off);
    if (!door.provider_passes) return refuse(ErrorCode::provider_suspended);
  } else if (facts.asker == Home::provider) {
    if (!door.provider_passes) return refuse(ErrorCode::provider_suspended);
    const bool known = facts.relation.was_accepted;
    if (!door.in_region || !door.enabled) {
      return refuse(known ? ErrorCode::not_reachable : ErrorCode::unknown_account);
    }
    if (!door.reachable && !known) return refuse(ErrorCode::unknown_account);
  }
  return std::nullopt;
}

Decision decide_send(const Facts& facts) {
  const Relation relation = facts.relation.relation;
  if (relation == Relation::accepted) return kAllow;
  const bool shut = relation == Relation::blocked || relation == Relation::declined;
  if (!facts.tagged || shut_after_acceptance(facts.relation)) return kDrop;
  if (facts.requests_sent >= limits::kRequestSends) return refuse(ErrorCode::request_pending);
  if (!facts.small) return refuse(ErrorCode::request_too_large);
  const bool may_meet = facts.asker_has_contacts_left && facts.service_has_contacts_left;
  if (facts.requests_sent == 0 && !may_meet) return refuse(ErrorCode::first_contact_limit);
  return {shut ? Kind::drop : Kind::request, ErrorCode::unspecified, true};
}

}  // namespace

Decision Policy::decide(const Facts& facts) {
  if (!facts.target_exists) return refuse(ErrorCode::unknown_account);
  if (facts.target_deleted) return refuse(ErrorCode::account_deleted);
  if (facts.same_account) return kAllow;
  if (const auto decision = check_door(facts)) return *decision;
  const bool accepted = facts.relation.relation == Relation::accepted;
  switch (facts.action) {
    case Action::lookup:
      return kAllow;
    case Action::fetch_keys:
      return accepted || shut_after_acceptance(facts.relation) ? kAllow : Decision{Kind::request};
    case Action::send:
      return decide_send(facts);
    case Action::typing:
      return accepted ? kAllow : kDrop;
    case Action::presence:
      return kDrop;  // for one's own devices only
  }
  return kDrop;
}

}  // namespace parley::hub
