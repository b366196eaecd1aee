#include "hub/engine/engine.h"

#include <gtest/gtest.h>

#include "hub/engine/world_for_tests.h"

namespace parley::hub::testing {
namespace {

std::string text_of(const wc::Deliver& deliver) { return std::string(as_text(deliver.ciphertext)); }

TEST(Engine, delivers_a_message_and_accepts_it_when_it_is_acknowledged) {
  World world;
  auto alice = world.sign_up("alice");
  auto bob = world.sign_up("bobby");
  const auto request = alice->post(world.make_send(*alice, {bob.get()}, "hello"));
  world.run_now();
  const auto delivered = bob->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_EQ(text_of(delivered[0]), "hello");
  EXPECT_EQ(delivered[0].sender_account_id, alice->address().account.to_bytes());
  EXPECT_FALSE(alice->take_answer(request)) << "neither durable nor acknowledged";

  bob->acknowledge({delivered[0].accepted_at_us});
  const auto answer = alice->take_answer(request);
  ASSERT_TRUE(answer);
  ASSERT_NE(body_of<wc::Accepted>(*answer), nullptr);
  EXPECT_EQ(body_of<wc::Accepted>(*answer)->accepted_at_us, delivered[0].accepted_at_us);
  world.run();
  EXPECT_EQ(world.engine->statistics().messages_never_written, 1u);
  EXPECT_EQ(world.engine->statistics().messages_written, 0u);
}

TEST(Engine, accepts_a_message_to_somebody_who_is_away_when_it_is_durable) {
  World world;
  auto alice = world.sign_up("alice");
  auto bob = world.sign_up("bobby");
  bob->disconnect();
  const auto request = alice->post(world.make_send(*alice, {bob.get()}, "later"));
  world.run_now();
  EXPECT_FALSE(alice->take_answer(request));
  world.pass(world.config.commit_delay);
  ASSERT_TRUE(alice->take_answer(request));
  world.crash();
  bob->connect();
  const auto delivered = bob->take<wc::Deliver>();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_EQ(text_of(delivered[0]), "later");
  EXPECT_TRUE(bob->take<wc::CaughtUp>().empty());
  bob->acknowledge({delivered[0].accepted_at_us});
  EXPECT_EQ(bob->take<wc::CaughtUp>().size(), 1u);
  bob->disconnect();
  bob->connect();
  EXPECT_TRUE(bob->take<wc::Deliver>().empty())
      << "acknowledged, though the removal is not durable";
  EXPECT_EQ(bob->take<wc::CaughtUp>().size(), 1u);
}

}  // namespace
}  // namespace parley::hub::testing
