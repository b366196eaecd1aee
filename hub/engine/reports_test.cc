// Reports: what proves that a message passed this hub, and what follows.
#include <gtest/gtest.h>

#include "hub/engine/partner_for_tests.h"
#include "lib/franking/franking.h"

namespace parley::hub::testing {
namespace {

class Reporting : public ::testing::Test {
 protected:
  // A message of `from` to `to` as its recipient has it.
  wc::ReportedMessage receive_message(Client& from, Client& to, const std::string& text) {
    const HubId hub = *HubId::from(world.engine->hub_info().hub_id);
    wc::ReportedMessage shown;
    shown.franking_key = to_bytes(world.random.array<32>());
    shown.mimi_content = to_bytes(as_bytes(text));
    auto send = world.make_send(from, {&to}, "ciphertext");
    const std::string sender = mimi_uri(hub, from.address().account);
    const std::string recipient = mimi_uri(hub, to.address().account);
    send.franking_tag = to_bytes(franking::make_tag(
        shown.franking_key,
        {sender, recipient, *ConversationId::from(send.conversation_id), shown.mimi_content}));
    EXPECT_NE(body_of<wc::Accepted>(from.ask(send)), nullptr);
    const auto delivered = to.take<wc::Deliver>();
    EXPECT_EQ(delivered.size(), 1u);
    if (delivered.empty()) return shown;
    to.acknowledge({delivered[0].accepted_at_us});
    world.run();
    shown.franking_tag = delivered[0].franking_tag;
    shown.stamp = delivered[0].franking;
    shown.accepted_at_us = delivered[0].accepted_at_us;
    shown.sender_device_id = delivered[0].sender_device_id;
    shown.conversation_id = delivered[0].conversation_id;
    return shown;
  }
  wc::Report report(Client& accused, std::vector<wc::ReportedMessage> messages) {
    wc::Report report;
    report.report_id = to_bytes(world.random.array<16>());
    report.accused_account_id = accused.address().account.to_bytes();
    report.reason = wc::ReportReason::spam;
    report.comment = "unasked";
    report.messages = std::move(messages);
    return report;
  }
  ErrorCode file(Client& who, const wc::Report& report) {
    const auto answer = who.ask(report);
    return body_of<wc::Done>(answer) != nullptr ? ErrorCode::unspecified : failure_of(answer);
  }
  std::vector<NamedReport> list(Store::ReportQuery query = {}) {
    std::vector<NamedReport> found;
    world.engine->list_reports(query, world.now, [&](Result<std::vector<NamedReport>> reports) {
      ASSERT_TRUE(reports);
      found = *reports;
    });
    world.run();
    return found;
  }

  World world;
  Partner partner{world};
  std::unique_ptr<Client> alice = world.sign_up("alice");
  Phone bob = partner.join("bob");
  void SetUp() override { opt_in(*alice); }
};

TEST_F(Reporting, what_was_received_is_proven_kept_and_resolved) {
  const auto message = receive_message(*bob.client, *alice, "buy this");
  const auto filed = report(*bob.client, {message});
  EXPECT_EQ(file(*alice, filed), ErrorCode::unspecified);
  EXPECT_EQ(file(*alice, filed), ErrorCode::unspecified) << "a repeat";
  const auto reports = list();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].reporter, "alice");
  EXPECT_EQ(reports[0].accused, "bob@nordlys");
  EXPECT_TRUE(reports[0].record.proven);
  EXPECT_EQ(as_text(reports[0].record.report.messages[0].mimi_content), "buy this");
  Status resolved = fail(ErrorCode::internal);
  const std::uint64_t number = reports[0].record.number;
  world.engine->resolve_report(number, "upheld", "warned", world.now,
                               [&](Status status) { resolved = std::move(status); });
  world.run();
  EXPECT_TRUE(resolved);
  EXPECT_TRUE(list({"", true}).empty());
  EXPECT_EQ(list()[0].record.note, "warned");
  world.engine->resolve_report(77, "upheld", "", world.now,
                               [&](Status status) { resolved = std::move(status); });
  world.run();
  EXPECT_EQ(resolved.error().code, ErrorCode::not_found);
}

TEST_F(Reporting, is_proven_again_when_it_is_read_while_the_stamp_key_is_there) {
  const auto message = receive_message(*bob.client, *alice, "buy this");
  const auto later = receive_message(*bob.client, *alice, "and this");
  ASSERT_EQ(file(*alice, report(*bob.client, {message, later})), ErrorCode::unspecified);
  using Proofs = std::vector<MessageProof>;
  ReportRecord record = list()[0].record;
  EXPECT_EQ(world.engine->prove_again(record),
            Proofs({MessageProof::proven, MessageProof::proven}));
  // Whoever changes the database changes no proof.
  record.report.messages[1].mimi_content[0] ^= 1;
  EXPECT_EQ(world.engine->prove_again(record),
            Proofs({MessageProof::proven, MessageProof::not_proven}));
  // A new key comes, and much later the old one goes.
  world.pass(world.config.stamp_key_rotation);
  world.pass(world.config.stamp_key_lifetime);
  world.pass(days(1));
  EXPECT_EQ(world.engine->prove_again(record),
            Proofs({MessageProof::stamp_key_gone, MessageProof::not_proven}));
}

TEST_F(Reporting, is_possible_after_a_restart) {
  const auto message = receive_message(*bob.client, *alice, "buy this");
  world.crash();
  alice->connect();
  EXPECT_EQ(file(*alice, report(*bob.client, {message})), ErrorCode::unspecified);
}

TEST_F(Reporting, works_between_accounts_of_the_hub_and_from_outside) {
  auto carol = world.sign_up("carol");
  const auto native = receive_message(*carol, *alice, "x");
  EXPECT_EQ(file(*alice, report(*carol, {native})), ErrorCode::unspecified);
  world.acquaint(*alice, *bob.client);
  const auto outside = receive_message(*alice, *bob.client, "y");
  EXPECT_EQ(file(*bob.client, report(*alice, {outside})), ErrorCode::unspecified);
  EXPECT_EQ(list().size(), 2u);
  EXPECT_TRUE(list({"nordlys", true}).empty()) << "nobody of the service is accused";
}

TEST_F(Reporting, nothing_that_was_changed_is_proven) {
  const auto good = receive_message(*bob.client, *alice, "hello");
  const auto with = [&](auto change) {
    wc::ReportedMessage message = good;
    change(message);
    return file(*alice, report(*bob.client, {good, message}));
  };
  EXPECT_EQ(with([](auto&) {}), ErrorCode::unspecified);
  const auto unproven = ErrorCode::report_unproven;
  EXPECT_EQ(with([](auto& m) { m.mimi_content[0] ^= 1; }), unproven);
  EXPECT_EQ(with([](auto& m) { m.franking_key[0] ^= 1; }), unproven);
}

TEST_F(Reporting, the_time_the_stamp_and_the_conversation_are_proven_too) {
  const auto good = receive_message(*bob.client, *alice, "hello");
  const auto with = [&](auto change) {
    wc::ReportedMessage message = good;
    change(message);
    return file(*alice, report(*bob.client, {message}));
  };
  const auto unproven = ErrorCode::report_unproven;
  EXPECT_EQ(with([](auto& m) { ++m.accepted_at_us; }), unproven);
  EXPECT_EQ(with([](auto& m) { m.stamp->mac[5] ^= 1; }), unproven);
  EXPECT_EQ(with([](auto& m) { ++m.stamp->key_id; }), unproven);
  EXPECT_EQ(with([](auto& m) { m.stamp.reset(); }), unproven);
  EXPECT_EQ(with([](auto& m) { m.franking_tag[0] ^= 1; }), unproven);
  EXPECT_EQ(with([](auto& m) { m.conversation_id[0] ^= 1; }), unproven);
  EXPECT_TRUE(list().empty());
}

TEST_F(Reporting, nobody_is_accused_of_anothers_words_or_of_ones_own) {
  Phone eve = partner.join("eve");
  const auto from_bob = receive_message(*bob.client, *alice, "hello");
  EXPECT_EQ(file(*alice, report(*eve.client, {from_bob})), ErrorCode::report_unproven);
  const auto own = receive_message(*alice, *bob.client, "I said this");
  EXPECT_EQ(file(*alice, report(*bob.client, {own})), ErrorCode::report_unproven);
  EXPECT_EQ(file(*eve.client, report(*bob.client, {from_bob})), ErrorCode::report_unproven)
      << "eve did not receive it";
  EXPECT_EQ(file(*alice, report(*alice, {})), ErrorCode::invalid_argument);
}

TEST_F(Reporting, without_messages_is_kept_and_proves_nothing) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(file(*alice, report(*bob.client, {})), ErrorCode::unspecified);
  }
  EXPECT_FALSE(list()[0].record.proven);
  EXPECT_EQ(world.engine->providers()[0].reports_of_week, 0u);
  wc::Report nobody = report(*bob.client, {});
  nobody.accused_account_id = Bytes(16, 9);
  EXPECT_EQ(file(*alice, nobody), ErrorCode::unknown_account);
  wc::Report no_reason = report(*bob.client, {});
  no_reason.reason = wc::ReportReason::unspecified;
  EXPECT_EQ(file(*alice, no_reason), ErrorCode::invalid_argument);
}

TEST_F(Reporting, is_limited_for_each_reporter) {
  for (int i = 0; i < 20; ++i) file(*alice, report(*bob.client, {}));
  EXPECT_EQ(file(*alice, report(*bob.client, {})), ErrorCode::rate_limited);
  for (int i = 0; i < 80; ++i) {
    world.pass(minutes(1));
    world.now = world.now + seconds(1);
    alice->connect();
    EXPECT_EQ(file(*alice, report(*bob.client, {})), ErrorCode::unspecified) << i;
  }
  world.pass(minutes(1));
  alice->connect();
  EXPECT_EQ(file(*alice, report(*bob.client, {})), ErrorCode::limit_reached);
}

TEST_F(Reporting, is_forgotten_some_time_after_it_was_resolved_and_in_any_case) {
  EXPECT_EQ(file(*alice, report(*bob.client, {})), ErrorCode::unspecified);
  EXPECT_EQ(file(*alice, report(*bob.client, {})), ErrorCode::unspecified);
  ASSERT_EQ(list().size(), 2u);
  const std::uint64_t number = list()[0].record.number;
  const auto later = [&](Duration time) {
    world.now = world.now + time;
    world.pass(minutes(1));
  };
  later(days(100));
  EXPECT_EQ(list().size(), 2u) << "open ones wait for the operator";
  world.engine->resolve_report(number, "upheld", "", world.now, [](const Status&) {});
  world.run();
  later(days(89));
  EXPECT_EQ(list().size(), 2u);
  later(days(2));
  ASSERT_EQ(list().size(), 1u);
  EXPECT_NE(list()[0].record.number, number);
  later(days(365 - 100 - 91));
  EXPECT_TRUE(list().empty());
}

TEST_F(Reporting, takes_a_bounded_room_for_each_service) {
  world.config.max_report_bytes_of_service = 20'000;
  world.crash();
  alice->connect();
  const auto large = [&](Client& accused) {
    wc::Report filed = report(accused, {});
    filed.comment = std::string(2'000, 'x');
    return file(*alice, filed);
  };
  auto carol = world.sign_up("carol");
  int kept = 0;
  while (large(*bob.client) == ErrorCode::unspecified && kept < 50) ++kept;
  EXPECT_EQ(kept, 8);
  EXPECT_EQ(large(*bob.client), ErrorCode::limit_reached);
  EXPECT_EQ(large(*carol), ErrorCode::unspecified) << "about somebody else there is room";
  // What was resolved makes room.
  const std::uint64_t first = list()[0].record.number;
  world.engine->resolve_report(first, "upheld", "", world.now, [](const Status&) {});
  world.run();
  EXPECT_EQ(large(*bob.client), ErrorCode::unspecified);
  EXPECT_NE(list()[0].record.number, first);
}

TEST_F(Reporting, lowers_what_a_service_may_do) {
  std::vector<std::unique_ptr<Client>> people;
  std::vector<Phone> phones;
  for (int i = 0; i < 25; ++i) {
    people.push_back(world.sign_up("person" + std::to_string(i)));
    opt_in(*people.back());
    if (i % 10 == 0) phones.push_back(partner.join("spam" + std::to_string(i)));
    const auto message = receive_message(*phones.back().client, *people[i], "buy");
    // Each reports twice; it counts once.
    if (i >= 1) continue;
    EXPECT_EQ(file(*people[i], report(*phones.back().client, {message})), ErrorCode::unspecified);
    EXPECT_EQ(file(*people[i], report(*phones.back().client, {message})), ErrorCode::unspecified);
  }
  const auto before = world.engine->providers()[0];
  EXPECT_EQ(before.first_contacts_today, 25u);
  EXPECT_EQ(before.reports_of_week, 1u);
  EXPECT_NEAR(before.trust, 1 - 20.0 / 25, 1e-9);
  ProviderRecord few = partner.record();
  few.new_people_a_day = 100;
  EXPECT_TRUE(partner.put(few));
  // 20 of 100 are allowed now, and 25 were used.
  Phone more = partner.join("more");
  auto late = world.sign_up("late");
  opt_in(*late);
  EXPECT_EQ(failure_of(more.client->ask(world.make_send(*more.client, {late.get()}, "x"))),
            ErrorCode::first_contact_limit);
}

}  // namespace
}  // namespace parley::hub::testing
