// Serves the admin interface on a Unix socket that only the hub's own user can open. One
// request for each connection; few at a time.
//
// Threads: one, that of the io_context. Ownership: the io_context and the function outlive
// it. Destroying it, or stop(), removes the socket's file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hub/engine/types.h"
#include "hub/net/setup_api.h"
#include "hub/net/transport.h"
#include "lib/base/result.h"

namespace parley::hub {

class AdminServer {
 public:
  using Handler = std::function<void(std::string method, std::string target, std::string body,
                                     Completion<Answer> done)>;

  // ErrorCode::bad_config where the path is too long for a socket, otherwise store_unwritable.
  // The caller holds the data folder's lock: an old file there is a leftover.
  static Result<std::unique_ptr<AdminServer>> open(IoContext& io, const std::string& path,
                                                   Handler handler);
  ~AdminServer();
  void stop();

  // Its inside, for the source file.
  struct Core;

 private:
  explicit AdminServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}

  std::shared_ptr<Core> core_;
};

}  // namespace parley::hub
