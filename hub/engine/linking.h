// Linking: a new device without a session gets the account's identity from an existing one.
// The new device opens a slot and shows its code; the existing one answers into the slot,
// end-to-end encrypted; the new one polls for it and gets a login token of its own.
//
// Slots are tickets in the store, named by a hash of the poll token, so that any node can
// serve either side. The login token is derived from the poll token: a poll that is repeated
// because its answer was lost gets the same one, and it still works only once. One thread.
#pragma once

#include <list>

#include "hub/engine/committer.h"
#include "hub/engine/sessions.h"
#include "proto/setup.h"

namespace parley::hub {

class Linking {
 public:
  static constexpr Duration kPollWait = seconds(25);
  // Polls that wait at a time; beyond, they are answered at once.
  static constexpr std::size_t kMaxWaiting = 10'000;

  struct Parts {
    Shared& shared;
    Sessions& sessions;
    Committer& committer;
  };
  explicit Linking(Parts parts) : p_(parts) {}

  using Opened = Completion<Result<wire::setup::LinkOpened>>;
  using Polled = Completion<Result<wire::setup::LinkResult>>;

  void open(AddressBucket origin, Opened done);
  void poll(SecretBuffer poll_token, AddressBucket origin, Polled done);
  void approve(Connection& connection, std::uint64_t request, wire::channel::ApproveLink approval);

  std::optional<Time> next_wakeup() const;
  void tick();

 private:
  struct Waiting {
    TicketKey slot;
    Time until;
    std::shared_ptr<SecretBuffer> poll_token;
    Polled done;
  };

  void look(std::shared_ptr<SecretBuffer> poll_token, Time until, Polled done);
  void grant(const TicketKey& slot, Ticket ticket, const SecretBuffer& poll_token, Polled done);
  void wake(const TicketKey& slot);

  Parts p_;
  std::list<Waiting> waiting_;
};

}  // namespace parley::hub
