#include "hub/net/address_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hub/net/url.h"

namespace parley::hub {
namespace {

using boost::asio::ip::make_address;
using ::testing::HasSubstr;

TEST(AddressRules, LetOnlyPublicAddressesPass) {
  for (const char* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "2600::1", "2a00:1450::1",
        "2001:4860:4860::8888", "2001:200::1", "::ffff:1.1.1.1"}) {
    EXPECT_TRUE(is_public(make_address(text))) << text;
  }
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fec0::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::808:808",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:0:4136:e378::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "2002:a00:1::1",
                           "3fff::1",
                           "5f00::1",
                           "4000::1"}) {
    EXPECT_FALSE(is_public(make_address(text))) << text;
  }
}

TEST(AddressRules, LetPrivateOnesPassWhereTheOperatorSaysSo) {
  for (const char* text : {"127.0.0.1", "10.1.2.3", "::1", "fd00::1", "fe80::1", "8.8.8.8"}) {
    EXPECT_TRUE(is_connectable(make_address(text), true)) << text;
  }
  for (const char* text : {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255",
                           "::ffff:0.0.0.0", "::ffff:224.0.0.1"}) {
    EXPECT_FALSE(is_connectable(make_address(text), true)) << text;
  }
  EXPECT_FALSE(is_connectable(make_address("127.0.0.1"), false));
}

TEST(Url, ReadsThePlainKind) {
  const auto url = parse_url("https://Chat.Example:8443/keys/v1.json?x=1%20");
  ASSERT_TRUE(url) << url.error().detail;
  EXPECT_TRUE(url->https);
  EXPECT_EQ(url->host, "chat.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/keys/v1.json?x=1%20");
  EXPECT_EQ(url->authority(), "chat.example:8443");
  EXPECT_EQ(parse_url("https://a.example")->target, "/");
  EXPECT_EQ(parse_url("https://a.example?q")->target, "/?q");
  EXPECT_EQ(parse_url("https://a.example")->authority(), "a.example");
  EXPECT_EQ(parse_url("http://127.0.0.1:80/")->authority(), "127.0.0.1");
  const auto six = parse_url("https://[2a00::1]:444/");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "2a00::1");
  EXPECT_EQ(six->authority(), "[2a00::1]:444");
}

TEST(Url, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* text : {"",
                           "https://",
                           "https:///",
                           "ftp://a.example/",
                           "HTTPS://a.example/",
                           "//a.example/",
                           "https:/a.example",
                           "https://user@a.example/",
                           "https://a.example@b.example/",
                           "https://a.example:0/",
                           "https://a.example:65536/",
                           "https://a.example:/",
                           "https://a.example:80:80/",
                           "https://a.example/#x",
                           "https://a.example#@b/",
                           "https://a.example/a b",
                           "https://a.example/\r\nHost: b",
                           "https://a.example\\@b/",
                           "https://a.example/\\",
                           "https://a..example/",
                           "https://.example/",
                           "https://a.example./",
                           "https://-a.example/",
                           "https://a-.example/",
                           "https://a_b.example/",
                           "https://ä.example/",
                           "https://a%2eexample/",
                           "https://2130706433/",
                           "https://0x7f000001/",
                           "https://0x7f.1/",
                           "https://127.1/",
                           "https://0177.0.0.1/",
                           "https://127.0.0.01/",
                           "https://1.2.3.4.5/",
                           "https://1.2.3.256/",
                           "https://[::1/",
                           "https://[::1]x/",
                           "https://[fe80::1%25eth0]/",
                           "https://[fe80::1%eth0]/",
                           "https://[127.0.0.1]/",
                           "https://::1/"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
  EXPECT_THAT(parse_url("https://a.example/" + std::string(2048, 'x')).error().detail,
              HasSubstr("2048"));
}

}  // namespace
}  // namespace parley::hub
