#include "hub/engine/departures.h"

#include <utility>

#include "hub/engine/visible_id.h"

namespace parley::hub {

void Departures::begin(const std::string& provider) {
  leaving_.push_back(provider);
  step();
}

void Departures::step() {
  // At the end of the process it is left to the next one.
  const bool can = p_.committer.available() && !p_.shared.stopping;
  if (writing_ || leaving_.empty() || !can) return;
  writing_ = true;
  const std::string provider = leaving_.front();
  p_.committer.add(op::EndPeople{provider, kPeopleAtATime, p_.shared.now},
                   [this, provider](const Result<op::Reply>& reply) {
                     writing_ = false;
                     // Otherwise tick() goes on.
                     if (reply) ended(provider, std::get<op::PeopleEnded>(reply->value));
                   });
}

void Departures::ended(const std::string& provider, const op::PeopleEnded& people) {
  for (const AccountId& id : people.accounts) {
    // Whom nobody holds in memory is read as deleted from now on.
    if (!p_.directory.holds(id)) continue;
    p_.directory.with(id, [this, id](const Result<AccountPtr>& account) {
      if (account && *account != nullptr) p_.devices.wiped(**account, given_up_handle(id));
    });
  }
  if (people.all) {
    leaving_.pop_front();
    left_(provider);
  }
  step();
}

void Departures::tick() { step(); }

std::optional<Time> Departures::next_wakeup() const {
  if (writing_ || leaving_.empty() || !p_.committer.available()) return std::nullopt;
  return p_.shared.now;
}

}  // namespace parley::hub
