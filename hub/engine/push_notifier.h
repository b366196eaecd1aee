// Telling a service that something waits for one of its people, or a browser that something
// waits for its device, as a port. Fire and forget: the adapter makes one of several, tries
// again, and gives up; messages wait regardless. Called on the engine's thread; returns at once.
#pragma once

#include <string>

#include "hub/engine/types.h"

namespace parley::hub {

class PushNotifier {
 public:
  virtual ~PushNotifier() = default;

  // An empty URL: the service takes no pushes.
  virtual void notify(const std::string& provider_id, const std::string& push_url,
                      const std::string& visible_id) = 0;
  // An endpoint that turns out to be of no use comes back as Engine::push_endpoint_gone, not
  // before the call returned.
  virtual void notify_browser(const DeviceAddress& device, const std::string& endpoint) = 0;
};

}  // namespace parley::hub
