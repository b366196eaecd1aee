// Requests and trust as people and scripts read them.
#include "apps/cli/describe_people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/context.h"
#include "apps/cli/third_party_text.h"

namespace parley::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace channel = wire::channel;

TEST(WhoTest, somebody_of_another_service_is_named_with_it) {
  EXPECT_EQ(parse_who("Bob"), "bob");
  EXPECT_EQ(parse_who("Bob@Nordlys"), "bob@nordlys");
  EXPECT_EQ(parse_who("bob@mail.org@nordlys"), "bob@mail.org@nordlys");
  EXPECT_EQ(parse_who("+491701234567@nordlys"), "+491701234567@nordlys");
  for (const std::string& wrong :
       {std::string("@nordlys"), std::string("bob@"), std::string("bob@n"),
        std::string("bob@nord.lys"), std::string("b b@nordlys"), std::string("b\x1b@nordlys"),
        std::string(96, 'a') + "@nordlys", "bob@" + std::string(33, 'a')}) {
    EXPECT_THROW(parse_who(wrong), Problem) << wrong;
  }
}

api::Request hostile_request() {
  api::Request request;
  request.peer_handle = "carol\x1b[2J@nordlys";
  request.peer_name = "Bank\x1b]0;x\x07";
  request.provider = "nordlys";
  request.provider_name = "Nord\x1b[31mlys";
  request.preview = "hello\x1b[5m";
  request.messages = 1;
  request.unreadable = 2;
  return request;
}

TEST(RequestTest, what_a_stranger_chose_cannot_control_the_terminal) {
  const api::Request request = hostile_request();
  api::RequestChanged changed;
  changed.request = request;
  changed.state = api::RequestState::open;
  for (const auto& text :
       {request_text(request), request_card(request), request_event_line(changed),
        request_json(request).text(), request_event_json(changed).text()}) {
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("nordlys"));
  }
  EXPECT_THAT(request_card(request), HasSubstr("2 messages cannot be read yet"));
}

TEST(RequestTest, a_script_gets_text_state_and_service) {
  api::RequestChanged changed;
  changed.request = api::Request{};
  changed.request->peer_handle = "carol@nordlys";
  changed.request->provider = "nordlys";
  changed.state = api::RequestState::open;
  changed.message = api::Message{};
  changed.message->text = "hi";
  const std::string json = request_event_json(changed).text();
  EXPECT_THAT(json, HasSubstr("\"type\":\"request\",\"from\":\"carol@nordlys\",\"text\":\"hi\""));
  EXPECT_THAT(json, HasSubstr("\"state\":\"open\""));
  EXPECT_THAT(json, HasSubstr("\"service\":\"nordlys\""));
}

TEST(TrustTest, the_page_keeps_checked_and_declared_apart) {
  api::Contact contact;
  contact.handle = "bob@nordlys";
  contact.provider = "nordlys";
  contact.provider_name = "Nordlys";
  contact.trust = api::Trust{};
  contact.trust->line = "end-to-end encrypted, as Nordlys declares";
  contact.trust->checked_here = {"this device did"};
  contact.trust->declared = {"they say"};
  contact.trust->provider_policy = channel::DataPolicy{};
  contact.trust->provider_policy->retention = "thirty days";
  contact.trust->hub_policy = channel::DataPolicy{};
  contact.trust->hub_policy->retention = "one day";
  contact.closed = ErrorCode::provider_suspended;
  contact.closed_detail = "too many reports";
  const std::string page = trust_page(contact);
  EXPECT_LT(page.find("Checked by this device"), page.find("this device did"));
  EXPECT_LT(page.find("this device did"), page.find("Declared, and not checked"));
  EXPECT_LT(page.find("thirty days"), page.find("one day"));
  EXPECT_THAT(page, HasSubstr("too many reports"));
  EXPECT_THAT(trust_json(contact).text(), HasSubstr("\"closed\":\"provider_suspended\""));
}

TEST(ThirdPartyTest, accounts_outside_the_region_see_why) {
  api::ThirdParty it;
  it.offer = channel::ThirdParty{};
  it.offer->availability = channel::Availability::other_region;
  it.offer->country = "US";
  EXPECT_THAT(offer_text(it), HasSubstr("not offered in this account's country (US)"));
  EXPECT_THAT(offer_json(it), HasSubstr("\"availability\":\"other_region\""));
}

TEST(ThirdPartyTest, a_suspended_service_says_why) {
  api::ThirdParty it;
  it.offer = channel::ThirdParty{};
  it.offer->availability = channel::Availability::offered;
  it.offer->providers.emplace_back();
  auto& provider = it.offer->providers.back();
  provider.provider_id = "nordlys";
  provider.display_name = "Nordlys\x1b[2J";
  provider.state = channel::ProviderState::suspended;
  provider.state_reason = "too many reports";
  it.new_providers = {"nordlys"};
  EXPECT_THAT(offer_text(it), HasSubstr("too many reports"));
  EXPECT_THAT(offer_text(it), HasSubstr("new"));
  EXPECT_THAT(offer_text(it), Not(HasSubstr("\x1b[2J")));
}

}  // namespace
}  // namespace parley::cli
