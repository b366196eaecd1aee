#include "hub/net/admin_sessions.h"

#include <algorithm>

#include "lib/base/encoding.h"
#include "lib/crypto/hash.h"

namespace parley::hub {

std::string AdminSessions::begin(Time now) {
  const Secret<32> secret = random_.secret<32>();
  std::string token = base64url_encode(secret.view());
  if (sessions_.size() >= kMaxSessions) sessions_.pop_front();
  sessions_.push_back({crypto::sha256(as_bytes(token)), now, now});
  return token;
}

// Hashes are compared, so that the time it takes says nothing about a token.
std::list<AdminSessions::Session>::iterator AdminSessions::find(std::string_view token, Time now) {
  sessions_.remove_if([now](const Session& each) {
    return now - each.begun >= kLifetime || now - each.used >= kIdleLifetime;
  });
  const ByteArray<32> hash = crypto::sha256(as_bytes(token));
  return std::find_if(sessions_.begin(), sessions_.end(),
                      [&](const Session& each) { return each.hash == hash; });
}

bool AdminSessions::use(std::string_view token, Time now, bool renews) {
  const auto session = find(token, now);
  if (session == sessions_.end()) return false;
  if (renews) session->used = now;
  return true;
}

void AdminSessions::end(std::string_view token) {
  const ByteArray<32> hash = crypto::sha256(as_bytes(token));
  sessions_.remove_if([&](const Session& each) { return each.hash == hash; });
}

Status LoginGuard::begin_try(AddressBucket from, Time now) {
  std::erase_if(tries_, [now](const auto& each) { return now - each.second.last >= kMemory; });
  if (tries_.size() >= kMaxAddresses && !tries_.contains(from.value)) {
    tries_.erase(std::min_element(tries_.begin(), tries_.end(), [](const auto& a, const auto& b) {
      return a.second.last < b.second.last;
    }));
  }
  Tries& tries = tries_[from.value];
  if (tries.count >= kFreeTries) {
    Duration wait = kFirstWait;
    for (int i = kFreeTries; i < tries.count && wait < kLongestWait; ++i) wait = 2 * wait;
    wait = std::min(wait, kLongestWait);
    const Time next = tries.last + wait;
    if (now < next) {
      return fail(Error{ErrorCode::rate_limited, "too many wrong passwords", (next - now).ms});
    }
  }
  ++tries.count;
  tries.last = now;
  return {};
}

}  // namespace parley::hub
