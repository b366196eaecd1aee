#include "hub/engine/people.h"

#include <utility>

#include "hub/engine/conversation.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

wc::Account public_account(const Account& account) {
  wc::Account out;
  out.account_id = account.id().to_bytes();
  out.handle = account.record.handle;
  out.profile_name = account.record.profile_name;
  out.identity_key = to_bytes(account.record.identity_key);
  return out;
}

}  // namespace

void People::lookup(Connection& connection, std::uint64_t request, wc::Lookup lookup) {
  const ConnectionId id = connection.id;
  const AccountId asker = connection.account->id();
  if (Status status = p_.shared.quotas.take(Quota::lookups, asker, p_.shared.now); !status) {
    return p_.sessions.refuse(id, request, status.error());
  }
  if (const auto* by_id = std::get_if<wc::Lookup::AccountId>(&lookup.who)) {
    const auto target = AccountId::from(by_id->value);
    if (!target) {
      return p_.sessions.refuse(id, request, {ErrorCode::invalid_argument, "account_id", 0});
    }
    return lookup_id(id, request, asker, *target, false);
  }
  const auto* by_handle = std::get_if<wc::Lookup::Handle>(&lookup.who);
  if (by_handle == nullptr) {
    return p_.sessions.refuse(id, request, {ErrorCode::invalid_argument, "who is missing", 0});
  }
  p_.shared.store.find_handle(
      by_handle->value,
      p_.shared.completion([this, id, request, asker](Result<std::optional<AccountId>> found) {
        if (!found) return p_.sessions.refuse(id, request, found.error());
        if (!*found) return p_.sessions.refuse(id, request, {ErrorCode::unknown_account, "", 0});
        lookup_id(id, request, asker, **found, true);
      }));
}

void People::lookup_id(ConnectionId connection, std::uint64_t request, AccountId asker,
                       AccountId target, bool by_handle) {
  p_.directory.with(target,
                    [this, connection, request, asker, by_handle](Result<AccountPtr> found) {
                      if (!found) return p_.sessions.refuse(connection, request, found.error());
                      const AccountPtr& account = *found;
                      Facts facts{Action::lookup};
                      facts.target_exists = account != nullptr;
                      if (account) {
                        facts.same_account = account->id() == asker;
                        facts.target_deleted = account->record.deleted;
                        facts.target_relation = account->relation_to(asker);
                        // A name that was given up finds nobody; it is not told whether it ever
                        // did.
                        if (facts.target_deleted && by_handle) facts.target_exists = false;
                      }
                      const Decision decision = Policy::decide(facts);
                      if (decision.kind != Decision::Kind::allow) {
                        return p_.sessions.refuse(connection, request, {decision.code, "", 0});
                      }
                      p_.sessions.reply(connection, request, public_account(*account));
                    });
}

void People::change(Connection& connection, std::uint64_t request, op::Any operation,
                    std::function<void(Account&)> apply) {
  const ConnectionId id = connection.id;
  const AccountPtr account = connection.account;
  if (Status status = p_.shared.quotas.take(Quota::changes, account->id(), p_.shared.now);
      !status) {
    return p_.sessions.refuse(id, request, status.error());
  }
  p_.committer.add(std::move(operation),
                   [this, id, request, account, apply = std::move(apply)](Result<op::Reply> reply) {
                     if (!reply) return p_.sessions.refuse(id, request, reply.error());
                     if (reply->outcome != op::Outcome::done) {
                       return p_.sessions.refuse(id, request, {ErrorCode::account_deleted, "", 0});
                     }
                     apply(*account);
                     p_.sessions.reply(id, request, wc::Done{});
                   });
}

void People::set_profile(Connection& connection, std::uint64_t request, wc::SetProfile profile) {
  change(connection, request, op::SetProfile{connection.account->id(), profile.name},
         [name = profile.name](Account& account) { account.record.profile_name = name; });
}

void People::set_recovery(Connection& connection, std::uint64_t request, wc::SetRecovery recovery) {
  const bool present = !recovery.blob.empty();
  change(connection, request, op::SetRecovery{connection.account->id(), std::move(recovery.blob)},
         [present](Account& account) { account.record.has_recovery = present; });
}

void People::set_relation(Connection& connection, std::uint64_t request, wc::SetRelation wanted) {
  const auto refuse = [&](ErrorCode code, const char* what) {
    p_.sessions.refuse(connection.id, request, {code, what, 0});
  };
  const auto other = AccountId::from(wanted.account_id);
  if (!other) return refuse(ErrorCode::invalid_argument, "account_id missing");
  if (*other == connection.account->id()) return refuse(ErrorCode::invalid_argument, "oneself");
  Relation relation = Relation::none;
  if (wanted.relation == wc::Relation::accepted) {
    relation = Relation::accepted;
  } else if (wanted.relation == wc::Relation::blocked) {
    relation = Relation::blocked;
  } else if (wanted.relation != wc::Relation::unspecified) {
    return refuse(ErrorCode::invalid_argument, "unknown relation");
  }
  const auto& relations = connection.account->relations;
  if (relation != Relation::none && relations.size() >= kMaxRelations &&
      relations.count(*other) == 0) {
    return refuse(ErrorCode::limit_reached, "too many decisions about others");
  }
  change(connection, request, op::SetRelation{connection.account->id(), *other, relation},
         [other = *other, relation](Account& account) {
           if (relation == Relation::none) {
             account.relations.erase(other);
           } else {
             account.relations[other] = relation;
           }
         });
}

void People::typing(Connection& connection, const wc::Typing& typing) {
  const auto other = AccountId::from(typing.account_id);
  const AccountId self = connection.account->id();
  if (!other || *other == self) return;
  if (!p_.shared.quotas.take(Quota::typing, self, p_.shared.now)) return;
  // Who is connected is loaded.
  const Account* target = p_.directory.peek(*other);
  if (target == nullptr) return;
  Facts facts{Action::typing};
  facts.target_exists = target->exists;
  facts.target_deleted = target->record.deleted;
  facts.target_relation = target->relation_to(self);
  if (Policy::decide(facts).kind != Decision::Kind::allow) return;
  const ConversationId conversation = conversation_between(self, *other);
  if (!equal(conversation.view(), typing.conversation_id)) return;
  wc::TypingNotice notice;
  notice.account_id = self.to_bytes();
  notice.conversation_id = conversation.to_bytes();
  notice.active = typing.active;
  p_.route.ephemeral(*other, encode_frame(0, std::move(notice)));
}

}  // namespace parley::hub
