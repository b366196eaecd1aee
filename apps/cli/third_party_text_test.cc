// The offer of third-party chats as people and scripts read it.
#include "apps/cli/third_party_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace channel = wire::channel;

api::ThirdParty offer() {
  api::ThirdParty it;
  it.offer = channel::ThirdParty{};
  it.offer->availability = channel::Availability::offered;
  it.offer->choices = channel::SetThirdParty{};
  it.offer->providers.emplace_back();
  auto& provider = it.offer->providers.back();
  provider.provider_id = "nordlys";
  provider.display_name = "Nordlys";
  provider.state = channel::ProviderState::live;
  provider.protection = channel::Protection::end_to_end_signal;
  provider.features = {channel::Feature::reply, channel::Feature::image};
  provider.data_policy = {"thirty days", "Norway", "nobody", "us", "https://nordlys.example/data"};
  it.offer->hub_policy = {"one day", "Iceland", "nobody here", "me", "https://hub.example/data"};
  api::Warning warning;
  warning.id = "spam";
  warning.text = "There may be spam.";
  warning.more = "Their rules differ.";
  warning.remedy = "You see requests.";
  it.warnings = {warning};
  return it;
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

TEST(ThirdPartyTest, each_warning_says_what_stands_behind_it_and_what_is_done_about_it) {
  api::ThirdParty it = offer();
  const std::string before = warnings_text(it);
  EXPECT_THAT(before, HasSubstr("Before you turn them on"));
  it.offer->choices->enabled = true;
  const std::string after = warnings_text(it);
  EXPECT_THAT(after, Not(HasSubstr("Before you turn them on")));
  for (const auto& text : {before, after}) {
    EXPECT_LT(text.find("There may be spam."), text.find("Their rules differ."));
    EXPECT_LT(text.find("Their rules differ."), text.find("What Parley does: You see requests."));
  }
}

TEST(ThirdPartyTest, the_services_policy_stands_beside_the_hubs_with_both_addresses) {
  const std::string text = offer_text(offer());
  EXPECT_LT(text.find("kept: thirty days"), text.find("more: https://nordlys.example/data"));
  EXPECT_LT(text.find("more: https://nordlys.example/data"), text.find("Your hub, for comparison"));
  EXPECT_LT(text.find("Your hub, for comparison"), text.find("kept: one day"));
  EXPECT_THAT(text, HasSubstr("more: https://hub.example/data"));
  const std::string json = offer_json(offer());
  EXPECT_THAT(json, HasSubstr("\"url\":\"https://nordlys.example/data\""));
  EXPECT_THAT(json, HasSubstr("\"hub_policy\":{\"retention\":\"one day\",\"jurisdiction\":"
                              "\"Iceland\",\"who_can_read\":\"nobody here\",\"contact\":\"me\","
                              "\"url\":\"https://hub.example/data\"}"));
}

TEST(ThirdPartyTest, what_a_service_lacks_stands_with_it) {
  EXPECT_THAT(offer_text(offer()),
              HasSubstr("not there: reactions, editing, deleting for both, disappearing messages, "
                        "delivery ticks, read ticks, typing, voice notes, videos, files\n"));
  EXPECT_THAT(offer_json(offer()),
              HasSubstr("\"lacks\":[\"reaction\",\"edit\",\"delete\",\"expiry\","));
}

TEST(ThirdPartyTest, what_was_chosen_is_said_with_how_to_change_it) {
  api::ThirdParty it = offer();
  it.offer->choices = channel::SetThirdParty{true, {"nordlys"}, false};
  it.inbox = api::Inbox::combined;
  EXPECT_THAT(offer_text(it), HasSubstr("[x] Nordlys"));
  EXPECT_THAT(offer_text(it), HasSubstr("among your others (--inbox"));
  EXPECT_THAT(offer_text(it), HasSubstr("cannot find you; you write first (--reachable"));
  EXPECT_THAT(offer_json(it), HasSubstr("\"inbox\":\"combined\""));
}

}  // namespace
}  // namespace parley::cli
