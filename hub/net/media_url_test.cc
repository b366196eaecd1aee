// Which addresses the media proxy follows, and which parts of a file are served.
#include <gtest/gtest.h>

#include "hub/net/media_url.h"

namespace parley::hub {
namespace {

const Url kBase = *parse_url("https://media.nordlys.example/parley/");

TEST(MediaUrl, LeadsBelowTheBaseOnly) {
  for (const char* good : {"https://media.nordlys.example/parley/abc",
                           "https://media.nordlys.example:443/parley/a/b?x=..%2f",
                           "https://MEDIA.nordlys.example/parley/a%20b",
                           "https://media.nordlys.example/parley/a;v=1/%c3%a9..",
                           "https://media.nordlys.example/%70arley/a"}) {
    EXPECT_TRUE(url_below(good, kBase)) << good;
  }
  for (const char* bad : {"http://media.nordlys.example/parley/abc",
                          "https://media.nordlys.example/abc",
                          "https://media.nordlys.example/parley",
                          "https://media.nordlys.example/parleyx/a",
                          "https://media.nordlys.example:8443/parley/a",
                          "https://nordlys.example/parley/a",
                          "https://media.nordlys.example.evil.example/parley/a",
                          "https://media.nordlys.example@evil.example/parley/a",
                          "https://user@media.nordlys.example/parley/a",
                          "https://media.nordlys.example/parley/#x",
                          "https://media.nordlys.example/parley/../secret",
                          "https://media.nordlys.example/parley/%2e%2e/secret",
                          "https://media.nordlys.example/parley/%2E./secret",
                          "https://media.nordlys.example/parley/..%2fsecret",
                          "https://media.nordlys.example/parley/a%5c..%5csecret",
                          "https://media.nordlys.example/parley/a\\..\\secret",
                          "https://media.nordlys.example/parley/a%00b",
                          "https://media.nordlys.example/parley/%zz",
                          "https://media.nordlys.example/parley/%252e%252e/secret",
                          "https://media.nordlys.example/parley/..;x/secret",
                          "https://media.nordlys.example/parley/.%2e%3bx/secret",
                          "https://media.nordlys.example/parley/%c0%ae%c0%ae/secret",
                          "https://media.nordlys.example/parley/%ff",
                          "https://media.nordlys.example/parley/./a",
                          "//media.nordlys.example/parley/a",
                          "file:///parley/a",
                          "",
                          "https://127.0.0.1/parley/a",
                          "https://2130706433/parley/a",
                          "https://media.nordlys.example/parley/a b",
                          "https://media.nordlys.example/parley/a\r\nX: y"}) {
    const auto url = url_below(bad, kBase);
    ASSERT_FALSE(url) << bad;
    EXPECT_EQ(url.error().code, ErrorCode::not_allowed) << bad;
  }
}

TEST(MediaUrl, HasALongestLength) {
  std::string text = "https://media.nordlys.example/parley/";
  text.append(2'048 - text.size(), 'a');
  EXPECT_TRUE(url_below(text, kBase));
  EXPECT_FALSE(url_below(text + "a", kBase));
}

TEST(MediaUrl, ABaseWithoutASlashIsAFolder) {
  const Url base = *parse_url("https://n.example/media");
  EXPECT_TRUE(url_below("https://n.example/media/x", base));
  EXPECT_FALSE(url_below("https://n.example/mediation/x", base));
}

TEST(MediaUrl, ARedirectIsReadAgainstWhereItCameFrom) {
  const Url from = *parse_url("https://n.example:8443/media/x");
  EXPECT_EQ(redirect_target(from, "/media/y"), "https://n.example:8443/media/y");
  EXPECT_EQ(redirect_target(from, "https://evil.example/"), "https://evil.example/");
  EXPECT_EQ(redirect_target(from, "//evil.example/x"), "//evil.example/x");
  EXPECT_EQ(redirect_target(from, "y"), "y");
}

TEST(MediaUrl, FindsAQuerysValue) {
  EXPECT_EQ(query_value("a=1&url=https%3A%2F%2Fx%2Fy&b=2", "url"), "https://x/y");
  EXPECT_EQ(query_value("curl=1&url=2", "url"), "2");
  EXPECT_FALSE(query_value("url=%g0", "url"));
  EXPECT_FALSE(query_value("", "url"));
  EXPECT_FALSE(query_value("url", "url"));
}

TEST(MediaUrl, ReadsOneRange) {
  const auto text = [](std::string_view range, std::uint64_t size) {
    const auto found = parse_range(range, size);
    return found ? std::to_string(found->first) + "-" + std::to_string(found->last) : "none";
  };
  EXPECT_EQ(text("bytes=0-9", 100), "0-9");
  EXPECT_EQ(text("bytes=90-", 100), "90-99");
  EXPECT_EQ(text("bytes=-10", 100), "90-99");
  EXPECT_EQ(text("bytes=-1000", 100), "0-99");
  EXPECT_EQ(text("bytes=0-1000", 100), "0-99");
  for (const char* bad :
       {"bytes=100-", "bytes=5-4", "bytes=-0", "bytes=", "bytes=-", "bytes=0-1,5-6", "items=0-1",
        "bytes=0x1-2", "bytes=18446744073709551616-"}) {
    EXPECT_EQ(text(bad, 100), "none") << bad;
  }
  EXPECT_EQ(text("bytes=0-0", 0), "none");
}

}  // namespace
}  // namespace parley::hub
