#include "apps/cli/inert_links.h"

#include <algorithm>
#include <array>

namespace parley::cli {
namespace {

// Schemes without "//" that terminals follow.
constexpr std::array<std::string_view, 12> kSchemes = {
    "mailto", "news", "tel", "sms", "sip", "sips", "xmpp", "magnet", "h323", "man", "info", "geo"};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_latin(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// Also any byte of a character beyond ASCII: host names may have those.
bool is_letter(char c) { return is_latin(c) || (static_cast<unsigned char>(c) & 0x80) != 0; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// What may be a part of a host's name beside a dot.
bool is_of_host(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; }

bool begins_a_scheme(std::string_view word, std::size_t colon) {
  std::size_t begin = colon;
  while (begin > 0 && is_latin(word[begin - 1])) --begin;
  // "h323" has digits, which no other has.
  if (colon >= 4 && lower(word[colon - 4]) == 'h' && word.substr(colon - 3, 3) == "323")
    return true;
  std::string name(word.substr(begin, colon - begin));
  std::ranges::transform(name, name.begin(), lower);
  return std::ranges::find(kSchemes, name) != kSchemes.end();
}

bool breaks_colon(std::string_view word, std::size_t at) {
  if (at == 0 || at + 1 >= word.size()) return false;
  return word.substr(at + 1, 2) == "//" || begins_a_scheme(word, at);
}

// "3.5" and "e.g." are no addresses; "example.com" is one, and so is every dotted thing after
// a scheme ("http://192.0.2.1").
bool breaks_dot(std::string_view word, std::size_t at, bool has_scheme) {
  if (at == 0 || at + 1 >= word.size()) return false;
  if (!is_of_host(word[at - 1]) || !is_of_host(word[at + 1])) return false;
  if (has_scheme) return true;
  return at + 2 < word.size() && is_letter(word[at + 1]) && is_of_host(word[at + 2]);
}

std::string inert_word(std::string_view word) {
  std::string out;
  bool has_scheme = false;
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (word[at] == ':' && breaks_colon(word, at)) {
      has_scheme = true;
      out += "[:]";
    } else if (word[at] == '.' && breaks_dot(word, at, has_scheme)) {
      out += "[.]";
    } else {
      out += word[at];
    }
  }
  return out;
}

}  // namespace

std::string inert_links(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto* end = std::ranges::find_if(text, is_space);
    const auto length = static_cast<std::size_t>(end - text.begin());
    out += inert_word(text.substr(0, length));
    text.remove_prefix(length);
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

api::Message with_inert_links(api::Message message) {
  if (!message.outgoing) message.text = inert_links(message.text);
  return message;
}

}  // namespace parley::cli
