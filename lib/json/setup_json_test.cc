#include "lib/json/setup_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/wire/wire.h"

namespace parley::json {
namespace {

using namespace wire::setup;
using ::testing::HasSubstr;

TEST(SetupJson, FollowsProtobufsMapping) {
  SignUp request;
  request.handle = "alice";
  request.password = "a \"quoted\"\\ pass\n\u00e9";
  request.country = "DE";
  request.device = NewDevice{.registration_id = 77, .identity_key = Bytes(33, 5), .name = {0xff}};
  // Compared with google.protobuf.json_format.MessageToJson (python3-protobuf 3.21).
  EXPECT_EQ(to_json(request).value(),
            R"({"handle":"alice","password":"a \"quoted\"\\ pass\u000a)"
            "\u00e9"
            R"(","country":"DE","device":{"registrationId":77,)"
            R"("identityKey":"BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF","name":"/w=="}})");
}

TEST(SetupJson, WritesWideNumbersAsStringsAndCodesByTheirName) {
  SetupFailure failure;
  failure.code = ErrorCode::rate_limited;
  failure.retry_after_ms = 9007199254740993;
  EXPECT_EQ(to_json(failure).value(), R"({"code":"RATE_LIMITED","text":"","advice":"","detail":"",)"
                                      R"("retryAfterMs":"9007199254740993"})");
}

template <typename Message>
void expect_round_trip(const Message& message) {
  auto text = to_json(message);
  ASSERT_TRUE(text);
  auto back = from_json<Message>(*text);
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_TRUE(equal(wire::encode(message), wire::encode(*back))) << *text;
}

TEST(SetupJson, EveryMessageSurvivesBothWays) {
  const Bytes id(16, 1), key(33, 5), proof(64, 9), blob(100, 0xfe);
  const SecretBuffer token(Bytes(32, 7));
  const NewDevice device{.registration_id = 16380, .identity_key = key, .name = blob};
  expect_round_trip(HubInfo{
      .hub_id = id, .software = "x", .channel_versions = {1, 2}, .open_registration = true});
  expect_round_trip(SignUp{.handle = "a", .password = "b", .country = "DE", .device = device});
  expect_round_trip(Registered{.account_id = id,
                               .device_id = 3,
                               .session_token = token.clone(),
                               .hub_id = id,
                               .handle = "h"});
  expect_round_trip(LogIn{.handle = "a", .password = "p"});
  expect_round_trip(LoginGranted{.account_id = id,
                                 .login_token = token.clone(),
                                 .identity_key = key,
                                 .has_recovery = true,
                                 .device_count = 4});
  expect_round_trip(AddDevice{
      .login_token = token.clone(), .device = device, .proof = proof, .reset_identity = true});
  expect_round_trip(FetchRecovery{.login_token = token.clone()});
  expect_round_trip(Recovery{.blob = blob});
  expect_round_trip(OpenLink{});
  expect_round_trip(LinkOpened{.slot = id, .poll_token = token.clone(), .expires_in_ms = 600000});
  expect_round_trip(PollLink{.poll_token = token.clone()});
  expect_round_trip(
      LinkResult{.ready = true, .envelope = blob, .account_id = id, .login_token = token.clone()});
  expect_round_trip(ChangePassword{.handle = "a", .old_password = "o", .new_password = "n"});
  expect_round_trip(DeleteAccount{.handle = "a", .password = "p"});
  expect_round_trip(SetupFailure{.code = ErrorCode::overloaded,
                                 .text = "t",
                                 .advice = "a",
                                 .detail = "d",
                                 .retry_after_ms = -1});
}

TEST(SetupJson, ReadsEveryFormAWriterMayChoose) {
  const auto read = from_json<AddDevice>(
      R"( {"login_token":null, "device":{"registrationId":"5","identityKey":"__8"},
           "future":[{"x":1}], "resetIdentity":true, "proof":""} )");
  // "__8" is two bytes: the schema wants 33.
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().detail, HasSubstr("identity_key"));

  const auto info = from_json<HubInfo>(R"({"channelVersions":[1,2.0,"3",4e0],"hubId":
      "/////////////////////w==","openRegistration":true})");
  ASSERT_TRUE(info) << info.error().detail;
  EXPECT_EQ(info->channel_versions, (std::vector<std::uint32_t>{1, 2, 3, 4}));
  EXPECT_EQ(info->hub_id, Bytes(16, 0xff));
  const auto unpadded = from_json<HubInfo>(R"({"hub_id":"_____________________w"})");
  ASSERT_TRUE(unpadded);
  EXPECT_EQ(unpadded->hub_id, Bytes(16, 0xff));
  EXPECT_EQ(from_json<SetupFailure>(R"({"code":60})")->code, ErrorCode::rate_limited);
  EXPECT_EQ(from_json<SetupFailure>(R"({"code":"RATE_LIMITED"})")->code, ErrorCode::rate_limited);
}

TEST(SetupJson, ReadsACodeOfANewerHubAsInternal) {
  EXPECT_EQ(from_json<SetupFailure>(R"({"code":"FROM_THE_FUTURE"})")->code, ErrorCode::internal);
}

struct BadInput {
  const char* text;
  const char* detail;
};

TEST(SetupJson, SaysWhichFieldIsWrong) {
  const BadInput table[] = {
      {"", "not JSON"},
      {"{", "not JSON"},
      {"{}x", "not JSON"},
      {"[]", "expected a JSON object"},
      {"\"x\"", "expected a JSON object"},
      {"null", "expected a JSON object"},
      {R"({"handle":5})", "handle: expected a string"},
      {R"({"handle":["a"]})", "handle: expected a string"},
      {R"({"device":5})", "device: expected an object"},
      {R"({"device":{"identityKey":7}})", "device.identityKey: expected base64"},
      {R"({"device":{"identityKey":"*"}})", "device.identityKey: expected base64"},
      {R"({"device":{"identityKey":"AA="}})", "device.identityKey: expected base64"},
      {R"({"device":{"identityKey":"===="}})", "device.identityKey: expected base64"},
      {R"({"device":{"registrationId":-1}})", "device.registrationId: expected a number"},
      {R"({"device":{"registrationId":1.5}})", "device.registrationId: expected a number"},
      {R"({"device":{"registrationId":1e300}})", "device.registrationId: expected a number"},
      {R"({"device":{"registrationId":"x"}})", "device.registrationId: expected a number"},
      {R"({"device":{"registrationId":4294967296}})", "device.registrationId: expected a number"},
      {R"({"device":{"registrationId":18446744073709551615}})", "device.registrationId: expected"},
      {R"({"country":"DEU"})", "country"},
      {"{\"handle\":\"\xff\"}", "not JSON"},
      {R"({"handle":"\ud800"})", "not JSON"},
  };
  for (const BadInput& bad : table) {
    const auto read = from_json<SignUp>(bad.text);
    ASSERT_FALSE(read) << bad.text;
    EXPECT_EQ(read.error().code, ErrorCode::malformed) << bad.text;
    EXPECT_THAT(read.error().detail, HasSubstr(bad.detail)) << bad.text;
  }
}

TEST(SetupJson, RefusesDeepNestingInUnknownFields) {
  const std::string deep(10'000, '[');
  EXPECT_FALSE(from_json<SignUp>("{\"x\":" + deep));
  EXPECT_FALSE(from_json<SignUp>("{\"x\":" + deep + std::string(10'000, ']') + "}"));
}

TEST(SetupJson, NeverEndsOnCutOffInput) {
  const std::string whole =
      to_json(SignUp{.handle = "alice",
                     .password = "pw",
                     .country = "DE",
                     .device =
                         NewDevice{.registration_id = 1, .identity_key = Bytes(33, 5), .name = {}}})
          .value();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(from_json<SignUp>(std::string_view(whole).substr(0, size)));
  }
}

TEST(SetupJson, RefusesToWriteTextThatIsNotUtf8) {
  const auto text = to_json(LogIn{.handle = "\xc3", .password = ""});
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().detail, HasSubstr("handle"));
}

}  // namespace
}  // namespace parley::json
