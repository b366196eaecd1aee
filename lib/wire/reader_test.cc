#include "lib/wire/reader.h"

#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/wire/writer.h"

namespace parley::wire {
namespace {

// Empty: everything was read; else the problem.
std::string problem_of(std::string_view hex) {
  const Bytes bytes = *hex_decode(hex);
  Reader in(bytes);
  return in.skip_all() ? "" : in.problem();
}

Field first_field(const Bytes& bytes) {
  Reader in(bytes);
  Field field;
  EXPECT_TRUE(in.next(field)) << in.problem();
  return field;
}

TEST(Reader, ReadsEachWireType) {
  EXPECT_EQ(first_field({0x08, 0x96, 0x01}).scalar, 150u);
  EXPECT_EQ(first_field({0x0d, 1, 2, 3, 4}).scalar, 0x04030201u);
  EXPECT_EQ(first_field({0x09, 1, 0, 0, 0, 0, 0, 0, 0x80}).scalar, 0x8000000000000001u);
  EXPECT_TRUE(equal(first_field({0x0a, 2, 7, 8}).bytes, Bytes{7, 8}));
}

TEST(Reader, AcceptsNumbersLongerThanNeeded) {
  EXPECT_EQ(first_field(*hex_decode("088100")).scalar, 1u);
  EXPECT_EQ(first_field(*hex_decode("0881808080808080808000")).scalar, 1u);
  EXPECT_EQ(first_field(*hex_decode("8880808000"
                                    "01"))
                .number,
            1u);
}

TEST(Reader, RefusesNumbersOfMoreThan64Bits) {
  EXPECT_EQ(problem_of("08ffffffffffffffffff01"), "");
  EXPECT_EQ(problem_of("08ffffffffffffffffff02"), "number longer than 64 bits");
  EXPECT_EQ(problem_of("088080808080808080808000"), "number longer than 64 bits");
}

TEST(Reader, RefusesFieldNumbersOutOfRange) {
  EXPECT_EQ(problem_of("0001"), "field number out of range");
  EXPECT_EQ(problem_of("f8ffffff0f01"), "");                           // 2^29 - 1
  EXPECT_EQ(problem_of("808080801001"), "field number out of range");  // 2^29
}

TEST(Reader, RefusesGroupsAndUnknownWireTypes) {
  for (const char* hex : {"0b", "0c", "0e01", "0f01"}) {
    EXPECT_EQ(problem_of(hex), "group or unknown wire type") << hex;
  }
}

TEST(Reader, RefusesTruncation) {
  for (const char* hex : {"08", "0880", "0d010203", "0901020304050607", "80"}) {
    EXPECT_EQ(problem_of(hex), "truncated number") << hex;
  }
  for (const char* hex : {"0a01", "0a0500", "0affffffffffffffffff01"}) {
    EXPECT_EQ(problem_of(hex), "length beyond the end") << hex;
  }
}

TEST(Reader, DoesNotLookIntoUnknownFields) {
  // A hundred thousand nested length prefixes cost nothing: only the first is read.
  Bytes deep;
  for (int i = 0; i < 100000; ++i) deep.push_back(0x0a);
  Bytes bytes = {0x0a, 0xa0, 0x8d, 0x06};
  append(bytes, deep);
  Reader in(bytes);
  EXPECT_TRUE(in.skip_all());
}

TEST(Reader, StaysFailed) {
  const Bytes bytes = *hex_decode("0b0801");
  Reader in(bytes);
  Field field;
  EXPECT_FALSE(in.next(field));
  EXPECT_FALSE(in.next(field));
  EXPECT_FALSE(in.skip_all());
}

TEST(Writer, WritesWhatTheReaderReads) {
  for (int bits = 0; bits <= 64; ++bits) {
    for (const std::uint64_t value :
         {bits == 64 ? ~0ull : (1ull << bits) - 1, bits == 64 ? ~0ull : 1ull << bits}) {
      Bytes bytes(varint_size(value));
      Writer out(bytes);
      out.put_varint(value);
      EXPECT_EQ(out.room(), 0u);
      Reader in(bytes);
      std::uint64_t back = 0;
      EXPECT_TRUE(in.read_varint(back) && in.at_end());
      EXPECT_EQ(back, value);
    }
  }
}

}  // namespace
}  // namespace parley::wire
