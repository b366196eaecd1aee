#include "lib/content/cbor.h"

#include <gtest/gtest.h>

#include <string>

#include "lib/base/encoding.h"

namespace parley::content::cbor {
namespace {

// Empty: the value is accepted and used up; else the problem.
std::string problem_of(std::string_view hex) {
  const Bytes bytes = *hex_decode(hex);
  Reader in(bytes);
  ByteView value;
  if (!in.raw_value(value)) return std::string(in.problem());
  return in.at_end() ? "" : "not used up";
}

// RFC 8949 appendix A, those in deterministic form.
TEST(Cbor, AcceptsTheShortestForms) {
  for (const char* hex : {"00",
                          "17",
                          "1818",
                          "18ff",
                          "190100",
                          "19ffff",
                          "1a00010000",
                          "1affffffff",
                          "1b0000000100000000",
                          "1bffffffffffffffff",
                          "20",
                          "37",
                          "3818",
                          "390100",
                          "3bffffffffffffffff",
                          "40",
                          "4401020304",
                          "60",
                          "62c3bc",
                          "80",
                          "83010203",
                          "a0",
                          "a201020304",
                          "f4",
                          "f5",
                          "f6",
                          "f7",
                          "c11a514b67b0",
                          "d818456449455446"}) {
    EXPECT_EQ(problem_of(hex), "") << hex;
  }
}

TEST(Cbor, AcceptsTheShortestFloats) {
  for (const char* hex : {"f90000", "f98000", "f93c00", "f93e00", "f97bff", "f90001", "f90400",
                          "f97c00", "f9fc00", "f97e00", "fa47c35000", "fa7f7fffff",
                          "fb3ff199999999999a", "fb7e37e43c8800759c", "fa33800001"}) {
    EXPECT_EQ(problem_of(hex), "") << hex;
  }
}

TEST(Cbor, RefusesLongerFormsThanNeeded) {
  for (const char* hex : {"1817",
                          "1900ff",
                          "1a0000ffff",
                          "1b00000000ffffffff",
                          "3817",
                          "3900ff",
                          "5800",
                          "590001aa",
                          "7800",
                          "79000161",
                          "9800",
                          "b800",
                          "d801f6",
                          "fa00000000",
                          "fa3f800000",
                          "fb3ff0000000000000",
                          "fb47efffffe0000000",
                          "fa7f800000",
                          "fa7fc00000",
                          "fb7ff8000000000000",
                          "f97e01",
                          "f9fe00",
                          "fa33800000"}) {
    EXPECT_EQ(problem_of(hex), "not the shortest form") << hex;
  }
}

TEST(Cbor, RefusesIndefiniteLengths) {
  for (const char* hex : {"5f4100ff", "7f6161ff", "9f01ff", "bf0102ff", "ff"}) {
    EXPECT_EQ(problem_of(hex), "indefinite length") << hex;
  }
}

TEST(Cbor, RefusesWhatIsNotCbor) {
  for (const char* hex : {"1c", "3d", "5e", "fc", "f800", "f820"}) {
    EXPECT_EQ(problem_of(hex), "not CBOR") << hex;
  }
}

TEST(Cbor, RefusesTruncation) {
  for (const char* hex : {"", "18", "19ff", "4401", "62c3", "8201", "a101", "fb3ff199",
                          "5bffffffffffffffff", "9bffffffffffffffff"}) {
    EXPECT_EQ(problem_of(hex), "truncated") << hex;
  }
}

TEST(Cbor, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(problem_of("61ff"), "text is not UTF-8");
  EXPECT_EQ(problem_of("63eda080"), "text is not UTF-8");  // a surrogate
  EXPECT_EQ(problem_of("62c080"), "text is not UTF-8");    // overlong
}

TEST(Cbor, RefusesMapKeysThatAreUnsortedOrDouble) {
  EXPECT_EQ(problem_of("a202000100"), "map keys out of order");
  EXPECT_EQ(problem_of("a201000100"), "map keys out of order");
  EXPECT_EQ(problem_of("a26161002000"), "map keys out of order");
  EXPECT_EQ(problem_of("a420008001616102f500"), "map keys out of order");
  // Bytewise order of the encoded keys: 1, 24, -1, "a", "aa", [].
  EXPECT_EQ(problem_of("a60100181800200061610062616100"
                       "8000"),
            "");
}

TEST(Cbor, BoundsNesting) {
  std::string inside = "00";
  for (int i = 0; i < kMaxNesting; ++i) inside = "81" + inside;
  EXPECT_EQ(problem_of(inside), "");
  EXPECT_EQ(problem_of("81" + inside), "nested too deeply");
  std::string tags = "00";
  for (int i = 0; i <= kMaxNesting; ++i) tags = "c1" + tags;
  EXPECT_EQ(problem_of(tags), "nested too deeply");
}

TEST(Cbor, StaysFailedAfterTheFirstProblem) {
  const Bytes bytes = *hex_decode("01f6");
  Reader in(bytes);
  std::string_view text;
  std::uint64_t number = 0;
  EXPECT_FALSE(in.text(text));
  EXPECT_FALSE(in.unsigned_number(number, 9));
  EXPECT_FALSE(in.null());
  EXPECT_EQ(in.problem(), "text expected");
}

TEST(Cbor, WritesWhatItReads) {
  Bytes bytes;
  Writer out(bytes);
  out.array(3);
  out.integer(-500);
  out.unsigned_number(24);
  out.map(1);
  out.text("ä");
  out.bytes(*hex_decode("0102"));
  EXPECT_EQ(hex_encode(bytes), "833901f31818a162c3a4420102");
  bytes.clear();
  out.integer(INT64_MIN);
  EXPECT_EQ(hex_encode(bytes), "3b7fffffffffffffff");
}

}  // namespace
}  // namespace parley::content::cbor
