// Everything before a device can open the channel: accounts, passwords, new devices.
//
// A wrong name and a wrong password look and cost the same. Passwords go straight to the
// hasher; only the hash is kept. Tokens are stored as SHA-256. One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/devices.h"
#include "proto/setup.h"

namespace parley::hub {

class Setup {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Committer& committer;
    Devices& devices;
  };
  explicit Setup(Parts parts) : p_(parts) {}

  using Registered = Completion<Result<wire::setup::Registered>>;
  using Granted = Completion<Result<wire::setup::LoginGranted>>;
  using Recovered = Completion<Result<wire::setup::Recovery>>;

  void sign_up(wire::setup::SignUp request, AddressBucket origin, Registered done);
  void log_in(wire::setup::LogIn request, AddressBucket origin, Granted done);
  void add_device(wire::setup::AddDevice request, AddressBucket origin, Registered done);
  void fetch_recovery(wire::setup::FetchRecovery request, AddressBucket origin, Recovered done);
  void change_password(wire::setup::ChangePassword request, AddressBucket origin,
                       Completion<Status> done);
  void delete_account(wire::setup::DeleteAccount request, AddressBucket origin,
                      Completion<Status> done);

 private:
  void check_password(const std::string& handle, SecretBuffer password, AddressBucket origin,
                      Completion<Result<Credentials>> done);
  void create_account(op::CreateAccount request, std::shared_ptr<SecretBuffer> token,
                      Registered done);
  void grant_login(const Account& account, Granted done);
  // The account a login token is for.
  void check_ticket(const SecretBuffer& token, AddressBucket origin,
                    Completion<Result<AccountId>> done);
  op::NewDevice new_device(const wire::setup::NewDevice& device, ByteView token) const;

  Parts p_;
};

}  // namespace parley::hub
