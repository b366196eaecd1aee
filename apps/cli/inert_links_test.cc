// Links of strangers: readable, and nothing that a terminal follows.
#include "apps/cli/inert_links.h"

#include <gtest/gtest.h>

#include <regex>

#include "apps/cli/describe_people.h"

namespace parley::cli {
namespace {

// What terminals (VTE, kitty, iTerm2, Konsole, Windows Terminal) look for, taken together.
bool is_followed(const std::string& text) {
  static const std::regex link(
      "[a-z][a-z0-9+-]*://|\\b(mailto|news|tel|sms|sips?|xmpp|magnet|h323|man|info|geo):[^ ]|"
      "[a-z0-9_-]\\.[a-z]{2}|://[0-9.]+",
      std::regex::icase);
  return std::regex_search(text, link);
}

TEST(InertLinksTest, nothing_is_left_that_a_terminal_follows) {
  for (const std::string text : {"see https://example.com/a?b=c#d",
                                 "HTTP://EXAMPLE.COM",
                                 "(http://example.com)",
                                 "ftp://files.example.org",
                                 "file:///etc/passwd",
                                 "www.example.com",
                                 "example.com/pay now",
                                 "a@example.com",
                                 "mailto:somebody",
                                 "MailTo:a@b",
                                 "tel:+491234",
                                 "magnet:?xt=1",
                                 "h323:x",
                                 "http://192.0.2.1/x",
                                 "http://[2001:db8::1]/",
                                 "x://y",
                                 "https://a.b",
                                 "https://user:pw@example.com:8080/x.html",
                                 "https://xn--bcher-kva.example",
                                 "bit.ly/2x",
                                 "two\nlines https://example.com\nand example.org",
                                 "<https://example.com>",
                                 "https://example.comhttps://example.org",
                                 "t.me/x",
                                 "1.example.co"}) {
    EXPECT_TRUE(is_followed(text)) << text << ": the test would not see it";
    EXPECT_FALSE(is_followed(inert_links(text))) << inert_links(text);
  }
}

TEST(InertLinksTest, it_can_still_be_read) {
  EXPECT_EQ(inert_links("pay at https://bank.example.com/a.html, now"),
            "pay at https[:]//bank[.]example[.]com/a[.]html, now");
  EXPECT_EQ(inert_links("http://192.0.2.1"), "http[:]//192[.]0[.]2[.]1");
  EXPECT_EQ(inert_links("münchen.example"), "münchen[.]example");
  EXPECT_EQ(inert_links("пример.рф"), "пример[.]рф");
}

TEST(InertLinksTest, what_is_no_link_stays_as_it_is) {
  for (const std::string text :
       {"", " ", "Hello. How are you?", "at 12:30 it costs 3.50", "e.g. this, i.e. that ...",
        "Note: read this", "a/b", "1.2.3", "He said:yes", "wait...", "一。二"}) {
    EXPECT_EQ(inert_links(text), text);
  }
}

TEST(InertLinksTest, what_oneself_wrote_stays) {
  api::Message message;
  message.text = "https://example.com";
  EXPECT_EQ(with_inert_links(message).text, "https[:]//example[.]com");
  message.outgoing = true;
  EXPECT_EQ(with_inert_links(message).text, "https://example.com");
}

TEST(InertLinksTest, requests_show_none_and_scripts_get_what_was_written) {
  api::RequestChanged changed;
  changed.request = api::Request{};
  changed.request->peer_handle = "carol@nordlys";
  changed.request->peer_name = "https://name.example.com";
  changed.request->preview = "https://example.com";
  changed.state = api::RequestState::open;
  changed.message = api::Message{};
  changed.message->text = "https://example.com";
  for (const auto& text : {request_text(*changed.request), request_card(*changed.request),
                           request_event_line(changed)}) {
    EXPECT_FALSE(is_followed(text)) << text;
  }
  for (const auto& json :
       {request_json(*changed.request).text(), request_event_json(changed).text()}) {
    EXPECT_NE(json.find("\"type\":\"request\""), std::string::npos) << json;
    EXPECT_NE(json.find("\"text\":\"https://example.com\""), std::string::npos) << json;
  }
}

}  // namespace
}  // namespace parley::cli
