// An account's own devices: signing in over the channel, presence, names, removal. Changes
// of the set of devices hold back everybody who would decide over it until they are durable.
// One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/local_route.h"
#include "hub/engine/mailboxes.h"
#include "hub/engine/send_log.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class Devices {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Committer& committer;
    Mailboxes& mailboxes;
    SendLog& log;
    LocalRoute& route;
  };
  explicit Devices(Parts parts) : p_(parts) {}

  // Called with an account that was wiped.
  void on_wiped(std::function<void(const AccountId&)> then) { on_wiped_ = std::move(then); }

  // What every hello must have. False: it was answered, and the connection is gone.
  bool check_hello(Connection& connection, std::uint64_t request,
                   const wire::channel::Hello& hello);
  // Checks a hello by session token; at the end the connection is open and `then` is called,
  // or it is closed.
  void join(Connection& connection, std::uint64_t request,
            const wire::channel::SessionCredential& session,
            std::function<void(ConnectionId)> then);
  // The connection is the device's from now on.
  void admit(Connection& connection, std::uint64_t request, const AccountPtr& account,
             DeviceId device, const std::function<void(ConnectionId)>& then);
  // A connection that was open ended.
  void left(const Connection& connection);

  void list(Connection& connection, std::uint64_t request);
  void rename(Connection& connection, std::uint64_t request, wire::channel::RenameDevice rename);
  void remove(Connection& connection, std::uint64_t request, wire::channel::RemoveDevice remove);

  struct Found {
    AccountPtr account;
    DeviceId device;
  };
  // Whose session token this is. Errors: not_authenticated, session_expired.
  void find_session(ByteView session_token, Completion<Result<Found>> done);

  // --- for set-up
  struct Added {
    AccountPtr account;
    DeviceId device;
  };
  void add(op::AddDevice request, Completion<Result<Added>> done);
  // `new_handle`: as in op::DeleteAccount. Error: not_found.
  void delete_account(const AccountId& account, std::string new_handle, Completion<Status> done);
  // `change` was written for a device of the account, which the caller locked.
  void added(Account& account, const op::NewDevice& device, const op::DeviceAdded& change);
  // One device goes, with mailbox and prekeys. Errors: not_found.
  void remove(const AccountPtr& account, DeviceId device, Completion<Status> done);
  // Empties in memory an account whose deletion is durable. Without effect where that was done.
  void wiped(Account& account, const std::string& new_handle);
  // Devices whose session expired count no longer. The account is locked by the caller.
  void remove_dead(const AccountPtr& account);

 private:
  void joined(ConnectionId connection, std::uint64_t request, TokenHash token,
              DeviceAddress address, Result<AccountPtr> account,
              const std::function<void(ConnectionId)>& then);
  wire::channel::Welcome welcome(const Account& account, const DeviceRecord& device);
  void touch(const AccountPtr& account, DeviceId device);
  void forget_device(Account& account, DeviceId device, ErrorCode why);

  Parts p_;
  std::function<void(const AccountId&)> on_wiped_;
};

}  // namespace parley::hub
