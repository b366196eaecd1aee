// The pure parts: policy, quotas, accepted times, franking stamps, conversation ids, the
// log's hash set and fingerprint, the queue, configuration.
#include <gtest/gtest.h>

#include <set>

#include "hub/engine/accepted_clock.h"
#include "hub/engine/conversation.h"
#include "hub/engine/fifo.h"
#include "hub/engine/frames.h"
#include "hub/engine/franking.h"
#include "hub/engine/policy.h"
#include "hub/engine/quotas.h"
#include "hub/engine/send_log.h"
#include "hub/engine/visible_id.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

using Kind = Decision::Kind;

constexpr RelationState kNone{};
constexpr RelationState kAccepted{Relation::accepted, true, 0};
constexpr RelationState kBlocked{Relation::blocked, false, 0};
constexpr RelationState kDeclined{Relation::declined, false, 0};
constexpr RelationState kBlockedFriend{Relation::blocked, true, 0};
constexpr RelationState kDeclinedFriend{Relation::declined, true, 0};

Decision refused(ErrorCode code) { return {Kind::refuse, code}; }

Decision decide(Action action, RelationState relation) {
  Facts facts{action};
  facts.relation = relation;
  return Policy::decide(facts);
}

TEST(Policy, follows_the_table_between_accounts_of_this_hub) {
  struct Row {
    Action action;
    Kind stranger, accepted, blocked, blocked_friend;
  };
  const Row table[] = {
      {Action::lookup, Kind::allow, Kind::allow, Kind::allow, Kind::allow},
      {Action::fetch_keys, Kind::request, Kind::allow, Kind::request, Kind::allow},
      {Action::send, Kind::request, Kind::allow, Kind::drop, Kind::drop},
      {Action::typing, Kind::drop, Kind::allow, Kind::drop, Kind::drop},
      {Action::presence, Kind::drop, Kind::drop, Kind::drop, Kind::drop},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(static_cast<int>(row.action));
    EXPECT_EQ(decide(row.action, kNone).kind, row.stranger);
    EXPECT_EQ(decide(row.action, kAccepted).kind, row.accepted);
    EXPECT_EQ(decide(row.action, kBlocked).kind, row.blocked);
    EXPECT_EQ(decide(row.action, kDeclined).kind, row.blocked);
    EXPECT_EQ(decide(row.action, kBlockedFriend).kind, row.blocked_friend);
    EXPECT_EQ(decide(row.action, kDeclinedFriend).kind, row.blocked_friend);
    Facts facts{row.action};
    facts.relation = kBlocked;
    facts.same_account = true;
    EXPECT_EQ(Policy::decide(facts).kind, Kind::allow) << "nobody is refused by oneself";
    facts.target_deleted = true;
    EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::account_deleted));
    facts.target_exists = false;
    EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::unknown_account));
  }
}

TEST(Policy, lets_a_few_short_messages_of_a_stranger_through) {
  for (const auto& relation : {kNone, kBlocked, kDeclined}) {
    const Kind through = relation == kNone ? Kind::request : Kind::drop;
    Facts facts{Action::send};
    facts.relation = relation;
    for (facts.requests_sent = 0; facts.requests_sent < 3; ++facts.requests_sent) {
      facts.small = true;
      EXPECT_EQ(Policy::decide(facts), (Decision{through, ErrorCode::unspecified, true}));
      facts.small = false;
      EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::request_too_large));
    }
    EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::request_pending));
    facts.tagged = false;
    EXPECT_EQ(Policy::decide(facts), Decision{Kind::drop}) << "receipts do not count";
  }
  Facts friends{Action::send};
  friends.relation = kAccepted;
  friends.requests_sent = 3;
  friends.small = false;
  EXPECT_EQ(Policy::decide(friends), Decision{Kind::allow});
  friends.tagged = false;
  EXPECT_EQ(Policy::decide(friends), Decision{Kind::allow});
  friends.relation = kBlockedFriend;
  EXPECT_EQ(Policy::decide(friends), Decision{Kind::drop}) << "as to somebody who is away";
}

TEST(Policy, lets_a_first_contact_through_while_sender_and_service_have_some_left) {
  struct Row {
    bool asker, service;
    Kind first, second;  // message
  };
  const Row table[] = {{true, true, Kind::request, Kind::request},
                       {false, true, Kind::refuse, Kind::request},
                       {true, false, Kind::refuse, Kind::request},
                       {false, false, Kind::refuse, Kind::request}};
  for (const Row& row : table) {
    SCOPED_TRACE(std::to_string(row.asker) + std::to_string(row.service));
    Facts facts{Action::send};
    facts.asker_has_contacts_left = row.asker;
    facts.service_has_contacts_left = row.service;
    for (const auto& relation : {kNone, kBlocked, kDeclined}) {
      facts.relation = relation;
      const auto seen = [&](std::uint32_t sent) {
        facts.requests_sent = sent;
        const Decision decision = Policy::decide(facts);
        if (decision.kind != Kind::refuse) return Kind::request;
        EXPECT_EQ(decision, refused(ErrorCode::first_contact_limit));
        return Kind::refuse;
      };
      EXPECT_EQ(seen(0), row.first);
      EXPECT_EQ(seen(1), row.second);
    }
    facts.requests_sent = 0;
    for (const auto& relation : {kAccepted, kBlockedFriend}) {
      facts.relation = relation;
      EXPECT_NE(Policy::decide(facts).kind, Kind::refuse) << "no first contact";
    }
    facts.relation = kNone;
    facts.tagged = false;
    EXPECT_EQ(Policy::decide(facts), Decision{Kind::drop});
  }
}

TEST(Policy, tells_people_of_this_hub_why_a_service_is_closed) {
  for (const Action action : {Action::lookup, Action::fetch_keys, Action::send, Action::typing}) {
    Facts facts{action};
    facts.target = Home::provider;
    facts.relation = kAccepted;
    EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::not_in_region));
    facts.door.in_region = true;
    EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::third_party_off));
    facts.door.enabled = true;
    EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::provider_suspended));
    facts.door.provider_passes = true;
    EXPECT_EQ(Policy::decide(facts).kind, Kind::allow) << "whether reachable or not";
  }
}

// What a service's people see of somebody who did not open the door equals what they see of
// nobody, whatever the reason.
TEST(Policy, tells_people_of_services_nothing_about_who_is_here) {
  const Decision nobody = refused(ErrorCode::unknown_account);
  for (const Action action : {Action::lookup, Action::fetch_keys, Action::send}) {
    for (int bits = 0; bits < 8; ++bits) {
      Facts facts{action, Home::provider, Home::here};
      facts.door = {true, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      for (const auto& stranger : {kNone, kBlocked, kDeclined}) {
        facts.relation = stranger;
        const Decision decision = Policy::decide(facts);
        if (bits == 7) {
          EXPECT_NE(decision.kind, Kind::refuse);
        } else {
          EXPECT_EQ(decision, nobody) << bits;
        }
      }
      for (const auto& known : {kAccepted, kBlockedFriend, kDeclinedFriend}) {
        facts.relation = known;
        const Decision decision = Policy::decide(facts);
        if ((bits & 3) == 3) {
          EXPECT_NE(decision.kind, Kind::refuse);
        } else {
          EXPECT_EQ(decision, refused(ErrorCode::not_reachable)) << bits;
        }
      }
    }
    Facts suspended{action, Home::provider, Home::here};
    suspended.relation = kAccepted;
    suspended.door = {false, true, true, true};
    EXPECT_EQ(Policy::decide(suspended), refused(ErrorCode::provider_suspended));
  }
}

TEST(Policy, relays_nothing_between_services) {
  Facts facts{Action::send, Home::provider, Home::provider};
  facts.relation = kAccepted;
  facts.door = {true, true, true, true};
  EXPECT_EQ(Policy::decide(facts), refused(ErrorCode::not_allowed));
}

TEST(Quotas, refuse_with_the_time_when_it_is_worth_asking_again) {
  QuotaConfig config;
  config.lookups = {2, 60};
  Quotas quotas(config);
  const AccountId who{};
  const Time start{1'000'000};
  EXPECT_TRUE(quotas.take(Quota::lookups, who, start));
  EXPECT_TRUE(quotas.take(Quota::lookups, who, start));
  const Status refused = quotas.take(Quota::lookups, who, start);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.error().retry_after_ms, 1000);
  EXPECT_FALSE(quotas.take(Quota::lookups, who, start + milliseconds(999)));
  EXPECT_TRUE(quotas.take(Quota::lookups, who, start + milliseconds(1001)));
  EXPECT_TRUE(quotas.take(Quota::changes, who, start)) << "another quota";
  EXPECT_FALSE(quotas.take(Quota::lookups, who, start - hours(1))) << "the clock stepped back";
}

TEST(Quotas, can_be_looked_at_without_being_used) {
  QuotaConfig config;
  config.service_deletions = {1, 60};
  Quotas quotas(config);
  const Time start{1'000'000};
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(quotas.check(Quota::service_deletions, "a", start));
  EXPECT_TRUE(quotas.take(Quota::service_deletions, "a", start));
  const Status refused = quotas.check(Quota::service_deletions, "a", start);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().retry_after_ms, 1000);
  EXPECT_TRUE(quotas.check(Quota::service_deletions, "b", start));
}

TEST(Quotas, let_a_large_request_through_once_the_bucket_is_full) {
  QuotaConfig config;
  config.send_bytes = {1000, 60'000};
  Quotas quotas(config);
  const Time start{1'000'000};
  EXPECT_TRUE(quotas.take(Quota::send_bytes, AccountId{}, start, 3000));
  EXPECT_FALSE(quotas.take(Quota::send_bytes, AccountId{}, start + milliseconds(2000), 10));
  EXPECT_TRUE(quotas.take(Quota::send_bytes, AccountId{}, start + milliseconds(2011), 10));
}

TEST(Quotas, keep_a_bounded_number_of_buckets) {
  Quotas quotas({}, 10);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(quotas.take(Quota::logins, AddressBucket{i}, Time{1}));
  }
  EXPECT_EQ(quotas.size(), 10u);
}

TEST(AcceptedClock, increases_strictly_even_when_the_wall_clock_steps_back) {
  AcceptedClock clock;
  EXPECT_FALSE(clock.can_accept(Time{5}));
  const auto until = clock.reservation_wanted(Time{1000});
  ASSERT_TRUE(until);
  EXPECT_FALSE(clock.reservation_wanted(Time{1000})) << "one is on its way";
  EXPECT_FALSE(clock.can_accept(Time{1000}));
  clock.reserved(*until);
  EXPECT_EQ(clock.accept(Time{1000}).value, 1'000'000);
  EXPECT_EQ(clock.accept(Time{1000}).value, 1'000'001);
  EXPECT_EQ(clock.accept(Time{10}).value, 1'000'002);
  EXPECT_FALSE(clock.reservation_wanted(Time{1000}));
  EXPECT_TRUE(clock.reservation_wanted(Time{7000}));
  EXPECT_FALSE(clock.can_accept(Time{20'000})) << "beyond what is reserved";
}

TEST(AcceptedClock, goes_on_behind_its_reservation_after_a_restart) {
  AcceptedClock clock;
  clock.restore(AcceptedAt{50'000'000});
  const auto until = clock.reservation_wanted(Time{1000});
  clock.reserved(*until);
  EXPECT_EQ(clock.accept(Time{1000}).value, 50'000'001);
}

TEST(AcceptedClock, asks_again_for_a_reservation_that_failed) {
  AcceptedClock clock;
  EXPECT_TRUE(clock.reservation_wanted(Time{1000}));
  clock.reservation_failed();
  EXPECT_TRUE(clock.reservation_wanted(Time{1000}));
}

TEST(Conversation, is_the_hash_of_the_sorted_text_ids) {
  AccountId a;
  a.bytes.fill(0xff);
  AccountId b;
  b.bytes.fill(0x01);
  // Sorted as text, where digits come before letters.
  const std::string joined = a.text() + "\n" + b.text();
  ASSERT_EQ(joined[0], '7');
  EXPECT_EQ(conversation_between(a, b).bytes, crypto::sha256(as_bytes(joined)));
  EXPECT_EQ(conversation_between(a, b), conversation_between(b, a));
  EXPECT_NE(conversation_between(a, a), conversation_between(a, b));
}

StampedFacts facts(ByteView tag) { return {tag, AccountId{}, AccountId{}, ConversationId{}, {7}}; }

TEST(StampKeys, verify_what_they_stamped_and_nothing_else) {
  crypto::SeededRandom random(1);
  StampKeys keys(days(7), days(90));
  EXPECT_FALSE(keys.ready());
  keys.add(*keys.key_wanted(Time{0}, random));
  const Bytes tag(32, 1);
  const auto stamp = keys.stamp(facts(tag));
  EXPECT_TRUE(keys.verify(1, stamp, facts(tag)));
  const Bytes other(32, 2);
  EXPECT_EQ(keys.verify(1, stamp, facts(other)).error().code, ErrorCode::bad_signature);
  auto later = facts(tag);
  later.accepted_at.value = 8;
  EXPECT_EQ(keys.verify(1, stamp, later).error().code, ErrorCode::bad_signature);
  EXPECT_EQ(keys.verify(2, stamp, facts(tag)).error().code, ErrorCode::not_found);
}

// The layout of the stamp, computed here piece by piece.
TEST(StampKeys, stamp_the_fields_with_their_lengths) {
  StampKeys keys(days(7), days(90));
  ByteArray<32> raw;
  raw.fill(9);
  keys.add({3, Secret<32>(std::span<const std::uint8_t, 32>(raw)), Time{0}});
  const Bytes tag(32, 1);
  StampedFacts f = facts(tag);
  f.sender.bytes.fill(2);
  f.recipient.bytes.fill(3);
  f.conversation.bytes.fill(4);
  f.accepted_at.value = 0x0102030405060708;
  Bytes joined{0, 0, 0, 32};
  joined.insert(joined.end(), 32, 1);
  for (std::uint8_t fill : {2, 3}) {
    append(joined, Bytes{0, 0, 0, 16});
    joined.insert(joined.end(), 16, fill);
  }
  append(joined, Bytes{0, 0, 0, 32});
  joined.insert(joined.end(), 32, 4);
  append(joined, Bytes{0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 4, 0, 0, 0, 3});
  EXPECT_EQ(keys.stamp(f), crypto::hmac_sha256(raw, joined));
}

TEST(StampKeys, rotate_and_stay_verifiable_until_their_lifetime_is_over) {
  crypto::SeededRandom random(1);
  StampKeys keys(days(7), days(90));
  Time now{0};
  keys.add(*keys.key_wanted(now, random));
  const Bytes tag(32, 1);
  const auto stamp = keys.stamp(facts(tag));
  now = now + days(6);
  EXPECT_FALSE(keys.key_wanted(now, random));
  now = now + days(1);
  keys.add(*keys.key_wanted(now, random));
  EXPECT_EQ(keys.current_id(), 2u);
  EXPECT_TRUE(keys.drop_expired(now + days(90)).empty());
  EXPECT_TRUE(keys.verify(1, stamp, facts(tag)));
  EXPECT_EQ(keys.drop_expired(now + days(90) + milliseconds(1)), (std::vector<std::uint32_t>{1}));
  EXPECT_FALSE(keys.verify(1, stamp, facts(tag)));
}

TEST(HashSet, holds_what_was_inserted) {
  crypto::SeededRandom random(1);
  HashSet set;
  std::set<std::uint32_t> expected{0};
  set.insert(0);
  for (int i = 0; i < 5000; ++i) {
    const auto hash = static_cast<std::uint32_t>(random.below(20'000));
    set.insert(hash);
    expected.insert(hash);
  }
  EXPECT_EQ(set.size(), expected.size());
  for (std::uint32_t hash = 0; hash < 20'000; ++hash) {
    ASSERT_EQ(set.contains(hash), expected.count(hash) == 1) << hash;
  }
}

TEST(Fingerprint, differs_wherever_a_send_differs) {
  wire::channel::Send send;
  send.conversation_id = Bytes(32, 1);
  send.recipients.push_back(
      {Bytes(16, 2), {{1, 5, wire::channel::CiphertextType::signal, {1, 2}}}, false});
  const auto original = fingerprint(send);
  EXPECT_EQ(fingerprint(send), original);
  std::vector<std::function<void(wire::channel::Send&)>> changes = {
      [](auto& s) { s.conversation_id[31] ^= 1; },
      [](auto& s) { s.franking_tag = Bytes(32, 0); },
      [](auto& s) { s.shared_payload = {0}; },
      [](auto& s) { s.recipients[0].account_id[0] ^= 1; },
      [](auto& s) { s.recipients[0].devices[0].device_id = 2; },
      [](auto& s) { s.recipients[0].devices[0].registration_id = 2; },
      [](auto& s) {
        s.recipients[0].devices[0].type = wire::channel::CiphertextType::prekey_signal;
      },
      [](auto& s) { s.recipients[0].devices[0].ciphertext = {1, 3}; },
      [](auto& s) { s.recipients[0].devices[0].ciphertext = {1, 2, 0}; },
  };
  for (const auto& change : changes) {
    auto changed = send;
    change(changed);
    EXPECT_NE(fingerprint(changed), original);
  }
}

TEST(VisibleIds, of_phones_are_plus_and_digits) {
  const auto fits = [](std::string_view id) {
    return check_visible_id(id, wire::channel::IdForm::phone).has_value();
  };
  for (const char* good : {"+1234567", "+4915112345678", "+123456789012345"}) {
    EXPECT_TRUE(fits(good)) << good;
  }
  for (const char* bad : {"", "+", "1234567", "+123456", "+1234567890123456", "+0123456789",
                          "+49 151 1234", "+49-1511234", "+4915112x", "++4915112"}) {
    EXPECT_FALSE(fits(bad)) << bad;
  }
}

TEST(VisibleIds, of_names_are_small_letters_digits_and_three_signs) {
  const auto fits = [](std::string_view id) {
    return check_visible_id(id, wire::channel::IdForm::username).has_value();
  };
  for (const char* good : {"ab", "a.b_c-9", "0123456789"}) EXPECT_TRUE(fits(good)) << good;
  EXPECT_TRUE(fits(std::string(64, 'x')));
  EXPECT_FALSE(fits(std::string(65, 'x')));
  for (const char* bad : {"", "a", "Bob", "b b", "b@c", "b\u00e9b", "b\u200bb", "a\nb"}) {
    EXPECT_FALSE(fits(bad)) << bad;
  }
  EXPECT_FALSE(check_visible_id("bob", wire::channel::IdForm::unspecified));
}

TEST(VisibleIds, of_mail_are_one_address) {
  const auto fits = [](const std::string& id) {
    return check_visible_id(id, wire::channel::IdForm::email).has_value();
  };
  for (const char* good : {"a@b", "bob@mail.example", "b\u00f6b@m\u00fcller.example",
                           "\u5b57@\u5b57", "bob+x@mail.example"}) {
    EXPECT_TRUE(fits(good)) << good;
  }
  EXPECT_TRUE(fits(std::string(93, 'x') + "@y"));
  EXPECT_FALSE(fits(std::string(94, 'x') + "@y"));
  for (const char* bad : {"", "@", "bob", "@b", "a@", "a@b@c", "Bob@b", "a@B", "a b@c", "a@c\x80",
                          "a\tb@c", "a\x7f@b"}) {
    EXPECT_FALSE(fits(bad)) << bad;
  }
}

// Each is one that a person does not see, so that two addresses would look alike.
TEST(VisibleIds, of_mail_hold_nothing_that_is_not_seen) {
  const char* const unseen[] = {
      "\u00a0",     "\u00ad",     "\u034f",     "\u061c",     "\u115f",     "\u1160",    "\u1680",
      "\u17b4",     "\u180b",     "\u180e",     "\u2000",     "\u200b",     "\u200d",    "\u200e",
      "\u2028",     "\u202e",     "\u205f",     "\u2060",     "\u2069",     "\u206f",    "\u2800",
      "\u3000",     "\u3164",     "\ufe00",     "\ufe0f",     "\ufeff",     "\uffa0",    "\ufff9",
      "\U0001bca0", "\U0001d173", "\U000e0001", "\U000e0041", "\U000e0100", "\U000e0fff"};
  for (const char* character : unseen) {
    const std::string id = std::string("bob") + character + "@mail.example";
    EXPECT_FALSE(check_visible_id(id, wire::channel::IdForm::email)) << id;
  }
  // Their neighbours are letters or signs like any other.
  for (const char* seen :
       {"\u034e", "\u0620", "\u115e", "\u2801", "\u3165", "\ufe10", "\U000e1000"}) {
    const std::string id = std::string("bob") + seen + "@mail.example";
    EXPECT_TRUE(check_visible_id(id, wire::channel::IdForm::email)) << id;
  }
}

TEST(Details, are_cut_between_characters) {
  EXPECT_EQ(fitting_detail(std::string(256, 'x')).size(), 256u);
  EXPECT_EQ(fitting_detail(std::string(300, 'x')).size(), 256u);
  const std::string long_text = std::string(255, 'x') + "\u00e9" + std::string(50, 'x');
  EXPECT_EQ(fitting_detail(long_text), std::string(255, 'x'));
}

TEST(Fifo, behaves_like_a_queue_with_holes) {
  Fifo<int> fifo;
  std::vector<int> expected;
  crypto::SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    if (expected.empty() || random.below(2) == 0) {
      fifo.push_back(i);
      expected.push_back(i);
    } else {
      const auto at = random.below(3) == 0 ? random.below(expected.size()) : 0;
      fifo.erase(fifo.begin() + static_cast<std::ptrdiff_t>(at));
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at));
    }
    ASSERT_EQ(std::vector<int>(fifo.begin(), fifo.end()), expected);
  }
}

TEST(EngineConfig, names_the_field_that_makes_no_sense) {
  EXPECT_TRUE(check(EngineConfig()));
  EngineConfig config;
  config.mailbox_lifetime = days(0);
  EXPECT_NE(check(config).error().detail.find("mailbox_lifetime"), std::string::npos);
  config = {};
  config.delivery_window = 0;
  EXPECT_NE(check(config).error().detail.find("delivery_window"), std::string::npos);
  config = {};
  config.quotas.logins.per_minute = 0;
  EXPECT_NE(check(config).error().detail.find("quotas.logins"), std::string::npos);
}

}  // namespace
}  // namespace parley::hub
