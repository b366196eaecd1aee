#include "hub/engine/conversation.h"

#include <utility>

#include "lib/crypto/hash.h"

namespace parley::hub {

ConversationId conversation_between(const AccountId& a, const AccountId& b) {
  std::string first = a.text();
  std::string second = b.text();
  if (second < first) std::swap(first, second);
  if (first != second) first += '\n' + second;
  return {crypto::sha256(as_bytes(first))};
}

std::string mimi_uri(const HubId& hub, const AccountId& account) {
  return "mimi://" + hub.text() + "/u/" + account.text();
}

}  // namespace parley::hub
