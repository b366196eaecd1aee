// Asks a running hub through DATA/admin.sock, for parleyd's operator commands. Blocks; one
// request for each call. Errors carry what the person at the terminal reads: hub_unreachable
// where no hub runs there, or the hub's own answer.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "lib/base/result.h"

namespace parley::hub {

inline constexpr char kAdminSocketName[] = "admin.sock";

class AdminClient {
 public:
  explicit AdminClient(std::string data_folder) : data_(std::move(data_folder)) {}

  Result<boost::json::object> ask(const std::string& method, const std::string& target,
                                  const std::string& body = {}) const;

 private:
  std::string data_;
};

}  // namespace parley::hub
