// One write batch at work: what each operation does to the database. The operations are grouped
// by subject in apply_*.cc; batch_writer.cc has what several of them need. Writer thread only;
// SqliteError is thrown through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/store/batch_writer.h"

namespace parley::hub {

// One overload for each operation.
struct BatchWriter::Apply {
  BatchWriter& writer;
  Database& db;

  // --- helpers
  static op::Reply outcome(op::Outcome what) { return {what, {}}; }
  bool has_account(const AccountId& id);
  // 0: no such device.
  std::int64_t number_of(const DeviceAddress& device);
  bool has_device(const DeviceAddress& device);
  static bool first(Statement& statement);
  op::Reply done_if_changed();
  void insert_device(const AccountId& account, DeviceId id, const op::NewDevice& device);
  void delete_device(const DeviceAddress& device);
  std::vector<DeviceId> device_ids(const AccountId& account);
  void set_meta(const std::string& name, std::int64_t value);

  // --- messages
  op::Reply operator()(const op::Cancelled&);
  op::Reply operator()(const op::PutMessage& o);
  op::Reply operator()(const op::RemoveMessages& o);
  op::Reply operator()(const op::PutSendResult& o);

  // --- the hub
  op::Reply operator()(const op::CreateHub& o);
  op::Reply operator()(const op::ReserveTimes& o);
  op::Reply operator()(const op::PutStampKey& o);
  op::Reply operator()(const op::RemoveStampKey& o);

  // --- accounts
  op::Reply operator()(const op::Boxed<op::CreateAccount>& boxed);
  op::Reply operator()(const op::Boxed<op::AddDevice>& boxed);
  op::Reply operator()(const op::RemoveDevice& o);
  op::Reply operator()(const op::RenameDevice& o);
  op::Reply operator()(const op::TouchDevice& o);
  op::Reply operator()(const op::SetPushEndpoint& o);
  op::Reply operator()(const op::SetProfile& o);
  op::Reply operator()(const op::SetRecovery& o);
  op::Reply operator()(const op::Boxed<op::SetPassword>& boxed);
  op::Reply operator()(const op::SetRelation& o);
  op::Reply operator()(const op::SetThirdParty& o);
  void end_account(const AccountId& account, const std::string& new_handle, Time at);
  op::Reply operator()(const op::DeleteAccount& o);
  op::Reply operator()(const op::EndPeople& o);

  // --- people of other services
  struct Enlisted {
    DeviceId id;
    bool same;  // registration id and authentication key
  };
  std::vector<Enlisted> enlisted(const AccountId& account, const op::NewDevice& device);
  op::Reply operator()(const op::Boxed<op::Enlist>& boxed);
  op::Reply operator()(const op::UseToken& o);

  // --- services and reports
  op::Reply operator()(const op::Boxed<op::PutProvider>& boxed);
  op::Reply operator()(const op::RemoveProvider& o);
  op::Reply operator()(const op::AddFirstContact& o);
  // Whether it fits, if need be without the oldest that were resolved.
  bool make_room(std::uint64_t size, const op::PutReport& o);
  bool remove_found(Statement& report);
  op::Reply operator()(const op::Boxed<op::PutReport>& boxed);
  op::Reply operator()(const op::ResolveReport& o);

  // --- prekeys
  void put_one_time(std::int64_t device, int kind, std::uint32_t id, const KeyDigest& digest,
                    ByteView key, ByteView signature);
  op::Reply operator()(const op::Boxed<op::PutPrekeys>& boxed);
  // What keeps a repeated upload out need not be kept for ever: ids grow, and an upload is
  // repeated soon or not at all.
  void forget_oldest_taken(std::int64_t device);
  std::optional<OneTimeSignedKeyRecord> take_one_time(std::int64_t device, int kind);
  std::optional<op::TakenPrekeys::Device> take(const DeviceAddress& address, bool lasting_only);
  op::Reply operator()(const op::TakePrekeys& o);

  // --- tickets
  op::Reply operator()(const op::Boxed<op::PutTicket>& boxed);

  // --- sweeping: the oldest lie at the beginning
  void sweep_messages(const op::Sweep& o, op::Swept& swept);
  void sweep_sends(const op::Sweep& o, op::Swept& swept);
  void sweep_reports(const op::Sweep& o, op::Swept& swept);
  // Goes round: those that are referred to stay, and must not be in the way of the others.
  void sweep_gone_people(const op::Sweep& o, op::Swept& swept);
  op::Reply operator()(const op::Sweep& o);
};

}  // namespace parley::hub
