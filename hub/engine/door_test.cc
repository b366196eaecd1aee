// What passes between people of this hub and of another service, and who is told what.
#include <gtest/gtest.h>

#include "hub/engine/partner_for_tests.h"

namespace parley::hub::testing {
namespace {

class Door : public ::testing::Test {
 protected:
  ErrorCode send(Client& from, Client& to, const std::string& text = "x") {
    const auto answer = from.ask(world.make_send(from, {&to}, text));
    return body_of<wc::Accepted>(answer) != nullptr ? ErrorCode::unspecified : failure_of(answer);
  }
  ErrorCode find(Client& who, const std::string& handle) {
    const auto answer = who.ask(wc::Lookup{wc::Lookup::Handle{handle}});
    return body_of<wc::Account>(answer) != nullptr ? ErrorCode::unspecified : failure_of(answer);
  }
  ErrorCode fetch(Client& who, Client& whom) {
    const auto answer = who.ask(wc::FetchPrekeys{whom.address().account.to_bytes(), {}});
    return body_of<wc::PrekeyBundles>(answer) != nullptr ? ErrorCode::unspecified
                                                         : failure_of(answer);
  }
  std::vector<wc::Deliver> receive(Client& client) {
    auto delivered = client.take<wc::Deliver>();
    std::vector<std::int64_t> times;
    for (const auto& one : delivered) times.push_back(one.accepted_at_us);
    client.acknowledge(times);
    world.run();
    return delivered;
  }
  void remove_service() {
    Status removed = fail(ErrorCode::internal);
    world.engine->remove_provider(partner.id, world.now, [&](Status s) { removed = std::move(s); });
    world.run();
    EXPECT_TRUE(removed);
  }
  // What a refusal says besides its code.
  template <typename Body>
  std::string detail_of(Client& who, Body body) {
    const auto answer = who.ask(std::move(body));
    const auto* failure = body_of<wc::Failure>(answer);
    return failure == nullptr ? "no failure" : failure->detail;
  }
  wc::ThirdParty offer(Client& client) {
    const auto answer = client.ask(wc::GetThirdParty{});
    const auto* offer = body_of<wc::ThirdParty>(answer);
    EXPECT_NE(offer, nullptr);
    return offer != nullptr ? *offer : wc::ThirdParty{};
  }

  World world;
  Partner partner{world};
  std::unique_ptr<Client> alice = world.sign_up("alice");
  Phone bob = partner.join("bob");
};

TEST_F(Door, is_shut_until_somebody_opens_it) {
  EXPECT_EQ(find(*alice, "bob@nordlys"), ErrorCode::third_party_off);
  EXPECT_EQ(find(*alice, "nobody@nordlys"), ErrorCode::third_party_off);
  EXPECT_EQ(send(*alice, *bob.client), ErrorCode::third_party_off);
  EXPECT_EQ(fetch(*alice, *bob.client), ErrorCode::third_party_off);
  // From outside alice does not exist.
  EXPECT_EQ(find(*bob.client, "alice"), ErrorCode::unknown_account);
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unknown_account);
  EXPECT_EQ(fetch(*bob.client, *alice), ErrorCode::unknown_account);
}

TEST_F(Door, tells_a_service_that_is_down_from_a_name_that_is_not_there) {
  opt_in(*alice, false);
  world.tokens.reachable = fail(Error{ErrorCode::provider_unreachable, "10.0.0.1 refused", 5'000});
  EXPECT_EQ(find(*alice, "bob@nordlys"), ErrorCode::unspecified) << "he is known here";
  EXPECT_EQ(find(*alice, "nobody@nordlys"), ErrorCode::provider_unreachable);
  EXPECT_EQ(detail_of(*alice, wc::Lookup{wc::Lookup::Handle{"nobody@nordlys"}}), "")
      << "its servers are the operator's matter";
  EXPECT_EQ(find(*alice, "nobody"), ErrorCode::unknown_account) << "here, all is well";
  world.tokens.reachable = {};
  EXPECT_EQ(find(*alice, "nobody@nordlys"), ErrorCode::unknown_account);
}

TEST_F(Door, lets_a_user_find_and_write_to_somebody_outside) {
  opt_in(*alice, false);
  const auto found = alice->ask(wc::Lookup{wc::Lookup::Handle{"bob@nordlys"}});
  const auto* account = body_of<wc::Account>(found);
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->provider, "nordlys");
  EXPECT_EQ(account->features,
            (std::vector<wc::Feature>{wc::Feature::reply, wc::Feature::retry_receipt}));
  EXPECT_EQ(find(*alice, "nobody@nordlys"), ErrorCode::unknown_account);
  EXPECT_EQ(find(*alice, "bob@nowhere"), ErrorCode::unknown_provider);
  EXPECT_EQ(find(*bob.client, "alice"), ErrorCode::unknown_account) << "not reachable";
  EXPECT_EQ(send(*alice, *bob.client, "hello"), ErrorCode::unspecified);
  const auto request = receive(*bob.client);
  ASSERT_EQ(request.size(), 1u);
  EXPECT_TRUE(request[0].request);
  EXPECT_EQ(find(*bob.client, "alice"), ErrorCode::unspecified) << "she wrote to him";
  EXPECT_EQ(send(*bob.client, *alice, "hello, alice"), ErrorCode::unspecified);
  const auto answer = receive(*alice);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_FALSE(answer[0].request);
}

TEST_F(Door, lets_somebody_outside_send_a_request_where_that_is_wanted) {
  opt_in(*alice);
  EXPECT_EQ(find(*bob.client, "alice"), ErrorCode::unspecified);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified);
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::request_pending);
  const auto requests = receive(*alice);
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_TRUE(requests[0].request);
}

TEST_F(Door, closes_again_with_a_different_word_for_those_who_were_known) {
  opt_in(*alice);
  Phone eve = partner.join("eve");
  send(*alice, *bob.client);
  alice->ask(wc::SetThirdParty{false, {"nordlys"}, true});
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::not_reachable);
  EXPECT_EQ(send(*eve.client, *alice), ErrorCode::unknown_account);
  EXPECT_EQ(send(*alice, *bob.client), ErrorCode::third_party_off);
  alice->ask(wc::SetThirdParty{true, {}, true});
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::not_reachable) << "not this service";
  opt_in(*alice, false);
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified);
  EXPECT_EQ(send(*eve.client, *alice), ErrorCode::unknown_account);
  world.crash();
  alice->connect();
  bob.client->connect();
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified) << "the choice is durable";
}

TEST_F(Door, is_no_relay_between_others_and_none_of_the_hubs_own_business) {
  Phone eve = partner.join("eve");
  EXPECT_EQ(find(*bob.client, "eve@nordlys"), ErrorCode::not_allowed);
  EXPECT_EQ(find(*bob.client, "nobody@nordlys"), ErrorCode::not_allowed) << "not told apart";
  EXPECT_EQ(send(*bob.client, *eve.client), ErrorCode::not_allowed);
  EXPECT_EQ(failure_of(bob.client->ask(wc::GetThirdParty{})), ErrorCode::not_allowed);
  EXPECT_EQ(failure_of(bob.client->ask(wc::SetThirdParty{true, {}, true})), ErrorCode::not_allowed);
  EXPECT_EQ(failure_of(bob.client->ask(wc::SetRecovery{Bytes(8, 1)})), ErrorCode::not_allowed);
  EXPECT_EQ(failure_of(bob.client->ask(wc::ApproveLink{Bytes(16, 1), Bytes(8, 1)})),
            ErrorCode::not_allowed);
}

TEST_F(Door, a_block_is_silent_and_enforced) {
  opt_in(*alice);
  const Bytes his = bob.client->address().account.to_bytes();
  alice->ask(wc::SetRelation{his, wc::Relation::blocked});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified);
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::request_pending);
  EXPECT_EQ(find(*bob.client, "alice"), ErrorCode::unspecified);
  EXPECT_EQ(fetch(*bob.client, *alice), ErrorCode::unspecified);
  EXPECT_TRUE(receive(*alice).empty());
}

TEST_F(Door, shuts_with_the_service_and_says_why) {
  opt_in(*alice);
  send(*alice, *bob.client);
  alice->take<wc::ThirdParty>();
  EXPECT_TRUE(partner.set_state(wc::ProviderState::suspended, "Spam."));
  EXPECT_FALSE(bob.client->connected());
  EXPECT_EQ(bob.client->line().why, ErrorCode::provider_suspended);
  const auto closing = bob.client->take<wc::Closing>();
  ASSERT_EQ(closing.size(), 1u);
  EXPECT_EQ(closing[0].detail, "Spam.");
  const auto told = alice->take<wc::ThirdParty>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].providers[0].state, wc::ProviderState::suspended);
  EXPECT_EQ(told[0].providers[0].state_reason, "Spam.");
  EXPECT_EQ(send(*alice, *bob.client), ErrorCode::provider_suspended);
  EXPECT_EQ(find(*alice, "bob@nordlys"), ErrorCode::provider_suspended);
  const Bytes his = bob.client->address().account.to_bytes();
  EXPECT_EQ(detail_of(*alice, world.make_send(*alice, {bob.client.get()}, "x")), "Spam.");
  EXPECT_EQ(detail_of(*alice, wc::Lookup{wc::Lookup::Handle{"bob@nordlys"}}), "Spam.");
  EXPECT_EQ(detail_of(*alice, wc::Lookup{wc::Lookup::AccountId{his}}), "Spam.");
  EXPECT_EQ(detail_of(*alice, wc::FetchPrekeys{his, {}}), "Spam.");
  bob.client->connect();
  EXPECT_EQ(bob.client->line().why, ErrorCode::provider_suspended);
  const auto& last = bob.client->line().frames.back();
  ASSERT_NE(body_of<wc::Failure>(last), nullptr);
  EXPECT_EQ(body_of<wc::Failure>(last)->detail, "Spam.");
  EXPECT_TRUE(partner.set_state(wc::ProviderState::live));
  bob.client->connect();
  EXPECT_TRUE(bob.client->connected());
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified);
}

TEST_F(Door, of_a_sandbox_is_open_to_those_who_are_named) {
  ProviderRecord sandbox = partner.record();
  sandbox.state = wc::ProviderState::sandbox;
  sandbox.sandbox_accounts = {"bob@nordlys", "alice"};
  EXPECT_TRUE(partner.put(sandbox));
  auto carol = world.sign_up("carol");
  EXPECT_EQ(offer(*alice).providers.size(), 1u);
  EXPECT_EQ(offer(*carol).providers.size(), 0u);
  EXPECT_EQ(offer(*carol).availability, wc::Availability::no_providers);
  EXPECT_EQ(failure_of(opt_in(*carol)), ErrorCode::unknown_provider);
  EXPECT_NE(body_of<wc::ThirdParty>(opt_in(*alice)), nullptr);
  EXPECT_EQ(send(*alice, *bob.client), ErrorCode::unspecified);
  EXPECT_EQ(world.engine->offer().providers.size(), 0u) << "a sandbox is nobody's business";
}

TEST_F(Door, is_offered_in_the_region_only) {
  world.config.countries = {"FR"};
  world.crash();
  alice->connect();
  EXPECT_EQ(offer(*alice).availability, wc::Availability::other_region);
  EXPECT_EQ(offer(*alice).country, "DE");
  EXPECT_EQ(failure_of(opt_in(*alice)), ErrorCode::not_in_region);
  EXPECT_NE(body_of<wc::ThirdParty>(alice->ask(wc::SetThirdParty{})), nullptr) << "off is allowed";
  EXPECT_EQ(find(*alice, "bob@nordlys"), ErrorCode::not_in_region);
}

TEST_F(Door, choices_are_told_to_the_other_devices) {
  Person carol;
  auto first = world.sign_up("carol", &carol);
  auto second = world.add_device(carol);
  first->take<wc::ThirdParty>();
  const auto answer = opt_in(*first);
  ASSERT_NE(body_of<wc::ThirdParty>(answer), nullptr);
  EXPECT_TRUE(body_of<wc::ThirdParty>(answer)->choices->enabled);
  EXPECT_TRUE(first->take<wc::ThirdParty>().empty());
  const auto told = second->take<wc::ThirdParty>();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].choices->provider_ids, (std::vector<std::string>{"nordlys"}));
}

TEST_F(Door, a_service_that_is_removed_is_gone_and_its_choice_is_harmless) {
  opt_in(*alice);
  Status removed = fail(ErrorCode::internal);
  world.engine->remove_provider("nordlys", world.now, [&](Status s) { removed = std::move(s); });
  world.run();
  EXPECT_TRUE(removed);
  EXPECT_FALSE(bob.client->connected());
  EXPECT_EQ(send(*alice, *bob.client), ErrorCode::account_deleted);
  EXPECT_NE(body_of<wc::ThirdParty>(opt_in(*alice)), nullptr) << "it was chosen before";
  EXPECT_EQ(find(*alice, "bob@nordlys"), ErrorCode::unknown_provider);
  bob.client->connect();
  EXPECT_EQ(bob.client->line().why, ErrorCode::unknown_provider);
}

TEST_F(Door, a_service_that_comes_back_after_its_removal_begins_with_nobody) {
  opt_in(*alice);
  const AccountId old = bob.client->address().account;
  alice->ask(wc::SetRelation{old.to_bytes(), wc::Relation::accepted});
  remove_service();
  EXPECT_EQ(fetch(*alice, *bob.client), ErrorCode::account_deleted);
  EXPECT_TRUE(partner.put(partner.record()));
  // Another person of that name, with keys of their own, at the other service of that name.
  Phone next = partner.make_phone("bob");
  partner.enter(next);
  EXPECT_NE(next.client->address().account, old);
  EXPECT_EQ(send(*next.client, *alice), ErrorCode::unspecified);
  const auto requests = receive(*alice);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_TRUE(requests[0].request) << "it inherits no acceptance";
  EXPECT_EQ(world.engine->providers()[0].first_contacts_of_week, 1u) << "nor what was counted";
}

TEST_F(Door, the_people_of_a_service_that_is_removed_end_also_across_a_crash) {
  std::vector<AccountId> people{bob.client->address().account};
  for (int i = 0; i < 120; ++i) {
    Phone phone = partner.make_phone("person" + std::to_string(i));
    const auto enlisted = partner.enlist(phone, partner.token(partner.claims(phone)));
    ASSERT_TRUE(enlisted);
    people.push_back(*AccountId::from(enlisted->account_id));
  }
  Status removed = fail(ErrorCode::internal);
  world.engine->remove_provider("nordlys", world.now, [&](Status s) { removed = std::move(s); });
  // The removal is durable and one step was done, when the process dies.
  for (int i = 0; i < 2; ++i) {
    while (!world.store->work_one()) world.engine->tick(world.now);
    world.store->answer_one();
  }
  EXPECT_TRUE(removed);
  world.crash();
  alice->connect();
  // Whoever enters it again waits until nobody is left.
  EXPECT_TRUE(partner.put(partner.record()));
  for (const AccountId& id : people) {
    EXPECT_EQ(failure_of(alice->ask(wc::Lookup{wc::Lookup::AccountId{id.to_bytes()}})),
              ErrorCode::account_deleted);
    world.pass(seconds(1));
  }
}

TEST_F(Door, an_enlistment_on_its_way_makes_nobody_of_a_service_that_is_removed) {
  Phone eve = partner.make_phone("eve");
  ws::Enlist request;
  request.provider_id = "nordlys";
  request.token = SecretBuffer(as_bytes(partner.token(partner.claims(eve))));
  request.device =
      ws::NewDevice{eve.registration.value, to_bytes(eve.identity->public_key.serialize()), {}};
  request.device_auth_key = to_bytes(eve.auth.public_key);
  std::optional<Result<ws::Enlisted>> answer;
  world.engine->enlist(std::move(request), AddressBucket{5}, world.now,
                       [&](Result<ws::Enlisted> result) { answer = std::move(result); });
  ASSERT_TRUE(world.tokens.run_one());
  world.store->hold_commits(true);  // the token's, and then the removal's
  world.engine->remove_provider("nordlys", world.now, [](const Status&) {});
  world.run_now();
  EXPECT_FALSE(answer);
  world.store->hold_commits(false);
  for (int i = 0; i < 5; ++i) world.run();
  ASSERT_TRUE(answer);
  EXPECT_FALSE(*answer);
  EXPECT_TRUE(partner.put(partner.record()));
  opt_in(*alice);
  EXPECT_EQ(find(*alice, "eve@nordlys"), ErrorCode::unknown_account);
}

TEST_F(Door, a_removal_that_is_not_written_did_not_happen) {
  Status removed;
  world.store->fail_commits(true);
  world.engine->remove_provider("nordlys", world.now, [&](Status s) { removed = std::move(s); });
  world.run();
  EXPECT_FALSE(removed);
  world.store->fail_commits(false);
  world.pass(world.config.storage_retry);
  EXPECT_TRUE(bob.client->connected());
  opt_in(*alice);
  EXPECT_EQ(send(*bob.client, *alice), ErrorCode::unspecified);
}

TEST_F(Door, first_contacts_are_limited_for_a_person_and_for_the_service) {
  ProviderRecord few = partner.record();
  few.new_people_a_day = 12;
  EXPECT_TRUE(partner.put(few));
  std::vector<std::unique_ptr<Client>> people;
  for (int i = 0; i < 14; ++i) {
    people.push_back(world.sign_up("person" + std::to_string(i)));
    opt_in(*people.back());
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send(*bob.client, *people[i]), ErrorCode::unspecified);
  EXPECT_EQ(send(*bob.client, *people[10]), ErrorCode::first_contact_limit) << "of bob";
  Phone eve = partner.join("eve");
  EXPECT_EQ(send(*eve.client, *people[10]), ErrorCode::unspecified);
  EXPECT_EQ(send(*eve.client, *people[11]), ErrorCode::unspecified);
  const auto over = eve.client->ask(world.make_send(*eve.client, {people[12].get()}, "x"));
  EXPECT_EQ(failure_of(over), ErrorCode::first_contact_limit) << "of the service";
  EXPECT_GT(body_of<wc::Failure>(over)->retry_after_ms, 0);
  EXPECT_EQ(send(*bob.client, *people[0]), ErrorCode::unspecified) << "not a new one";
  const auto status = world.engine->providers();
  ASSERT_EQ(status.size(), 1u);
  EXPECT_EQ(status[0].first_contacts_today, 12u);
  EXPECT_EQ(status[0].connections, 2u);
  EXPECT_EQ(status[0].counts.refused, 2u);
  // Counted durably.
  world.crash();
  eve.client->connect();
  EXPECT_EQ(send(*eve.client, *people[13]), ErrorCode::first_contact_limit);
}

TEST_F(Door, pushes_say_that_something_waits_and_nothing_else) {
  opt_in(*alice);
  send(*alice, *bob.client);
  EXPECT_TRUE(world.pushes.told.empty()) << "bob is connected";
  send(*bob.client, *alice);
  bob.client->disconnect();
  send(*alice, *bob.client);
  const std::vector<std::string> once{"nordlys https://nordlys.example/push bob"};
  EXPECT_EQ(world.pushes.told, once);
  send(*alice, *bob.client);
  world.pass(seconds(29));
  EXPECT_EQ(world.pushes.told.size(), 1u) << "one in 30 seconds";
  world.pass(seconds(2));
  EXPECT_EQ(world.pushes.told.size(), 2u) << "and one for what came since";
  world.pass(seconds(31));
  EXPECT_EQ(world.pushes.told.size(), 2u);
  send(*alice, *bob.client);
  EXPECT_EQ(world.pushes.told.size(), 3u);
  send(*alice, *bob.client);
  bob.client->connect();
  receive(*bob.client);
  world.pass(seconds(31));
  EXPECT_EQ(world.pushes.told.size(), 3u) << "he has it by now";
  world.pass(seconds(31));
  EXPECT_EQ(world.engine->next_wakeup() > world.now, true);
}

TEST_F(Door, pushes_say_what_a_dying_connection_did_not_acknowledge) {
  opt_in(*alice);
  send(*alice, *bob.client);
  EXPECT_EQ(bob.client->take<wc::Deliver>().size(), 1u);
  EXPECT_TRUE(world.pushes.told.empty());
  bob.client->disconnect();
  world.run();
  EXPECT_EQ(world.pushes.told.size(), 1u);
  bob.client->connect();
  receive(*bob.client);
  world.pass(seconds(31));
  bob.client->disconnect();
  world.run();
  EXPECT_EQ(world.pushes.told.size(), 1u) << "he has it by now";
}

TEST_F(Door, nobody_is_pushed_for_what_is_dropped) {
  opt_in(*alice);
  bob.client->ask(wc::SetRelation{alice->address().account.to_bytes(), wc::Relation::blocked});
  bob.client->disconnect();
  EXPECT_EQ(send(*alice, *bob.client), ErrorCode::unspecified);
  EXPECT_TRUE(world.pushes.told.empty());
}

TEST_F(Door, the_public_offer_names_services_terms_and_grounds) {
  const auto offer = world.engine->offer();
  ASSERT_EQ(offer.providers.size(), 1u);
  EXPECT_EQ(offer.providers[0].display_name, "Nordlys");
  EXPECT_EQ(offer.first_contact->sends_before_acceptance, limits::kRequestSends);
  EXPECT_EQ(offer.first_contact->new_people_a_day_per_sender, 10u);
  EXPECT_EQ(offer.first_contact->new_people_a_day_per_provider, 1'000u);
  EXPECT_EQ(offer.providers[0].new_people_a_day, 1'000u);
  ProviderRecord more = partner.record();
  more.new_people_a_day = 5'000;
  EXPECT_TRUE(partner.put(more));
  EXPECT_EQ(world.engine->offer().providers[0].new_people_a_day, 5'000u) << "as it is enforced";
  EXPECT_EQ(offer.countries.size(), 30u);
  EXPECT_EQ(offer.suspension_grounds.size(), 8u);
  EXPECT_TRUE(wire::decode<ws::Offer>(wire::encode(offer)));
}

}  // namespace
}  // namespace parley::hub::testing
