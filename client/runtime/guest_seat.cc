#include "client/runtime/guest_seat.h"

#include "lib/wire/wire.h"

namespace parley::client {

namespace local = wire::client_local;

GuestSeat::GuestSeat(Host& host, std::shared_ptr<LocalConnection> connection)
    : host_(host), connection_(std::move(connection)) {}

GuestSeat::~GuestSeat() { connection_->close(); }

void GuestSeat::start() {
  local::HostHello hello;
  hello.version = kLocalVersion;
  tell(hello);
  connection_->start([this](ByteView message) { receive(message); },
                     [this] { host_.leave(*this); });
}

template <typename Body>
void GuestSeat::tell(Body body) {
  local::FromHost message;
  message.body = std::move(body);
  connection_->send(wire::encode_secret(message));
}

void GuestSeat::on_event(const wire::client::Event& event, std::uint64_t inbox_position) {
  local::NewEvent told;
  told.event = event;
  told.inbox_position = inbox_position;
  tell(std::move(told));
}

void GuestSeat::on_inbox(const local::InboxPage& page) { tell(page); }

void GuestSeat::on_link(const local::LinkReport& report) { tell(report); }

void GuestSeat::on_end(const Error&) { connection_->close(); }

void GuestSeat::receive(ByteView message) {
  const auto self = shared_from_this();  // a step may end this seat
  auto decoded = wire::decode<local::FromGuest>(message);
  if (!decoded) return host_.leave(*this);
  if (auto* command = std::get_if<wire::client::Command>(&decoded->body)) {
    host_.submit_for(*this, std::move(*command));
  } else if (const auto* read = std::get_if<local::ReadInbox>(&decoded->body)) {
    host_.read_inbox_for(*this, read->after, read->limit);
  } else if (const auto* drop = std::get_if<local::DropInbox>(&decoded->body)) {
    host_.drop_inbox(drop->through);
  }
}

}  // namespace parley::client
