#include "lib/base/encoding.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

// RFC 4648 section 10, test vectors; base32 in lower case and without padding.
TEST(Encoding, ReproducesTheVectorsOfRfc4648) {
  struct Vector {
    std::string plain, base64, base32, hex;
  };
  const std::vector<Vector> vectors = {
      {"", "", "", ""},
      {"f", "Zg==", "my", "66"},
      {"fo", "Zm8=", "mzxq", "666f"},
      {"foo", "Zm9v", "mzxw6", "666f6f"},
      {"foob", "Zm9vYg==", "mzxw6yq", "666f6f62"},
      {"fooba", "Zm9vYmE=", "mzxw6ytb", "666f6f6261"},
      {"foobar", "Zm9vYmFy", "mzxw6ytboi", "666f6f626172"},
  };
  for (const auto& v : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(v.plain)), v.base64);
    EXPECT_EQ(base32_encode(as_bytes(v.plain)), v.base32);
    EXPECT_EQ(hex_encode(as_bytes(v.plain)), v.hex);
    EXPECT_EQ(text_of(base64_decode(v.base64).value()), v.plain);
    EXPECT_EQ(text_of(base32_decode(v.base32).value()), v.plain);
    EXPECT_EQ(text_of(hex_decode(v.hex).value()), v.plain);
  }
}

TEST(Encoding, TheUrlAlphabetHasNoPlusSlashOrPadding) {
  const Bytes bytes = {0xfb, 0xff, 0xfe, 0x01};
  EXPECT_EQ(base64_encode(bytes), "+//+AQ==");
  EXPECT_EQ(base64url_encode(bytes), "-__-AQ");
  EXPECT_EQ(base64url_decode("-__-AQ").value(), bytes);
}

TEST(Encoding, RefusesWhatTheEncodersNeverProduce) {
  for (const char* text : {"Zg=", "Zg", "Z===", "Zh==", "Z g=", "Zg==Zg=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
  for (const char* text : {"m", "mz1", "MY", "mz", "my======"}) {
    EXPECT_FALSE(base32_decode(text)) << text;
  }
  for (const char* text : {"6", "6G", "FF"}) EXPECT_FALSE(hex_decode(text)) << text;
}

TEST(Encoding, Utf8ValidityFollowsRfc3629) {
  for (const char* good :
       {"", "abc", "\xc2\x80", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_valid_utf8(as_bytes(good))) << hex_encode(as_bytes(good));
  }
  for (const char* bad : {"\x80", "\xc0\xaf", "\xc2", "\xe0\x80\x80", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(as_bytes(bad))) << hex_encode(as_bytes(bad));
  }
}

}  // namespace
}  // namespace parley
