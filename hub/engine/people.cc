#include "hub/engine/people.h"

#include <algorithm>
#include <utility>

#include "hub/engine/conversation.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

// An account of this hub may use any client of it.
std::vector<wc::Feature> all_features() {
  std::vector<wc::Feature> all;
  for (auto i = static_cast<int>(wc::Feature::reply);
       i <= static_cast<int>(wc::Feature::multi_device); ++i) {
    all.push_back(static_cast<wc::Feature>(i));
  }
  return all;
}

}  // namespace

wc::Account People::public_account(const Account& account) const {
  wc::Account out;
  out.account_id = account.id().to_bytes();
  out.handle = account.record.handle;
  out.profile_name = account.record.profile_name;
  out.identity_key = to_bytes(account.record.identity_key);
  out.provider = account.record.provider;
  const ProviderRecord* provider = p_.providers.find(out.provider);
  out.features = provider == nullptr ? all_features() : provider->features;
  return out;
}

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
    return lookup_id(id, request, connection.account, *target, false);
  }
  const auto* by_handle = std::get_if<wc::Lookup::Handle>(&lookup.who);
  if (by_handle == nullptr) {
    return p_.sessions.refuse(id, request, {ErrorCode::invalid_argument, "who is missing", 0});
  }
  lookup_handle(connection, request, by_handle->value);
}

void People::lookup_handle(Connection& connection, std::uint64_t request,
                           const std::string& handle) {
  const ConnectionId id = connection.id;
  const std::string provider = provider_of_handle(handle);
  // The same for all of them, or a service could find out who is on another one.
  if (connection.account->home() != Home::here && !provider.empty()) {
    return p_.sessions.refuse(id, request, {ErrorCode::not_allowed, "", 0});
  }
  if (!provider.empty()) {
    if (p_.providers.find(provider) == nullptr) {
      return p_.sessions.refuse(id, request, {ErrorCode::unknown_provider, "", 0});
    }
    // Whether the service may be used at all comes before whether there is such a person.
    Facts facts{Action::lookup};
    facts.target = Home::provider;
    facts.door = p_.providers.door(connection.account->record, provider, handle);
    const Decision decision = Policy::decide(facts);
    if (decision.kind == Decision::Kind::refuse) {
      Error error{decision.code, "", 0};
      if (decision.code == ErrorCode::provider_suspended) error = p_.providers.suspended(provider);
      return p_.sessions.refuse(id, request, error);
    }
  }
  p_.shared.store.find_handle(
      handle, p_.shared.completion([this, id, request, provider, asker = connection.account](
                                       Result<std::optional<AccountId>> found) {
        if (!found) return p_.sessions.refuse(id, request, found.error());
        if (!*found) return refuse_unknown(id, request, provider);
        lookup_id(id, request, asker, **found, true);
      }));
}

void People::refuse_unknown(ConnectionId connection, std::uint64_t request,
                            const std::string& provider) {
  const Error nobody{ErrorCode::unknown_account, "", 0};
  const ProviderRecord* record = p_.providers.find(provider);
  if (record == nullptr || p_.tokens == nullptr) {
    return p_.sessions.refuse(connection, request, nobody);
  }
  p_.tokens->reach(provider, record->jwks_url,
                   p_.shared.completion([this, connection, request, nobody](const Status& reached) {
                     // What is wrong with its servers is the operator's matter.
                     const Error error =
                         reached ? nobody
                                 : Error{reached.error().code, "", reached.error().retry_after_ms};
                     p_.sessions.refuse(connection, request, error);
                   }));
}

void People::lookup_id(ConnectionId connection, std::uint64_t request, const AccountPtr& asker,
                       AccountId target, bool by_handle) {
  p_.directory.with(
      target, [this, connection, request, asker, by_handle](Result<AccountPtr> found) {
        if (!found) return p_.sessions.refuse(connection, request, found.error());
        const AccountPtr& account = *found;
        Facts facts = facts_between(Action::lookup, *asker, account.get(), p_.providers);
        // A name that was given up finds nobody; it is not told whether it ever did.
        if (facts.target_deleted && by_handle) {
          return refuse_unknown(connection, request, account->record.provider);
        }
        const Decision decision = Policy::decide(facts);
        if (decision.kind == Decision::Kind::refuse) {
          return p_.sessions.refuse(connection, request,
                                    p_.providers.refusal(decision, *asker, account.get()));
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
  } else if (wanted.relation == wc::Relation::declined) {
    relation = Relation::declined;
  } else if (wanted.relation != wc::Relation::unspecified) {
    return refuse(ErrorCode::invalid_argument, "unknown relation");
  }
  const auto& relations = connection.account->relations;
  if (relation != Relation::none && relations.size() >= kMaxRelations &&
      relations.count(*other) == 0) {
    return refuse(ErrorCode::limit_reached, "too many decisions about others");
  }
  RelationState state = connection.account->relation_to(*other);
  state.relation = relation;
  if (relation == Relation::accepted) state.was_accepted = true;
  change(connection, request, op::SetRelation{connection.account->id(), *other, state},
         [other = *other, state](Account& account) {
           // A message that was sent meanwhile has been counted.
           const std::uint32_t sent = account.relation_to(other).requests_sent;
           if (sent != state.requests_sent) account.unwritten.insert(other);
           RelationState now = state;
           now.requests_sent = std::max(now.requests_sent, sent);
           if (now.empty()) {
             account.relations.erase(other);
           } else {
             account.relations[other] = now;
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
  const Facts facts = facts_between(Action::typing, *connection.account, target, p_.providers);
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
