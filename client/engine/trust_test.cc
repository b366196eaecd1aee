#include "client/engine/trust.h"

#include <gtest/gtest.h>

#include "client/engine/warnings.h"

namespace parley::client {
namespace {

using channel::Protection;
using Level = api::TrustLevel;

struct Case {
  const char* service;
  Protection protection;
  bool verified, changed;
  Level level;
  const char* line;
};

// The whole table: what may be said in which case.
constexpr Case kCases[] = {
    {"", Protection::unspecified, false, false, Level::end_to_end,
     "end-to-end encrypted, not verified"},
    {"", Protection::unspecified, true, false, Level::verified, "end-to-end encrypted, verified"},
    {"", Protection::unspecified, false, true, Level::key_changed,
     "the safety number has changed since you verified it"},
    {"Nordlys", Protection::end_to_end_signal, false, false, Level::end_to_end_as_declared,
     "end-to-end encrypted, as Nordlys declares"},
    {"Nordlys", Protection::end_to_end_signal, true, false, Level::verified,
     "end-to-end encrypted, verified"},
    {"Nordlys", Protection::end_to_end_signal, false, true, Level::key_changed,
     "the safety number has changed since you verified it"},
    {"Nordlys", Protection::end_to_end_omemo, false, false, Level::end_to_end_as_declared,
     "end-to-end encrypted, as Nordlys declares"},
    // The key compared would be the connector's, not the person's.
    {"Nordlys", Protection::to_connector, true, false, Level::to_connector,
     "encrypted to a connector run by Nordlys, then the other service's own protection"},
    {"Nordlys", Protection::to_connector, false, false, Level::to_connector,
     "encrypted to a connector run by Nordlys, then the other service's own protection"},
    // A service that declares nothing gets no benefit of the doubt, whatever was compared.
    {"Nordlys", Protection::unspecified, true, false, Level::not_end_to_end,
     "not end-to-end encrypted"},
};

TEST(TrustLine, FollowsFromTheFacts) {
  for (const Case& one : kCases) {
    TrustFacts facts;
    facts.provider_name = one.service;
    facts.declaration_known = true;
    facts.protection = one.protection;
    facts.key_known = true;
    facts.verified = one.verified;
    facts.key_changed = one.changed;
    const TrustLine line = trust_line(facts);
    EXPECT_EQ(line.level, one.level) << one.line;
    EXPECT_EQ(line.text, one.line);
  }
}

TEST(TrustLine, ClaimsNothingWhereTheDeclarationIsNotKnown) {
  TrustFacts facts;
  facts.provider_name = "Nordlys";
  facts.key_known = true;
  for (const bool verified : {false, true}) {
    facts.verified = verified;
    const TrustLine line = trust_line(facts);
    EXPECT_EQ(line.level, Level::protection_unknown);
    EXPECT_EQ(line.text, "what protects this chat is not known here");
  }
  facts.key_changed = true;
  EXPECT_EQ(trust_line(facts).level, Level::key_changed);
}

TEST(Warnings, EachHasAnIdASentenceAndAnAnswer) {
  std::set<std::string> ids;
  for (const auto& warning : third_party_warnings()) {
    EXPECT_TRUE(ids.insert(warning.id).second) << warning.id;
    EXPECT_TRUE(warning.text.ends_with('.'));
    EXPECT_FALSE(warning.more.empty());
    EXPECT_FALSE(warning.remedy.empty());
  }
  for (const char* id : {"other-encryption", "spam", "other-policy", "blocked-people"}) {
    EXPECT_TRUE(ids.contains(id)) << id;
  }
}

}  // namespace
}  // namespace parley::client
