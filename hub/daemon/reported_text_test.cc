#include "hub/daemon/reported_text.h"

#include <gtest/gtest.h>

#include "lib/content/make.h"

namespace parley::hub {
namespace {

const content::Origin kOrigin = {"mimi://hub.example/u/alice", "mimi://hub.example/r/room",
                                 content::Salt{1}};
const MessageId kFirst{.bytes = {1, 1}};
const MessageId kSecond{.bytes = {1, 2}};

std::string read(const content::Message& message) {
  return reported_text(content::encode(message).value());
}

TEST(ReportedText, IsWhatWasWritten) {
  EXPECT_EQ(read(content::make_text(kOrigin, "buy this")), "buy this");
  EXPECT_EQ(read(content::make_reply(kOrigin, kFirst, "yes")), "[an answer]\nyes");
}

// An operator who judges a text must know that it was put in another one's place.
TEST(ReportedText, SaysWhatAMessageDoes) {
  EXPECT_EQ(read(content::make_edit(kOrigin, kFirst, "sell this")),
            "[takes the place of an earlier text]\nsell this");
  EXPECT_EQ(read(content::make_deletion(kOrigin, kFirst)), "[deletes an earlier message]");
  EXPECT_EQ(read(content::make_reaction(kOrigin, kFirst, "👍")), "[a reaction]\n👍");
  EXPECT_EQ(read(content::make_reaction_removal(kOrigin, kSecond, kFirst)),
            "[takes a reaction back]");
}

TEST(ReportedText, NeverSteersATerminal) {
  EXPECT_EQ(read(content::make_text(kOrigin, "\x1b[2Jgone")).find('\x1b'), std::string::npos);
}

TEST(ReportedText, OfWhatIsNoContentSaysSo) {
  EXPECT_EQ(reported_text(Bytes{1, 2, 3}), "(content that cannot be read: AQID)");
}

}  // namespace
}  // namespace parley::hub
