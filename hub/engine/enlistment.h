// Enlistment: how a service's person comes to have an account and devices here, and how both
// end (POST /v1/enlistments and /v1/enlistments/delete).
//
// Each token works once: that it was used is durable before anything else happens. Changes of
// one name follow each other, so that what was looked up still holds when it is written; the
// store decides in the end. A name that was given up is free, and whoever gets it next is a
// new account.
//
// Source: docs/protocol/identity.md, sections 3 to 6. One thread.
#pragma once

#include <string>

#include "hub/engine/devices.h"
#include "hub/engine/token_check.h"
#include "hub/engine/turns.h"
#include "proto/setup.h"

namespace parley::hub {

class Enlistment {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Committer& committer;
    Devices& devices;
    Providers& providers;
    TokenCheck& tokens;
  };
  explicit Enlistment(Parts parts) : p_(parts) {}

  using Enlisted = Completion<Result<wire::setup::Enlisted>>;
  using Ended = Completion<Result<wire::setup::EnlistmentEnded>>;
  void enlist(wire::setup::Enlist request, AddressBucket origin, Enlisted done);
  void end(const wire::setup::EndEnlistment& request, AddressBucket origin, Ended done);

 private:
  using Found = Completion<Result<std::optional<AccountId>>>;

  Status check_person(const TokenClaims& claims) const;
  // Whether the service lets that person in now.
  Status check_open(const TokenClaims& claims) const;
  // Once, and on the service's allowance.
  void use_token(const TokenClaims& claims, Quota allowance, Completion<Status> done);
  // Finds the account of a handle, alone with that handle until finished().
  void take_turn(const std::string& handle, Found found);

  void add(const std::string& handle, op::Enlist request, std::optional<AccountId> account,
           const Enlisted& done);
  void write(op::Enlist request, const AccountPtr& account, const Enlisted& done);
  wire::setup::Enlisted answer(const op::Enlist& request, DeviceId device) const;
  void remove(const AccountPtr& account, std::uint32_t device, const Ended& done);

  Parts p_;
  Turns turns_;
};

}  // namespace parley::hub
