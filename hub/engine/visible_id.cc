#include "hub/engine/visible_id.h"

#include <algorithm>
#include <iterator>

#include "lib/base/encoding.h"

namespace parley::hub {

namespace {

using wire::channel::IdForm;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }

bool is_phone(std::string_view id) {
  if (id.size() < 8 || id.size() > 16 || id[0] != '+' || id[1] == '0') return false;
  return std::all_of(id.begin() + 1, id.end(), is_digit);
}

bool is_username(std::string_view id) {
  if (id.size() < 2 || id.size() > 64) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return is_small(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

struct Range {
  char32_t first, last;
};

// Control characters and spaces of Unicode, with those that are not seen at all: two
// addresses must not look alike because of them. Source: Unicode 15, General_Category Cc and Zs,
// Default_Ignorable_Code_Point, and the letters that are drawn as nothing (fillers, U+2800).
constexpr Range kBlanks[] = {
    {0x00, 0x20},       {0x7f, 0xa0},      {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
    {0x115f, 0x1160},   {0x1680, 0x1680},  {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},  {0x2800, 0x2800}, {0x3000, 0x3000}, {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},  {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};

bool is_blank(char32_t c) {
  return std::any_of(std::begin(kBlanks), std::end(kBlanks),
                     [c](const Range& range) { return range.first <= c && c <= range.last; });
}

// Precondition: valid UTF-8.
bool has_blanks(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    char32_t c = lead < 0x80   ? lead
                 : lead < 0xe0 ? lead & 0x1f
                 : lead < 0xf0 ? lead & 0xf
                               : lead & 7;
    while (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) {
      c = (c << 6) | (static_cast<unsigned char>(text[i++]) & 0x3f);
    }
    if (is_blank(c)) return true;
  }
  return false;
}

bool is_email(std::string_view id) {
  const auto at = id.find('@');
  if (at == id.npos || at == 0 || at + 1 == id.size() || id.find('@', at + 1) != id.npos) {
    return false;
  }
  if (!is_valid_utf8(as_bytes(id)) || has_blanks(id)) return false;
  return std::none_of(id.begin(), id.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

Status expect(bool fits, const char* what) {
  return fits ? Status() : fail(ErrorCode::invalid_argument, what);
}

}  // namespace

Status check_visible_id(std::string_view id, IdForm form) {
  if (id.empty() || id.size() > kMaxVisibleIdBytes) {
    return fail(ErrorCode::invalid_argument, "visible id: 1 to 95 bytes");
  }
  switch (form) {
    case IdForm::phone:
      return expect(is_phone(id), "visible id: + and 7 to 15 digits, the first not 0");
    case IdForm::email:
      return expect(is_email(id), "visible id: local@domain in lower case, without spaces");
    case IdForm::username:
      return expect(is_username(id), "visible id: 2 to 64 of a-z, 0-9, dot, underscore, hyphen");
    default:
      return fail(ErrorCode::invalid_argument, "visible id: of no known form");
  }
}

std::string handle_of(std::string_view visible_id, std::string_view provider_id) {
  return std::string(visible_id) + "@" + std::string(provider_id);
}

std::string provider_of_handle(const std::string& handle) {
  const auto at = handle.rfind('@');
  return at == std::string::npos ? "" : handle.substr(at + 1);
}

std::string visible_id_of_handle(const std::string& handle) {
  const auto at = handle.rfind('@');
  return at == std::string::npos ? "" : handle.substr(0, at);
}

std::string given_up_handle(const AccountId& account) { return "deleted " + account.text(); }

}  // namespace parley::hub
