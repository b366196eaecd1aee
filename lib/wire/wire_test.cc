// The generated messages. What agrees with Google's implementation is checked by
// oracle_test.py; here stand the rules that are ours.
#include "lib/wire/wire.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "lib/base/encoding.h"
#include "lib/base/limits.h"
#include "lib/wire/testdata/kinds.h"
#include "proto/channel.h"
#include "proto/setup.h"

namespace parley::wire {
namespace {

using namespace channel;  // NOLINT: the messages under test

// Secrets are moved, never copied; everything else is a plain value.
static_assert(!std::is_copy_constructible_v<SessionCredential>);
static_assert(!std::is_copy_constructible_v<Hello>);
static_assert(!std::is_copy_constructible_v<test_kinds::Secrets>);
static_assert(!std::is_copy_assignable_v<test_kinds::Secrets>);
static_assert(!std::is_copy_constructible_v<ClientBatch>);
static_assert(std::is_nothrow_move_constructible_v<ClientBatch>);
static_assert(std::is_nothrow_move_assignable_v<ServerBatch>);
static_assert(std::is_copy_constructible_v<ServerBatch>);
static_assert(std::is_aggregate_v<ClientBatch> && std::is_aggregate_v<ServerBatch>);
static_assert(std::is_same_v<decltype(SessionCredential::token), SecretBuffer>);
static_assert(ServerBatch::kFramesField == 1 && Deliver::kSendIdField == 9);

ServerFrame deliver_frame() {
  return {.reply_to = 0,
          .body = Deliver{.accepted_at_us = 1700000000000000,
                          .sender_account_id = Bytes(16, 1),
                          .sender_device_id = 1,
                          .conversation_id = Bytes(32, 2),
                          .type = CiphertextType::signal,
                          .ciphertext = Bytes(300, 3),
                          .franking_tag = Bytes(32, 4),
                          .franking = FrankingStamp{.key_id = 7, .mac = Bytes(32, 5)},
                          .send_id = Bytes(16, 6)}};
}

template <typename Message>
std::string problem_of(std::string_view hex) {
  const auto message = decode<Message>(*hex_decode(hex));
  if (message) return "";
  EXPECT_EQ(message.error().code, ErrorCode::malformed);
  return message.error().detail;
}

TEST(Wire, SurvivesARoundTrip) {
  ServerBatch batch;
  batch.frames.push_back(deliver_frame());
  batch.frames.push_back({.reply_to = 5, .body = Done{}});
  const auto back = decode<ServerBatch>(encode(batch));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(*back, batch);
}

TEST(Wire, EncodesSecretsIntoWipedMemory) {
  SessionCredential credential;
  credential.token = SecretBuffer(Bytes(32, 9));
  const SecretBuffer bytes = encode_secret(credential);
  EXPECT_TRUE(equal(bytes.view(), encode(credential)));
  const auto back = decode<SessionCredential>(bytes.view());
  ASSERT_TRUE(back);
  EXPECT_TRUE(equal(back->token.view(), credential.token.view()));
}

TEST(Wire, ErrsOrMeansLessWhenCutOffAnywhere) {
  const Bytes bytes = encode(deliver_frame());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // A cut between fields is a valid, shorter message; elsewhere it is an error.
    const auto frame = decode<ServerFrame>(ByteView(bytes).first(size));
    if (frame) {
      EXPECT_NE(*frame, deliver_frame()) << size;
    }
  }
}

TEST(Wire, NamesTheFieldThatBreaksALimit) {
  EXPECT_EQ(problem_of<Send>("0a0101"), "channel.Send.send_id: wrong length");
  EXPECT_EQ(problem_of<Send>("0a00"), "");  // empty is absent
  // Inside a batch as well.
  ClientBatch batch;
  batch.frames.push_back({.request_id = 1, .body = Lookup{.who = Lookup::Handle{"bob"}}});
  std::get<Lookup::Handle>(std::get<Lookup>(batch.frames[0].body).who).value =
      std::string(129, 'x');
  EXPECT_EQ(decode<ClientBatch>(encode(batch)).error().detail, "channel.Lookup.handle: too long");
}

TEST(Wire, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(problem_of<SetProfile>("0a02c3bc"), "");
  EXPECT_EQ(problem_of<SetProfile>("0a01ff"), "channel.SetProfile.name: not UTF-8");
}

TEST(Wire, RefusesAKnownFieldWithAnotherWireType) {
  EXPECT_EQ(problem_of<Ping>("0801"), "");  // unknown there
  EXPECT_EQ(problem_of<Pong>("0a0101"), "channel.Pong.now_ms: wrong wire type");
  EXPECT_EQ(problem_of<SetProfile>("0801"), "channel.SetProfile.name: wrong wire type");
  EXPECT_EQ(problem_of<Acknowledge>("0d00000000"),
            "channel.Acknowledge.accepted_at_us: wrong wire type");
}

TEST(Wire, RefusesADamagedPackedList) {
  EXPECT_EQ(problem_of<Acknowledge>("0a0180"),
            "channel.Acknowledge.accepted_at_us: damaged packed list");
  EXPECT_EQ(problem_of<Acknowledge>("0a00"), "");
}

TEST(Wire, CountsAListAcrossItsPieces) {
  Bytes bytes;
  for (int i = 0; i < 1024; ++i) append(bytes, Bytes{0x0a, 1, 1});
  EXPECT_EQ(decode<Acknowledge>(bytes)->accepted_at_us.size(), 1024u);
  append(bytes, Bytes{0x08, 1});
  EXPECT_EQ(decode<Acknowledge>(bytes).error().detail,
            "channel.Acknowledge.accepted_at_us: too many elements");
}

TEST(Wire, TakesTheLastOfARepeatedValueAndMergesMessages) {
  EXPECT_EQ(decode<Pong>(*hex_decode("08010802"))->now_ms, 2);
  // limits {max_devices 3}, then limits {max_batch_bytes 4}
  const auto welcome = decode<Welcome>(*hex_decode("2a0210032a020804"));
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->limits->max_devices, 3u);
  EXPECT_EQ(welcome->limits->max_batch_bytes, 4u);
}

TEST(Wire, TakesTheLastMemberOfAOneof) {
  const auto frame = decode<ClientFrame>(*hex_decode("8201004a00"));  // ping, then set_profile {}
  ASSERT_TRUE(frame);
  EXPECT_TRUE(std::holds_alternative<SetProfile>(frame->body));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(decode<ClientFrame>({})->body));
}

TEST(Wire, KeepsEnumNumbersWithoutAName) {
  const auto failure = decode<Failure>(*hex_decode("08e707"));
  ASSERT_TRUE(failure);
  EXPECT_EQ(static_cast<int>(failure->code), 999);
  EXPECT_EQ(to_string(failure->code), "unknown");
  EXPECT_EQ(error_info(failure->code).code, ErrorCode::internal);
  EXPECT_EQ(encode(*failure), *hex_decode("08e707"));
}

TEST(Wire, NamesEnumerators) {
  EXPECT_EQ(to_string(CiphertextType::prekey_signal), "prekey_signal");
  EXPECT_EQ(to_string(test_kinds::Colour::delete_), "delete");
  EXPECT_EQ(static_cast<int>(test_kinds::Colour::blue), -5);
}

TEST(Wire, MakesABatchOfFramesThatWereEncodedBefore) {
  ServerBatch batch;
  Bytes bytes, appended;
  for (int i = 0; i < 3; ++i) {
    batch.frames.push_back(deliver_frame());
    batch.frames.back().reply_to = static_cast<std::uint64_t>(i);
    append_length_delimited(bytes, ServerBatch::kFramesField, encode(batch.frames.back()));
    append_message(appended, ServerBatch::kFramesField, batch.frames.back());
  }
  EXPECT_EQ(bytes, encode(batch));
  EXPECT_EQ(appended, bytes);
  EXPECT_EQ(encoded_size(batch), bytes.size());
}

TEST(Wire, VisitsFramesWithoutDecodingThem) {
  Bytes bytes = {0x10, 1};  // an unknown field
  append_length_delimited(bytes, ClientBatch::kFramesField, as_bytes("not protobuf"));
  append_length_delimited(bytes, ClientBatch::kFramesField, {});
  std::vector<std::string> seen;
  const auto visit = [&](ByteView frame) -> Status {
    seen.emplace_back(as_text(frame));
    return {};
  };
  EXPECT_TRUE(for_each_element(bytes, ClientBatch::kFramesField, 2, visit));
  EXPECT_EQ(seen, (std::vector<std::string>{"not protobuf", ""}));
  EXPECT_EQ(for_each_element(bytes, ClientBatch::kFramesField, 1, visit).error().code,
            ErrorCode::malformed);
  EXPECT_FALSE(for_each_element(Bytes{0x08, 1}, 1, 9, visit));
  EXPECT_FALSE(for_each_element(Bytes{0x0a, 9}, 1, 9, visit));
  const auto stop = [](ByteView) -> Status { return fail(ErrorCode::out_of_place); };
  EXPECT_EQ(for_each_element(bytes, ClientBatch::kFramesField, 2, stop).error().code,
            ErrorCode::out_of_place);
}

TEST(Wire, StatesTheSameLimitsAsTheBaseLibrary) {
  DeviceCiphertext device;
  device.ciphertext = Bytes(limits::kMaxCiphertextBytes);
  EXPECT_TRUE(decode<DeviceCiphertext>(encode(device)));
  device.ciphertext.push_back(0);
  EXPECT_FALSE(decode<DeviceCiphertext>(encode(device)));

  ServerBatch batch;
  batch.frames.resize(limits::kMaxFramesPerBatch);
  EXPECT_TRUE(decode<ServerBatch>(encode(batch)));
  batch.frames.emplace_back();
  EXPECT_FALSE(decode<ServerBatch>(encode(batch)));

  Recipient recipient;
  recipient.devices.resize(limits::kMaxDevices);
  EXPECT_TRUE(decode<Recipient>(encode(recipient)));
  recipient.devices.emplace_back();
  EXPECT_FALSE(decode<Recipient>(encode(recipient)));
}

TEST(ErrorCatalogue, IsCompleteAndInOrder) {
  const auto catalogue = error_catalogue();
  ASSERT_FALSE(catalogue.empty());
  EXPECT_EQ(catalogue.front().code, ErrorCode::unspecified);
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const ErrorInfo& info = catalogue[i];
    if (i > 0) {
      EXPECT_LT(catalogue[i - 1].code, info.code);
    }
    EXPECT_EQ(info.name, to_string(info.code));
    EXPECT_EQ(&error_info(info.code), &info);
    EXPECT_TRUE(info.text.ends_with('.')) << info.name;
    EXPECT_TRUE(!info.advice.empty()) << info.name;
    EXPECT_TRUE(info.http_status == 0 || (info.http_status >= 400 && info.http_status < 600));
  }
  EXPECT_TRUE(error_info(ErrorCode::overloaded).retryable);
  EXPECT_EQ(error_info(ErrorCode::rate_limited).http_status, 429);
}

}  // namespace
}  // namespace parley::wire
