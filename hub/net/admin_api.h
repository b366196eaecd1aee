// The operator's interface of a running hub, without sockets: a method, a path and a JSON
// body go in, a status and a JSON body come out. Served on DATA/admin.sock (admin_server.h);
// whoever can open that file is the operator.
//
//   GET    /providers                 {"providers": [...]}
//   GET    /providers/ID              one of them
//   POST   /providers                 add or replace (service_entry.h)
//   POST   /providers/ID/state        {"state", "reason"}; "resumed": {"state"} as it was before
//   POST   /providers/ID/authorization   {"authorization"} for a request to its servers
//   DELETE /providers/ID
//   GET    /reports?open=0&provider=ID&after=ID   {"reports": [...], "next"}
//   GET    /reports/ID                with the messages
//   POST   /reports/ID/resolution     {"resolution", "note"}
//
// Errors travel as SetupFailure, as in setup_api.h. One thread (the engine's).
#pragma once

#include <string>
#include <string_view>

#include "hub/net/operator_desk.h"
#include "hub/net/setup_api.h"

namespace parley::hub {

// A provider with a logo of 64 KiB in base64.
inline constexpr std::size_t kMaxAdminBodyBytes = 128 * 1024;

// Of "/path?a=1&b=2"; values need no escapes here. Empty: it is not there.
std::string query_parameter(std::string_view target, std::string_view name);

class AdminApi {
 public:
  // The desk outlives it.
  explicit AdminApi(OperatorDesk& desk) : desk_(desk) {}

  void handle(std::string_view method, std::string_view target, const std::string& body,
              Completion<Answer> done);

 private:
  void providers(std::string_view method, std::string_view rest, const std::string& body,
                 Completion<Answer> done);
  void reports(std::string_view method, std::string_view rest, std::string_view target,
               const std::string& body, Completion<Answer> done);
  void show_provider(std::string id, Completion<Answer> done);
  void set_state(const std::string& id, const std::string& body, Completion<Answer> done);
  void resume(const std::string& id, Completion<Answer> done);
  void resolve(const std::string& id, const std::string& body, Completion<Answer> done);

  OperatorDesk& desk_;
};

}  // namespace parley::hub
