#include "hub/net/peers.h"

#include <gtest/gtest.h>

#include <vector>

namespace parley::hub {
namespace {

constexpr AddressBucket kHome{1}, kWork{2};

TEST(Peers, AdmitsUpToTheLimits) {
  const auto table = std::make_shared<PeerTable>(3, 2);
  Seat first = table->admit(kHome);
  {
    const Seat second = table->admit(kHome);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(table->admit(kHome));
    const Seat elsewhere = table->admit(kWork);
    EXPECT_TRUE(elsewhere);
    EXPECT_FALSE(table->admit(AddressBucket{3}));
    EXPECT_EQ(table->size(), 3u);
  }
  EXPECT_EQ(table->size(), 1u);
  EXPECT_TRUE(table->admit(kHome));
}

TEST(Peers, CountsASeatWhereItsClientIs) {
  const auto table = std::make_shared<PeerTable>(10, 1);
  Seat proxy = table->admit(std::nullopt);
  Seat proxy_too = table->admit(std::nullopt);
  EXPECT_TRUE(table->move(proxy, kHome));
  EXPECT_TRUE(table->move(proxy, kHome));
  EXPECT_FALSE(table->move(proxy_too, kHome));
  EXPECT_TRUE(table->move(proxy, kWork));
  EXPECT_TRUE(table->move(proxy_too, kHome));
  EXPECT_EQ(proxy_too.origin(), kHome);
}

struct CountingPeer final : Peer {
  using Peer::Peer;
  void check(Time) override { ++checks; }
  void abort() override { ++aborts; }
  int checks = 0, aborts = 0;
};

TEST(Peers, ReachesAllThatLive) {
  const auto table = std::make_shared<PeerTable>(10, 10);
  CountingPeer stays(table);
  {
    CountingPeer goes(table);
    table->check_all({});
    EXPECT_EQ(goes.checks, 1);
  }
  table->check_all({});
  table->abort_all();
  EXPECT_EQ(stays.checks, 2);
  EXPECT_EQ(stays.aborts, 1);
}

}  // namespace
}  // namespace parley::hub
