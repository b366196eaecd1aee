#include "client/runtime/messenger.h"

#include <chrono>
#include <thread>

#include "client/runtime/guest.h"
#include "client/runtime/host.h"
#include "lib/crypto/system_random.h"

namespace parley::client {

RandomSource& system_random() {
  static crypto::SystemRandom random;
  return random;
}

Result<std::unique_ptr<Messenger>> join(boost::asio::io_context& io, const MessengerConfig& config,
                                        RandomSource& random, MessengerHandler& handler) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::milliseconds(kJoinPatience.ms);
  while (true) {
    auto host = Host::open(io, config, random, handler);
    if (host) return std::unique_ptr<Messenger>(std::move(*host));
    if (host.error().code != ErrorCode::store_locked) return fail(host.error());
    const auto rest =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    auto guest =
        Guest::open(io, config.folder, milliseconds(std::max<std::int64_t>(rest, 100)), handler);
    if (guest) return std::unique_ptr<Messenger>(std::move(*guest));
    // The holder is just starting or ending.
    if (rest <= 0) {
      return fail(ErrorCode::store_locked, host.error().detail + " (" + guest.error().detail + ")");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace parley::client
