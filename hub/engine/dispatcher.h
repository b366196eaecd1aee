// From a connection's bytes to the part that is responsible: decodes batches, keeps a
// connection's frames in order, holds those that cannot be decided yet (channel.h).
//
// Input that does not decode is answered by Failure{malformed} and the end of the
// connection; a request that is merely wrong is refused and the connection lives on.
#pragma once

#include "hub/engine/channel.h"
#include "hub/engine/devices.h"
#include "hub/engine/keys.h"
#include "hub/engine/linking.h"
#include "hub/engine/mailboxes.h"
#include "hub/engine/opt_in.h"
#include "hub/engine/partner_hello.h"
#include "hub/engine/people.h"
#include "hub/engine/reports.h"
#include "hub/engine/sending.h"

namespace parley::hub {

class Dispatcher {
 public:
  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Mailboxes& mailboxes;
    Sending& sending;
    Keys& keys;
    People& people;
    Devices& devices;
    Linking& linking;
    PartnerHello& partner_hello;
    OptIn& opt_in;
    Reports& reports;
  };
  explicit Dispatcher(Parts parts) : p_(parts) {}

  void opened(ConnectionId id, AddressBucket origin);
  void batch_received(ConnectionId id, ByteView batch);
  std::size_t waiting() const { return waiting_; }
  // A connection ended.
  void left(const Connection& connection);

 private:
  using Frame = wire::channel::ClientFrame;

  Status take(ConnectionId id, Frame frame);
  Status take_first(Connection& connection, Frame& frame);
  void take_request(Connection& connection, Frame frame);
  void offer(Connection& connection, Frame& frame);
  Handled dispatch(Connection& connection, Frame& frame);
  Wake make_wake(ConnectionId id);
  void resume(ConnectionId id, const Status& status);

  Parts p_;
  std::size_t waiting_ = 0;
};

}  // namespace parley::hub
