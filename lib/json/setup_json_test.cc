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

Offer some_offer() {
  using wire::channel::Feature;
  const wire::channel::DataPolicy policy{
      .retention = "a", .jurisdiction = "b", .who_can_read = "c", .contact = "d", .url = "e"};
  wire::channel::Provider provider{.provider_id = "nordlys",
                                   .display_name = "Nordlys",
                                   .id_form = wire::channel::IdForm::email,
                                   .protection = wire::channel::Protection::to_connector,
                                   .features = {Feature::reply, Feature::delete_},
                                   .data_policy = policy,
                                   .state = wire::channel::ProviderState::suspended,
                                   .state_reason = "r",
                                   .logo_sha256 = Bytes(32, 4),
                                   .live_since_ms = 5};
  return Offer{.hub_id = Bytes(16, 1),
               .channel_versions = {1},
               .countries = {"DE", "FR"},
               .providers = {provider, {.provider_id = "other"}},
               .limits = wire::channel::Limits{.max_batch_bytes = 1, .max_mailbox_bytes = 1u << 31},
               .first_contact = FirstContactTerms{.sends_before_acceptance = 3,
                                                  .max_bytes_before_acceptance = 4096,
                                                  .new_people_a_day_per_sender = 10,
                                                  .new_people_a_day_per_provider = 1000},
               .suspension_grounds = {"one", "two"},
               .notice_days = 90,
               .contact = "x",
               .specification_url = "y"};
}

TEST(SetupJson, WritesTokensAsTextAndEnumeratorsByTheirSchemaName) {
  EXPECT_EQ(
      to_json(EndEnlistment{.provider_id = "n", .token = SecretBuffer(as_bytes("e.f.g"))}).value(),
      R"({"providerId":"n","token":"e.f.g","deviceId":0})");
  const std::string text = to_json(some_offer()).value();
  EXPECT_THAT(text, HasSubstr(R"("idForm":"EMAIL","protection":"TO_CONNECTOR",)"
                              R"("features":["REPLY","DELETE"])"));
  EXPECT_THAT(text, HasSubstr(R"("state":"SUSPENDED")"));
  EXPECT_THAT(text, HasSubstr(R"("maxMailboxBytes":"2147483648")"));
  EXPECT_THAT(text, HasSubstr(R"("countries":["DE","FR"])"));
}

TEST(SetupJson, ReadsEnumeratorsByNameOrNumber) {
  const auto offer = from_json<Offer>(
      R"({"providers":[{"idForm":3,"state":"LIVE","protection":"FROM_THE_FUTURE"}]})");
  ASSERT_TRUE(offer) << offer.error().detail;
  EXPECT_EQ(offer->providers[0].id_form, wire::channel::IdForm::username);
  EXPECT_EQ(offer->providers[0].state, wire::channel::ProviderState::live);
  EXPECT_EQ(offer->providers[0].protection, wire::channel::Protection::unspecified);
  const auto bad = from_json<Offer>(R"({"providers":[{"idForm":{}}]})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().detail, "providers.idForm: expected a name");
  EXPECT_FALSE(from_json<Offer>(R"({"providers":[5]})"));
  EXPECT_FALSE(from_json<Offer>(R"({"providers":{}})"));
  EXPECT_FALSE(from_json<Enlist>(R"({"token":5})"));
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
  expect_round_trip(Enlist{.provider_id = "nordlys",
                           .token = SecretBuffer(as_bytes("a.b.c")),
                           .device = device,
                           .device_auth_key = Bytes(32, 3),
                           .reset_identity = true});
  expect_round_trip(
      Enlisted{.account_id = id, .device_id = 2, .hub_id = id, .handle = "bob@nordlys"});
  expect_round_trip(EndEnlistment{
      .provider_id = "nordlys", .token = SecretBuffer(as_bytes("a.b.c")), .device_id = 4});
  expect_round_trip(EnlistmentEnded{.devices_removed = 2, .account_removed = true});
  expect_round_trip(some_offer());
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
