// Requests and trust as people and scripts read them.
#include "apps/cli/describe_people.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/context.h"

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
  contact.trust->provider_policy->url = "https://nordlys.example/data";
  contact.features = {channel::Feature::reply};
  contact.closed = ErrorCode::provider_suspended;
  contact.closed_detail = "too many reports";
  const std::string page = trust_page(contact);
  EXPECT_LT(page.find("Checked by this device"), page.find("this device did"));
  EXPECT_LT(page.find("this device did"), page.find("Declared, and not checked"));
  EXPECT_LT(page.find("thirty days"), page.find("one day"));
  EXPECT_THAT(page, HasSubstr("too many reports"));
  EXPECT_THAT(page, HasSubstr("more: https://nordlys.example/data"));
  EXPECT_THAT(page, HasSubstr("People on Nordlys cannot see: reactions, editing,"));
  const std::string json = trust_json(contact).text();
  EXPECT_THAT(json, HasSubstr("\"closed\":\"provider_suspended\""));
  EXPECT_THAT(json, HasSubstr("\"lacks\":[\"reaction\",\"edit\""));
  EXPECT_THAT(json, HasSubstr("\"provider_policy\":{\"retention\":\"thirty days\""));
  EXPECT_THAT(json, HasSubstr("\"hub_policy\":{\"retention\":\"one day\""));
}

TEST(TrustTest, only_people_of_other_services_can_lack_something) {
  api::Contact contact;
  contact.handle = "bob";
  EXPECT_EQ(lacks_line(contact), "");
  EXPECT_THAT(trust_page(contact), Not(HasSubstr("Everything that Parley has")));
  EXPECT_THAT(trust_json(contact).text(), Not(HasSubstr("lacks")));
  contact.provider = "nordlys";
  contact.provider_name = "Nordlys";
  for (int feature = 1; feature <= 14; ++feature) {
    contact.features.push_back(static_cast<channel::Feature>(feature));
  }
  EXPECT_EQ(lacks_line(contact), "");
  EXPECT_THAT(trust_page(contact), HasSubstr("Everything that Parley has works with them."));
}

}  // namespace
}  // namespace parley::cli
