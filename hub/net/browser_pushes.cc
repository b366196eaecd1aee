#include "hub/net/browser_pushes.h"

#include "hub/net/url.h"

namespace parley::hub {
namespace {

// At most a day (RFC 8292, section 2); less, so that a wrong clock does not matter.
constexpr Duration kVapidLifetime = hours(12);
// What waits here waits for weeks; push services keep one for four at most.
constexpr const char* kKeptSeconds = "2419200";
// A later push takes the place of one that the push service still has.
constexpr const char* kTopic = "parley";

constexpr std::size_t kIdBytes = AccountId{}.bytes.size();

// The device and its endpoint as one text, which names the item of a queue.
std::string item_of(const DeviceAddress& device, const std::string& endpoint) {
  std::string item(as_text(device.account.bytes));
  item += static_cast<char>(device.device.value);
  return item + endpoint;
}

DeviceAddress device_of(const std::string& item) {
  AccountId account;
  std::copy_n(item.begin(), kIdBytes, account.bytes.begin());
  return {account, DeviceId{static_cast<std::uint8_t>(item[kIdBytes])}};
}

std::string endpoint_of(const std::string& item) { return item.substr(kIdBytes + 1); }

// Scheme, host and port.
std::string origin_of(const Url& url) {
  return (url.https ? "https://" : "http://") + url.authority();
}

bool is_gone(int status) { return status == 404 || status == 410; }

}  // namespace

void BrowserPushes::notify(const DeviceAddress& device, const std::string& endpoint) {
  if (key_ == nullptr) return;
  const auto url = parse_url(endpoint);
  if (!url || (!url->https && !settings_.private_addresses)) {
    if (gone_) gone_(device, endpoint);
    return;
  }
  queues_.add(origin_of(*url), item_of(device, endpoint));
}

OutgoingRequest BrowserPushes::request(const std::string& origin, const std::string& item) {
  return {.method = "POST",
          .url = endpoint_of(item),
          .authorization =
              key_->authorization(origin, settings_.contact, wall_() + kVapidLifetime).value_or(""),
          .headers = {{"TTL", kKeptSeconds}, {"Urgency", "high"}, {"Topic", kTopic}},
          .private_addresses = settings_.private_addresses};
}

void BrowserPushes::refused(const std::string& item, int status) {
  if (is_gone(status) && gone_) gone_(device_of(item), endpoint_of(item));
}

}  // namespace parley::hub
