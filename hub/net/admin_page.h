// The operator's page behind HTTP, without sockets: its files, logging in and out, and the parts of
// the admin interface (admin_api.h) that a browser may use.
//
//   GET  /admin, /admin/...            the page (web_files.h)
//   POST /admin/api/login              {"password"}; sets the cookie
//   POST /admin/api/logout
//   GET  /admin/api/history?service=ID&span=day|month     numbers for plots; without ID the hub's
//   GET  /admin/api/providers, .../ID, /admin/api/reports, .../ID     as in admin_api.h
//   POST /admin/api/providers/ID/state, /admin/api/reports/ID/resolution
//
// Services are added, changed and removed on the machine only: a stolen session cannot change
// where a service's keys come from.
//
// A request of the interface must carry the header X-Parley-Admin, which other sites cannot add,
// and where the browser says where it comes from, that must be this address: the cookie alone
// proves nothing, since browsers send it for every port of a host.
//
// One thread (the engine's). What is changed is logged: what, of which service or report, and the
// reason that was given.
#pragma once

#include <memory>
#include <string>

#include "hub/engine/password_hasher.h"
#include "hub/net/admin_api.h"
#include "hub/net/admin_sessions.h"
#include "hub/net/history.h"
#include "hub/net/log.h"
#include "hub/net/web_files.h"

namespace parley::hub {

struct AdminRequest {
  std::string method, target, body;
  // Headers; empty: not there.
  std::string cookie, host, origin, fetch_site, mark, accept_encoding, if_none_match;
  AddressBucket from;
  bool encrypted = false;
};

class AdminPage {
 public:
  // Passwords being checked; the pool is shared with people who log in to their accounts.
  static constexpr int kMaxChecks = 2;
  static constexpr std::size_t kMaxPasswordBytes = 1024;

  struct Parts {
    AdminApi& api;
    PasswordHasher& passwords;
    RandomSource& random;
    HubHistory& history;
    // Asks for what the numbers are now.
    std::function<void(Completion<HubHistory::Now>)> read;
    Log& log;
  };
  AdminPage(Parts parts, std::string password_hash)
      : p_(std::move(parts)), password_hash_(std::move(password_hash)), sessions_(p_.random) {}

  void serve(std::shared_ptr<const WebFiles> files) { files_ = std::move(files); }
  // Ends every session.
  void change_password(std::string hash);

  // `now` is steady.
  void handle(AdminRequest request, Time now, Completion<Answer> done);

 private:
  Answer answer_file(const AdminRequest& request) const;
  void answer_api(AdminRequest request, std::string_view path, Time now, Completion<Answer> done);
  void log_in(AdminRequest request, Time now, Completion<Answer> done);
  Answer logged_in(bool right, const AdminRequest& request, Time now);
  void show_history(std::string_view target, Completion<Answer> done);
  void ask(AdminRequest request, std::string_view path, Completion<Answer> done);
  Completion<Answer> logged(const AdminRequest& request, std::string_view path,
                            Completion<Answer> done);

  Parts p_;
  std::string password_hash_;
  AdminSessions sessions_;
  LoginGuard guard_;
  int checks_ = 0;
  std::shared_ptr<const WebFiles> files_;
};

}  // namespace parley::hub
