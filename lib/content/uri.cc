#include "lib/content/uri.h"

#include <algorithm>

#include "lib/crypto/hash.h"

namespace parley::content {
namespace {

constexpr std::string_view kScheme = "mimi://";
constexpr std::string_view kUser = "/u/";
constexpr std::string_view kRoom = "/r/";

std::string join(std::string_view hub, std::string_view kind, std::string_view name) {
  std::string uri(kScheme);
  uri.append(hub).append(kind).append(name);
  return uri;
}

}  // namespace

std::string sender_uri(const HubId& hub, const AccountId& account) {
  return join(hub.text(), kUser, account.text());
}

std::string room_uri(const HubId& hub, const ConversationId& conversation) {
  return join(hub.text(), kRoom, conversation.text());
}

ConversationId conversation_id(const AccountId& a, const AccountId& b) {
  std::string first = a.text();
  std::string second = b.text();
  // Not the order of the raw bytes: in ASCII, base32's digits come before its letters.
  if (second < first) std::swap(first, second);
  if (first != second) first.append("\n").append(second);
  ConversationId id;
  id.bytes = crypto::sha256(as_bytes(first));
  return id;
}

Result<SenderName> parse_sender_uri(std::string_view uri) {
  const auto slash = uri.find(kUser, kScheme.size());
  if (!uri.starts_with(kScheme) || slash == std::string_view::npos) {
    return fail(ErrorCode::malformed, "not a sender URI");
  }
  PARLEY_TRY(hub, HubId::parse(uri.substr(kScheme.size(), slash - kScheme.size())));
  PARLEY_TRY(account, AccountId::parse(uri.substr(slash + kUser.size())));
  return SenderName{hub, account};
}

}  // namespace parley::content
