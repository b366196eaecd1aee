// The program that holds an account: it runs the engine, stores what the engine
// wants stored *before* anything of the same step leaves, keeps the link to the hub,
// and serves guests (messenger.h).
//
// If storing fails, the engine is dropped and started again from the store: nothing
// of the failed step has happened. Open commands fail with the reason, the link is
// closed and comes back with back-off.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "client/engine/engine.h"
#include "client/runtime/file_transfers.h"
#include "client/runtime/link.h"
#include "client/runtime/local_socket.h"
#include "client/runtime/messenger.h"
#include "client/runtime/record_store.h"
#include "client/runtime/setup_client.h"

namespace parley::client {

class GuestSeat;

class Host final : public Messenger, private LinkHandler {
 public:
  static constexpr std::size_t kMaxGuests = 16;
  // What guests are waiting for is finished before the host leaves.
  static constexpr Duration kGuestPatience = seconds(3);
  static constexpr Duration kFlushPatience = seconds(1);
  // Between attempts to go on after the store could not be written.
  static constexpr Duration kStorageRetry = seconds(10);
  static constexpr std::uint32_t kMaxInboxPage = 1000;

  static Result<std::unique_ptr<Host>> open(boost::asio::io_context& io,
                                            const MessengerConfig& config, RandomSource& random,
                                            MessengerHandler& handler);
  ~Host() override;

  void submit(wire::client::Command command) override;
  void read_inbox(std::uint64_t after, std::uint32_t limit) override;
  void drop_inbox(std::uint64_t through) override;
  void stop(std::function<void()> stopped) override;
  bool is_host() const override { return true; }

 private:
  friend class GuestSeat;
  // Whose command it is, and under which id its owner knows it.
  struct OpenCommand {
    MessengerHandler* seat;
    std::uint64_t id;
    Bytes read_peer;  // of a MarkRead: whose messages leave the inbox
  };

  Host(boost::asio::io_context& io, const MessengerConfig& config, RandomSource& random,
       MessengerHandler& handler, std::unique_ptr<RecordStore> store,
       std::shared_ptr<boost::asio::ssl::context> tls);

  // --- the engine's loop
  void start_engine();
  void input(decltype(wire::client::Input::event) event);
  void work();
  Status carry_out(wire::client::Output output);
  Status store(wire::client::Output& output);
  Status answer(const std::vector<wire::client::Query>& queries);
  void follow(wire::client::LinkWish wish);
  void wake_at(std::int64_t time_ms);
  void open_transfers();
  void storage_failed(const Error& why);

  // --- seats
  void submit_for(MessengerHandler& seat, wire::client::Command command);
  void dispatch(const wire::client::Event& event, std::uint64_t position);
  void answer_command(const wire::client::Event& event);
  void read_inbox_for(MessengerHandler& seat, std::uint64_t after, std::uint32_t limit);
  void end_all(const Error& why);
  void welcome(std::shared_ptr<LocalConnection> connection);
  void leave(GuestSeat& seat);
  void leave_when_guests_are_done();
  void finish();

  // A handler for timers and posts that does nothing after an error or after this
  // host's end.
  template <typename Function>
  auto guarded(Function function) {
    return [alive = std::weak_ptr<int>(alive_),
            function = std::move(function)](boost::system::error_code error) {
      if (!error && alive.lock()) function();
    };
  }

  // --- LinkHandler
  void on_link_up() override;
  void on_link_down(const Error& why) override;
  void on_batch(ByteView batch) override;
  void on_link_report(const wire::client_local::LinkReport& report) override;

  boost::asio::io_context& io_;
  RandomSource& random_;
  MessengerHandler& handler_;
  std::unique_ptr<RecordStore> store_;
  HubAddress hub_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::unique_ptr<Link> link_;
  std::unique_ptr<SetupClient> setup_;
  std::unique_ptr<FileTransfers> transfers_;
  std::unique_ptr<LocalListener> listener_;
  std::unique_ptr<Engine> engine_;
  boost::asio::steady_timer wake_timer_, stop_timer_;

  std::deque<wire::client::Input> inputs_;
  bool working_ = false;
  bool recovered_ = false;  // the engine has done a step since it was started
  bool ended_ = false;
  bool leaving_ = false;
  std::uint64_t last_command_ = 0;
  std::map<std::uint64_t, OpenCommand> commands_;
  std::vector<std::shared_ptr<GuestSeat>> guests_;
  std::function<void()> stopped_;
  // What was posted to the io_context asks this whether the host still lives.
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace parley::client
