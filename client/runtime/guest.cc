#include "client/runtime/guest.h"

#include "lib/wire/wire.h"

namespace parley::client {

namespace local = wire::client_local;

Result<std::unique_ptr<Guest>> Guest::open(boost::asio::io_context& io,
                                           const std::filesystem::path& folder, Duration patience,
                                           MessengerHandler& handler) {
  PARLEY_TRY(greeting, connect_local(io, folder, patience));
  auto first = wire::decode<local::FromHost>(greeting.first_message);
  const auto* hello = first ? std::get_if<local::HostHello>(&first->body) : nullptr;
  if (hello == nullptr || hello->version != kLocalVersion) {
    return fail(ErrorCode::store_locked, "the program that uses it is of another version");
  }
  return std::unique_ptr<Guest>(new Guest(io, std::move(greeting.connection), handler));
}

Guest::Guest(boost::asio::io_context&, std::shared_ptr<LocalConnection> connection,
             MessengerHandler& handler)
    : connection_(std::move(connection)), handler_(handler) {
  connection_->start([this](ByteView message) { receive(message); },
                     [this] {
                       handler_.on_end({ErrorCode::store_locked,
                                        "the Parley program that held the account has ended"});
                     });
}

Guest::~Guest() { connection_->close(); }

template <typename Body>
void Guest::ask(Body body) {
  local::FromGuest message;
  message.body = std::move(body);
  connection_->send(wire::encode_secret(message));
}

void Guest::submit(wire::client::Command command) { ask(std::move(command)); }

void Guest::read_inbox(std::uint64_t after, std::uint32_t limit) {
  local::ReadInbox read;
  read.after = after;
  read.limit = limit;
  ask(read);
}

void Guest::drop_inbox(std::uint64_t through) {
  local::DropInbox drop;
  drop.through = through;
  ask(drop);
}

void Guest::stop(std::function<void()> stopped) { connection_->flush(std::move(stopped)); }

void Guest::receive(ByteView message) {
  auto decoded = wire::decode<local::FromHost>(message);
  if (!decoded) return;
  if (auto* told = std::get_if<local::NewEvent>(&decoded->body)) {
    if (told->event) handler_.on_event(*told->event, told->inbox_position);
  } else if (const auto* page = std::get_if<local::InboxPage>(&decoded->body)) {
    handler_.on_inbox(*page);
  } else if (const auto* report = std::get_if<local::LinkReport>(&decoded->body)) {
    handler_.on_link(*report);
  }
}

}  // namespace parley::client
