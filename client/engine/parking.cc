#include "client/engine/parking.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/engine/contacts.h"

namespace parley::client {
namespace {

std::vector<ParkedDelivery> take_parked(LiveState& live, const AccountId& sender) {
  auto& parked = live.parked;
  const auto first =
      std::stable_partition(parked.begin(), parked.end(),
                            [&](const ParkedDelivery& one) { return one.sender != sender; });
  std::vector<ParkedDelivery> taken(std::make_move_iterator(first),
                                    std::make_move_iterator(parked.end()));
  parked.erase(first, parked.end());
  return taken;
}

}  // namespace

bool is_parked(const LiveState& live, const AccountId& sender) {
  return first_parked_us(live, sender).has_value();
}

void park(Step& step, const Delivery& delivery, const AccountId& sender) {
  if (step.live().parked.size() >= kMaxParkedDeliveries) {
    step.reset_link();  // the hub keeps them and sends them again
    return;
  }
  step.live().parked.push_back({sender, delivery});
  look_up_account(step, sender);
}

std::optional<std::int64_t> first_parked_us(const LiveState& live, const AccountId& sender) {
  const auto first =
      std::find_if(live.parked.begin(), live.parked.end(),
                   [&](const ParkedDelivery& parked) { return parked.sender == sender; });
  if (first == live.parked.end()) return std::nullopt;
  return first->delivery.deliver->accepted_at_us;
}

void end_parking(Step& step, const AccountId& sender, const OpenRequest& request) {
  for (ParkedDelivery& parked : take_parked(step.live(), sender)) {
    Delivery again = std::move(parked.delivery);
    again.hub_was_asked = request.id > again.came_after;
    step.redeliver(std::move(again));
  }
}

void drop_parked(Step& step, const AccountId& sender) {
  for (const ParkedDelivery& parked : take_parked(step.live(), sender)) {
    step.acknowledge(parked.delivery.deliver->accepted_at_us);
  }
}

}  // namespace parley::client
