// The proof that lib/signal speaks what others speak: every scenario runs between
// our library and each peer, with either side starting. Peers that are not
// installed are skipped, with a plain word.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "tests/interop/party.h"

#ifndef PARLEY_INTEROP_FOLDER
#error "set by CMake"
#endif

namespace parley::interop {
namespace {

struct PeerKind {
  std::string name;
  std::vector<std::string> argv;
  Protocol protocol;
  std::uint32_t max_jump = signal::kMaxForwardJumps;
  bool has_groups = true;
  bool has_safety_numbers = true;
};

PeerKind node_peer(std::string name, const std::string& release, Protocol protocol) {
  const std::string source = PARLEY_SOURCE_FOLDER;
  return {std::move(name),
          {source + "/.deps/node/bin/node", source + "/tests/interop/peer.mjs",
           source + "/.deps/npm/libsignal-" + release},
          protocol};
}
PeerKind c_peer(std::string name, bool has_safety_numbers) {
  // The C libraries refuse to skip more than 2,000 messages at once, and their groups
  // are of an older kind.
  std::string binary = std::string(PARLEY_INTEROP_FOLDER) + "/interop_peer_" + name;
  return {std::move(name), {std::move(binary)}, Protocol::x3dh, 2000, false, has_safety_numbers};
}

const std::vector<PeerKind>& peers() {
  static const std::vector<PeerKind> kinds = {
      node_peer("libsignal_0_72_x3dh", "0.72", Protocol::x3dh),
      node_peer("libsignal_0_72_pqxdh", "0.72", Protocol::pqxdh),
      node_peer("libsignal_0_90_pqxdh", "0.90", Protocol::pqxdh),
      c_peer("libsignal_protocol_c", true),
      c_peer("libomemo_c", false),
  };
  return kinds;
}

bool is_installed(const PeerKind& kind) {
  for (const std::string& path : kind.argv) {
    if (::access(path.c_str(), R_OK) != 0) return false;
  }
  return true;
}

// One process for all scenarios with a kind of peer; each takes new devices in it.
PeerProcess& process_of(const PeerKind& kind) {
  static std::map<std::string, std::unique_ptr<PeerProcess>> processes;
  auto& process = processes[kind.name];
  if (!process) process = std::make_unique<PeerProcess>(kind.argv);
  return *process;
}

// The longest conversation; ten thousand only where time allows.
int conversation_length() { return std::getenv("PARLEY_INTEROP_LONG") ? 10'000 : 1'500; }

struct Case {
  PeerKind kind;
  bool own_first;
};

class InteropTest : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const PeerKind& kind = GetParam().kind;
    if (!is_installed(kind)) GTEST_SKIP() << kind.name << " is not installed";
    own_ = make_own_party(random_.next_u64(), kind.protocol);
    peer_ = make_peer_party(process_of(kind), kind.protocol, kind.max_jump);
  }

  // The side that starts, and the other one.
  Party& first() { return GetParam().own_first ? *own_ : *peer_; }
  Party& second() { return GetParam().own_first ? *peer_ : *own_; }

  void establish() {
    ASSERT_TRUE(first().start(second().bundle()));
    ASSERT_NO_FATAL_FAILURE(deliver(first(), second(), "hello"));
    ASSERT_NO_FATAL_FAILURE(deliver(second(), first(), "hi"));
  }

  static void deliver(Party& from, Party& to, const std::string& text) {
    const auto message = from.send(text);
    ASSERT_TRUE(message) << message.error().detail;
    expect_reads(to, *message, text);
  }
  static void expect_reads(Party& to, const Message& message, const std::string& text) {
    const auto read = to.receive(message);
    ASSERT_TRUE(read) << text << ": " << read.error().detail;
    EXPECT_EQ(*read, text);
  }
  // libsignal's programs insist on a UUID of version 4.
  DistributionId distribution_id() {
    DistributionId id{random_.array<16>()};
    id.bytes[6] = 0x40 | (id.bytes[6] & 0x0f);
    id.bytes[8] = 0x80 | (id.bytes[8] & 0x3f);
    return id;
  }
  static ErrorCode code_of(const Result<std::string>& result) {
    return result ? ErrorCode::unspecified : result.error().code;
  }

  crypto::SeededRandom random_{20'260'101};
  std::unique_ptr<Party> own_;
  std::unique_ptr<Party> peer_;
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.kind.name << (one.own_first ? ", we start" : ", they start");
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const PeerKind& kind : peers()) {
    all.push_back({kind, true});
    all.push_back({kind, false});
  }
  return all;
}
std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  return info.param.kind.name + (info.param.own_first ? "_we_start" : "_they_start");
}

INSTANTIATE_TEST_SUITE_P(Peers, InteropTest, ::testing::ValuesIn(cases()), case_name);

TEST_P(InteropTest, FirstMessageAndReplies) {
  establish();
  for (int i = 0; i < 10; ++i) {
    deliver(first(), second(), "to the second, " + std::to_string(i));
    deliver(second(), first(), "to the first, " + std::to_string(i));
  }
}

TEST_P(InteropTest, WithoutAOneTimePrekey) {
  ASSERT_TRUE(first().start(second().bundle(false)));
  deliver(first(), second(), "hello");
  deliver(second(), first(), "hi");
}

TEST_P(InteropTest, EmptyAndLargeTexts) {
  establish();
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 65'536u}) {
    deliver(first(), second(), std::string(size, 'x'));
    deliver(second(), first(), std::string(size, 'y'));
  }
}

TEST_P(InteropTest, ManyMessagesBeforeTheFirstAnswerInAnyOrder) {
  ASSERT_TRUE(first().start(second().bundle()));
  std::vector<Message> messages;
  for (int i = 0; i < 5; ++i) messages.push_back(first().send(std::to_string(i)).value());
  for (const int i : {3, 0, 4, 1, 2}) {
    expect_reads(second(), messages[static_cast<std::size_t>(i)], std::to_string(i));
  }
  deliver(second(), first(), "all there");
}

TEST_P(InteropTest, OutOfOrderAcrossRatchetSteps) {
  establish();
  std::vector<Message> early;
  for (int i = 0; i < 8; ++i) early.push_back(first().send("early " + std::to_string(i)).value());
  expect_reads(second(), early[5], "early 5");
  deliver(second(), first(), "step");
  deliver(first(), second(), "new chain");
  for (const int i : {7, 0, 3, 6, 1, 4, 2}) {
    expect_reads(second(), early[static_cast<std::size_t>(i)], "early " + std::to_string(i));
  }
}

TEST_P(InteropTest, LostMessagesDoNotMatter) {
  establish();
  for (int i = 0; i < 30; ++i) {
    Party& from = i % 4 < 2 ? first() : second();
    Party& to = i % 4 < 2 ? second() : first();
    if (i % 3 == 0) {
      ASSERT_TRUE(from.send("lost"));
    } else {
      deliver(from, to, "kept " + std::to_string(i));
    }
  }
}

TEST_P(InteropTest, ARepeatedMessageIsReportedAsSuchAndHarmless) {
  ASSERT_TRUE(first().start(second().bundle()));
  const Message prekey = first().send("once").value();
  expect_reads(second(), prekey, "once");
  EXPECT_EQ(code_of(second().receive(prekey)), ErrorCode::duplicate_message);
  const Message answer = second().send("answer").value();
  expect_reads(first(), answer, "answer");
  EXPECT_EQ(code_of(first().receive(answer)), ErrorCode::duplicate_message);
  deliver(first(), second(), "on");
  deliver(second(), first(), "and on");
}

TEST_P(InteropTest, SkippedMessagesUpToTheLimitCanStillBeRead) {
  establish();
  // One more is skipped than anybody keeps: the oldest is gone, the next is not.
  const auto skipped = std::min<std::uint32_t>(2001, second().max_jump());
  std::vector<Message> messages;
  for (std::uint32_t i = 0; i <= skipped; ++i) {
    messages.push_back(first().send(std::to_string(i)).value());
  }
  expect_reads(second(), messages[skipped], std::to_string(skipped));
  if (skipped == 2001) {
    EXPECT_EQ(code_of(second().receive(messages[0])), ErrorCode::duplicate_message);
  }
  for (const std::uint32_t i : {1u, 2u, 1000u, skipped - 1}) {
    expect_reads(second(), messages[i], std::to_string(i));
  }
  deliver(second(), first(), "still there");
}

TEST_P(InteropTest, ATamperedMessageIsRefusedAndTheRealOneStillRead) {
  establish();
  Message message = first().send("intact").value();
  for (const std::size_t at :
       {std::size_t{10}, message.bytes.size() / 2, message.bytes.size() - 1}) {
    Message changed = message;
    changed.bytes[at] ^= 1;
    EXPECT_FALSE(second().receive(changed)) << "byte " << at;
  }
  expect_reads(second(), message, "intact");
}

TEST_P(InteropTest, BothStartAtTheSameTime) {
  const PreKeyBundle for_second = first().bundle();
  ASSERT_TRUE(first().start(second().bundle()));
  ASSERT_TRUE(second().start(for_second));
  const Message from_first = first().send("me").value();
  const Message from_second = second().send("no, me").value();
  expect_reads(first(), from_second, "no, me");
  expect_reads(second(), from_first, "me");
  for (int i = 0; i < 6; ++i) {
    deliver(i % 2 ? first() : second(), i % 2 ? second() : first(), std::to_string(i));
  }
  // Crossing once more, now with answered sessions.
  const Message again_first = first().send("x").value();
  const Message again_second = second().send("y").value();
  expect_reads(first(), again_second, "y");
  expect_reads(second(), again_first, "x");
  deliver(first(), second(), "agreed");
  deliver(second(), first(), "agreed too");
}

TEST_P(InteropTest, ALostSessionIsReplacedAndWhatWasUnderWayIsRead) {
  establish();
  const Message under_way = first().send("sent before the loss").value();
  first().forget();
  EXPECT_FALSE(first().receive(second().send("nobody can read this").value()));
  ASSERT_TRUE(first().start(second().bundle()));
  deliver(first(), second(), "new session");
  expect_reads(second(), under_way, "sent before the loss");
  deliver(first(), second(), "after the old one");
  deliver(second(), first(), "back");
  deliver(first(), second(), "and forth");
}

TEST_P(InteropTest, ALongConversationInRandomOrder) {
  establish();
  struct Travelling {
    Message message;
    std::string text;
    bool to_second;
    int sent_as;
  };
  // Each side sends in runs of sixteen and nothing is under way for longer than forty
  // messages, so no message meets more than three newer chains (five are kept).
  constexpr std::size_t kMostUnderWay = 30;
  constexpr int kLongestUnderWay = 40;
  std::vector<Travelling> network;
  const int length = conversation_length();
  int sent = 0;
  const auto send_one = [&] {
    const bool to_second = sent / 16 % 2 == 0;
    const std::string text = "message " + std::to_string(sent);
    network.push_back({(to_second ? first() : second()).send(text).value(), text, to_second, sent});
    ++sent;
  };
  const auto deliver_one = [&] {
    const bool overdue = network.front().sent_as + kLongestUnderWay <= sent;
    const auto at = static_cast<std::ptrdiff_t>(overdue ? 0 : random_.below(network.size()));
    const Travelling one = std::move(network[static_cast<std::size_t>(at)]);
    network.erase(network.begin() + at);
    // One in fifty gets lost, one in twenty arrives twice.
    if (random_.below(50) == 0) return;
    Party& to = one.to_second ? second() : first();
    expect_reads(to, one.message, one.text);
    if (random_.below(20) == 0) {
      EXPECT_EQ(code_of(to.receive(one.message)), ErrorCode::duplicate_message);
    }
  };
  while ((sent < length || !network.empty()) && !HasFatalFailure()) {
    const bool full = network.size() == kMostUnderWay || sent == length;
    const bool overdue = !network.empty() && network.front().sent_as + kLongestUnderWay <= sent;
    if (network.empty() || (!full && !overdue && random_.below(2) == 0)) {
      send_one();
    } else {
      deliver_one();
    }
  }
}

TEST_P(InteropTest, GroupsWithSenderKeys) {
  if (!GetParam().kind.has_groups) GTEST_SKIP() << "this peer's groups are of another kind";
  const DistributionId id = distribution_id();
  const Bytes distribution = first().distribute(id).value();
  ASSERT_TRUE(second().accept_distribution(id, distribution));
  std::vector<Bytes> messages;
  for (int i = 0; i < 10; ++i)
    messages.push_back(first().group_send(id, std::to_string(i)).value());
  for (const std::size_t i : {0u, 1u, 5u, 3u, 9u, 2u}) {
    const auto read = second().group_receive(id, messages[i]);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(*read, std::to_string(i));
  }
  EXPECT_EQ(code_of(second().group_receive(id, messages[5])), ErrorCode::duplicate_message);
  Bytes changed = messages[4];
  changed.back() ^= 1;
  EXPECT_FALSE(second().group_receive(id, changed));
  EXPECT_EQ(second().group_receive(id, messages[4]).value(), "4");

  // A member who joins later reads from there on; the others are not set back.
  ASSERT_TRUE(second().accept_distribution(id, first().distribute(id).value()));
  EXPECT_EQ(second().group_receive(id, messages[6]).value(), "6");
  EXPECT_EQ(second().group_receive(id, first().group_send(id, "later").value()).value(), "later");
}

TEST_P(InteropTest, GroupMessagesMayBeSkippedUpToTheLimit) {
  if (!GetParam().kind.has_groups) GTEST_SKIP() << "this peer's groups are of another kind";
  const DistributionId id = distribution_id();
  ASSERT_TRUE(second().accept_distribution(id, first().distribute(id).value()));
  std::vector<Bytes> messages;
  for (int i = 0; i <= 2001; ++i) messages.push_back(first().group_send(id, "text").value());
  ASSERT_TRUE(second().group_receive(id, messages[2001]));
  EXPECT_EQ(code_of(second().group_receive(id, messages[0])), ErrorCode::duplicate_message);
  EXPECT_TRUE(second().group_receive(id, messages[1]));
  EXPECT_TRUE(second().group_receive(id, messages[2000]));
}

TEST_P(InteropTest, SafetyNumbersAreEqual) {
  if (!GetParam().kind.has_safety_numbers) GTEST_SKIP() << "this peer makes no safety numbers";
  const auto key_1 = first().identity_key();
  const auto key_2 = second().identity_key();
  const auto one = first().safety_number("alice", "bob@nordlys", key_2, {}).value();
  const auto two = second().safety_number("bob@nordlys", "alice", key_1, one.scannable).value();
  EXPECT_EQ(one.digits, two.digits);
  EXPECT_EQ(one.digits.size(), 60u);
  const auto other = second().safety_number("bob", "alice", key_1, {}).value();
  EXPECT_NE(one.digits, other.digits);

  if (one.scannable.empty() || two.scannable.empty()) return;
  EXPECT_TRUE(two.scanned_fits);
  EXPECT_TRUE(
      first().safety_number("alice", "bob@nordlys", key_2, two.scannable).value().scanned_fits);
  EXPECT_FALSE(
      first().safety_number("alice", "bob@nordlys", key_2, other.scannable).value().scanned_fits);
}

}  // namespace
}  // namespace parley::interop
