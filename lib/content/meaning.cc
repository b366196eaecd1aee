#include "lib/content/meaning.h"

#include <algorithm>

#include "lib/base/encoding.h"
#include "lib/content/make.h"

namespace parley::content {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The value of a parameter in lower case, without quotes; empty if absent.
std::string parameter(std::string_view content_type, std::string_view name) {
  for (auto start = content_type.find(';'); start != std::string_view::npos;) {
    content_type.remove_prefix(start + 1);
    start = content_type.find(';');
    const auto one = trim(content_type.substr(0, start));
    const auto equals = one.find('=');
    if (equals == std::string_view::npos || lower(trim(one.substr(0, equals))) != name) continue;
    auto value = trim(one.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return lower(value);
  }
  return {};
}

bool is_plain_text(std::string_view content_type) {
  if (media_type(content_type) != "text/plain") return false;
  const std::string charset = parameter(content_type, "charset");
  return charset.empty() || charset == "utf-8" || charset == "us-ascii";
}

// Any variant of Markdown reads well as text; only GFM-MIMI is rendered.
bool is_markdown(std::string_view content_type) {
  return media_type(content_type) == "text/markdown";
}

// Walks the parts in order and collects what can be shown.
class Collector {
 public:
  Collector(const Message& message, Meaning& meaning) : message_(message), meaning_(meaning) {}

  // False: nothing of the part could be used.
  bool collect(const NestedPart& part, std::size_t index) {
    if (const auto* single = std::get_if<SinglePart>(&part.body)) return collect(*single);
    if (const auto* external = std::get_if<ExternalPart>(&part.body)) {
      meaning_.attachments.push_back(
          {index, part.disposition, *external, plaintext_digest(message_, index)});
      return true;
    }
    if (const auto* multi = std::get_if<MultiPart>(&part.body)) return collect(*multi, index);
    return true;  // a null part has nothing to show
  }

 private:
  bool collect(const SinglePart& part) {
    const bool markdown = is_markdown(part.content_type);
    if (!markdown && !is_plain_text(part.content_type)) return false;
    if (!is_valid_utf8(part.content)) return false;
    if (!meaning_.text.empty()) meaning_.text += "\n";
    meaning_.text += as_text(part.content);
    meaning_.is_markdown |= markdown && parameter(part.content_type, "variant") == "gfm-mimi";
    return true;
  }

  bool collect(const MultiPart& multi, std::size_t index) {
    std::size_t used = 0;
    std::size_t next = index + 1;
    const Meaning before = meaning_;
    for (const auto& part : multi.parts) {
      if (collect(part, next)) {
        ++used;
        if (multi.semantics == PartSemantics::choose_one) return true;
      } else if (multi.semantics == PartSemantics::single_unit) {
        meaning_ = before;
        return false;
      } else if (multi.semantics == PartSemantics::process_all) {
        meaning_.is_incomplete = true;
      }
      next += count_parts(part);
    }
    return used > 0;
  }

  const Message& message_;
  Meaning& meaning_;
};

bool is_null(const NestedPart& part) { return std::holds_alternative<NullPart>(part.body); }

Action without_content(const Message& message) {
  if (!message.replaces) return Action::unsupported;
  return message.body.disposition == Disposition::reaction ? Action::reaction_removal
                                                           : Action::deletion;
}

Action read_status(const SinglePart& part, Meaning& meaning) {
  auto statuses = decode_status_report(part.content);
  if (!statuses) return Action::unsupported;
  meaning.statuses = std::move(*statuses);
  return Action::status_report;
}

Action with_content(const Message& message, Meaning& meaning) {
  if (const auto* single = std::get_if<SinglePart>(&message.body.body);
      single != nullptr && media_type(single->content_type) == kStatusContentType) {
    return read_status(*single, meaning);
  }
  if (!Collector(message, meaning).collect(message.body, 0)) return Action::unsupported;
  if (message.body.disposition != Disposition::reaction) {
    return message.replaces ? Action::edit : Action::post;
  }
  const bool is_emoji = meaning.attachments.empty() && !meaning.text.empty() &&
                        meaning.text.size() <= kMaxReactionBytes;
  return message.in_reply_to && is_emoji ? Action::reaction : Action::unsupported;
}

}  // namespace

std::string media_type(std::string_view content_type) {
  return lower(trim(content_type.substr(0, content_type.find(';'))));
}

Meaning interpret(const Message& message) {
  Meaning meaning;
  meaning.replaces = message.replaces;
  meaning.in_reply_to = message.in_reply_to;
  meaning.expires = message.expires;
  meaning.action =
      is_null(message.body) ? without_content(message) : with_content(message, meaning);
  return meaning;
}

}  // namespace parley::content
