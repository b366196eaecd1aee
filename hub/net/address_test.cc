#include "hub/net/address.h"

#include <gtest/gtest.h>

#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

IpAddress ip(const char* text) { return boost::asio::ip::make_address(text); }

TEST(Address, CountsIpv4ByAddressAndIpv6ByNetwork) {
  crypto::SeededRandom random(1);
  const AddressHasher hasher(random);
  EXPECT_EQ(hasher.bucket(ip("192.0.2.1")), hasher.bucket(ip("192.0.2.1")));
  EXPECT_NE(hasher.bucket(ip("192.0.2.1")), hasher.bucket(ip("192.0.2.2")));
  EXPECT_EQ(hasher.bucket(ip("192.0.2.1")), hasher.bucket(ip("::ffff:192.0.2.1")));
  EXPECT_EQ(hasher.bucket(ip("2001:db8::1")), hasher.bucket(ip("2001:db8::ffff:1")));
  EXPECT_NE(hasher.bucket(ip("2001:db8::1")), hasher.bucket(ip("2001:db8:0:1::1")));
}

TEST(Address, BucketsSayNothingWithoutTheProcesssKey) {
  crypto::SeededRandom random(1);
  const AddressHasher one(random), other(random);
  EXPECT_NE(one.bucket(ip("192.0.2.1")), other.bucket(ip("192.0.2.1")));
}

TEST(Address, BelievesOnlyTrustedProxies) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "2001:db8::/32", "127.0.0.1"});
  ASSERT_TRUE(proxies);
  const auto client = [&](const char* peer, const char* header) {
    return proxies->client(ip(peer), header).to_string();
  };
  EXPECT_EQ(client("203.0.113.9", "198.51.100.1"), "203.0.113.9");
  EXPECT_EQ(client("10.1.2.3", "198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(client("::ffff:10.1.2.3", "198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(client("10.1.2.3", ""), "10.1.2.3");
  EXPECT_EQ(client("10.1.2.3", "6.6.6.6, 198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(client("10.1.2.3", "6.6.6.6, 198.51.100.1 , 10.9.9.9"), "198.51.100.1");
  EXPECT_EQ(client("127.0.0.1", "10.0.0.1, 10.0.0.2"), "10.0.0.1");
  EXPECT_EQ(client("10.1.2.3", "nonsense"), "10.1.2.3");
  EXPECT_EQ(client("10.1.2.3", "198.51.100.1, nonsense, 10.0.0.7"), "10.0.0.7");
  EXPECT_EQ(client("10.1.2.3", ",,,"), "10.1.2.3");
  EXPECT_EQ(client("2001:db8::5", "[2001:db9::1]"), "2001:db9::1");
  EXPECT_EQ(client("11.0.0.0", "198.51.100.1"), "11.0.0.0");
}

TEST(Address, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "10.0.0.0/", "10.0.0.0/33", "::/129", "a", "10.0.0.0/-1", "/8"}) {
    EXPECT_FALSE(TrustedProxies::parse({text})) << text;
  }
  EXPECT_TRUE(TrustedProxies::parse({"0.0.0.0/0", "::/0", "10.0.0.1/32"}));
}

TEST(Address, ReadsWhereToListen) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:8420")->port(), 8420);
  EXPECT_EQ(parse_endpoint("localhost:0")->address().to_string(), "127.0.0.1");
  EXPECT_EQ(parse_endpoint("[::1]:1")->address().to_string(), "::1");
  for (const char* text : {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:8x", "host:80", "::1:80", "[::1:80", "127.0.0.1:-1"}) {
    const auto read = parse_endpoint(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::bad_config) << text;
  }
}

}  // namespace
}  // namespace parley::hub
