// Accepting messages: from a Send to Accepted.
//
// The rule ("never lose, never repeat"): the target devices are fixed when a send is
// accepted. Accepted goes back when the send is durable (group commit) or when every target
// device has acknowledged it, whichever comes first; one acknowledged by all before its batch
// leaves is never written. A send is keyed by (sender device, send id) and its first result
// is replayed while known. One that policy drops silently is answered with the commit, like
// one to somebody who is away. A send whose commit failed did not happen: its sender is
// told, and sends again.
//
// Writing to somebody accepts them: that, and how many requests were sent, is written in the
// send's own batch, and such a send is answered with the commit.
//
// Sends wait (see Channel) while an account is loaded or its devices change, while it is
// unknown whether the send is a repeat, and while accepted times are being reserved.
#pragma once

#include "hub/engine/accepted_clock.h"
#include "hub/engine/channel.h"
#include "hub/engine/franking.h"
#include "hub/engine/mailboxes.h"
#include "hub/engine/policy.h"
#include "hub/engine/providers.h"
#include "hub/engine/send_log.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class Sending {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Committer& committer;
    Mailboxes& mailboxes;
    SendLog& log;
    StampKeys& stamps;
    Providers& providers;
  };
  explicit Sending(Parts parts) : p_(parts) {}

  AcceptedClock& clock() { return clock_; }

  // Not consumed where the answer is `wait`.
  Handled handle(Connection& connection, std::uint64_t request, wire::channel::Send& send,
                 const WakeMaker& wake);

  // Every target of it acknowledged it.
  void all_acknowledged(OpenSend& send);
  // Its batch was written, or failed.
  void settled(const op::PutSendResult& result, bool durable);

  // What a send said about its sender's relation was not written: the next one says it again.
  void relation_lost(const op::SetRelation& change);

  // Writes a reservation of accepted times if one is wanted.
  void reserve_if_wanted();

 private:
  struct Target {
    AccountPtr account;
    DeviceId device;
    const wire::channel::DeviceCiphertext* ciphertext;
    bool dropped;
    bool request;
  };
  // What becomes of the sender's relation to the other person.
  struct Contact {
    RelationState now;
    bool changed = false;
    bool first = false;  // a first contact
  };

  Handled answer_repeat(Connection& connection, std::uint64_t request, const SendKey& key,
                        const wire::channel::Send& send);
  Status check_capacity() const;
  Status admit(const Connection& connection, const wire::channel::Send& send);
  Result<Decision> decide(const Connection& connection, const wire::channel::Send& send,
                          const Account& target) const;
  Result<Contact> contact(const Connection& connection, const wire::channel::Send& send,
                          const std::vector<AccountPtr>& accounts, const Decision& decision) const;
  static Quota contacts_of(const Account& sender);
  void write_contact(const Connection& connection, const AccountId& other, const Contact& contact);
  std::vector<Target> choose_targets(const Connection& connection, const wire::channel::Send& send,
                                     const std::vector<AccountPtr>& accounts,
                                     const Decision& decision) const;
  std::optional<wire::channel::DeviceMismatch> find_mismatch(
      const Connection& connection, const wire::channel::Send& send,
      const std::vector<AccountPtr>& accounts) const;
  bool compare_devices(const Connection& connection, const wire::channel::Recipient& recipient,
                       const Account& account, wire::channel::AccountDevices& differences) const;
  Status check_room(const wire::channel::Send& send, const std::vector<Target>& targets) const;
  void accept(Connection& connection, std::uint64_t request, wire::channel::Send& send,
              const std::vector<AccountPtr>& accounts, const std::vector<Target>& targets,
              bool must_commit);
  SendResult make_result(const Connection& connection, const wire::channel::Send& send,
                         const std::vector<AccountPtr>& accounts);
  void answer(OpenSend& send);

  Parts p_;
  AcceptedClock clock_;
  std::vector<Wake> waiting_for_times_;
};

}  // namespace parley::hub
