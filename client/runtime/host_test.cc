// Several programs of one account, without a hub: who holds it, who is answered.
#include "client/runtime/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <thread>

#include "client/runtime/guest.h"
#include "client/runtime/temporary_folder.h"
#include "lib/crypto/system_random.h"

namespace parley::client {
namespace {

namespace api = wire::client;
using namespace std::chrono_literals;

constexpr auto kLimit = 30s;  // only reached when something is wrong

// What a messenger told.
class Ears final : public MessengerHandler {
 public:
  void on_event(const api::Event& event, std::uint64_t) override { events.push_back(event); }
  void on_inbox(const wire::client_local::InboxPage& page) override {
    inbox_pages += 1;
    inbox_events += page.events.size();
  }
  void on_link(const wire::client_local::LinkReport&) override {}
  void on_end(const Error& why) override { end = why; }

  bool is_answered(std::uint64_t id) const {
    return std::any_of(events.begin(), events.end(), [&](const api::Event& event) {
      return event.command_id == id && (std::holds_alternative<api::CommandDone>(event.body) ||
                                        std::holds_alternative<api::CommandFailed>(event.body));
    });
  }

  std::vector<api::Event> events;
  std::size_t inbox_pages = 0, inbox_events = 0;
  std::optional<Error> end;
};

// A program: its own io_context, its own thread, as two processes would be.
class Program {
 public:
  explicit Program(const MessengerConfig& config)
      : work_(boost::asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {
    run([&] { joined_ = join(io_, config, random_, ears_); });
  }
  ~Program() {
    run([&] { joined_ = fail(ErrorCode::unspecified); });
    work_.reset();
    io_.stop();
    thread_.join();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  template <typename Body>
  void submit(std::uint64_t id, Body body) {
    run([&] {
      api::Command command;
      command.id = id;
      command.body = std::move(body);
      (*joined_)->submit(std::move(command));
    });
  }
  void read_inbox() {
    run([&] { (*joined_)->read_inbox(0, 10); });
  }
  void stop() {
    std::promise<void> stopped;
    run([&] { (*joined_)->stop([&] { stopped.set_value(); }); });
    ASSERT_EQ(stopped.get_future().wait_for(kLimit), std::future_status::ready);
    run([&] { joined_ = fail(ErrorCode::unspecified); });
  }

  template <typename Function>
  auto get(Function function) {
    std::promise<decltype(function())> result;
    boost::asio::post(io_, [&] { result.set_value(function()); });
    return result.get_future().get();
  }
  template <typename Function>
  void run(Function function) {
    get([&] {
      function();
      return true;
    });
  }
  bool is_joined() {
    return get([&] { return joined_.has_value(); });
  }
  bool is_host() {
    return get([&] { return joined_ && (*joined_)->is_host(); });
  }
  // Waits until what the program heard is as it should be.
  template <typename Predicate>
  bool hears(Predicate predicate) {
    const auto until = std::chrono::steady_clock::now() + kLimit;
    while (!get([&] { return predicate(ears_); })) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
  bool is_answered(std::uint64_t id) {
    return hears([&](const Ears& ears) { return ears.is_answered(id); });
  }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  crypto::SystemRandom random_;
  Ears ears_;
  Result<std::unique_ptr<Messenger>> joined_ = fail(ErrorCode::unspecified);
  std::thread thread_;
};

class HostTest : public testing::Test {
 protected:
  // Nothing listens on this port.
  const TemporaryFolder temporary_;
  const MessengerConfig config_{temporary_.path() / "account", *HubAddress::parse("127.0.0.1:1"),
                                ""};
};

TEST_F(HostTest, the_first_program_is_the_host_and_answers) {
  Program program(config_);
  ASSERT_TRUE(program.is_host());
  program.submit(7, api::GetStatus{});
  EXPECT_TRUE(program.is_answered(7));
}

TEST_F(HostTest, the_second_program_is_its_guest_and_is_answered_too) {
  Program host(config_), guest(config_);
  ASSERT_TRUE(guest.is_joined());
  EXPECT_FALSE(guest.is_host());
  guest.submit(7, api::GetStatus{});
  EXPECT_TRUE(guest.is_answered(7));
  EXPECT_TRUE(host.hears([](const Ears& ears) { return !ears.is_answered(7); }));
}

TEST_F(HostTest, equal_ids_of_different_programs_are_kept_apart) {
  Program host(config_), one(config_), other(config_);
  for (std::uint64_t id = 1; id <= 20; ++id) {
    host.submit(id, api::GetStatus{});
    one.submit(id, api::ListChats{});  // fails: there is no account
    other.submit(id, api::GetStatus{});
  }
  const auto statuses = [](const Ears& ears) {
    return std::count_if(ears.events.begin(), ears.events.end(), [](const api::Event& event) {
      return event.command_id != 0 && std::holds_alternative<api::Status>(event.body);
    });
  };
  EXPECT_TRUE(host.hears([&](const Ears& ears) { return statuses(ears) == 20; }));
  EXPECT_TRUE(other.hears([&](const Ears& ears) { return statuses(ears) == 20; }));
  EXPECT_TRUE(one.is_answered(20));
  EXPECT_TRUE(one.hears([&](const Ears& ears) { return statuses(ears) == 0; }));
}

TEST_F(HostTest, a_guest_reads_the_hosts_inbox) {
  Program host(config_), guest(config_);
  guest.read_inbox();
  EXPECT_TRUE(guest.hears([](const Ears& ears) { return ears.inbox_pages == 1; }));
}

TEST_F(HostTest, when_the_host_leaves_its_guest_hears_it_and_takes_its_place) {
  auto host = std::make_unique<Program>(config_);
  Program guest(config_);
  ASSERT_FALSE(guest.is_host());
  host->stop();
  EXPECT_TRUE(guest.hears([](const Ears& ears) { return ears.end.has_value(); }));
  Program next(config_);
  EXPECT_TRUE(next.is_host());
}

TEST_F(HostTest, a_guest_that_leaves_changes_nothing_for_the_host) {
  Program host(config_);
  {
    Program guest(config_);
  }
  host.submit(1, api::GetStatus{});
  EXPECT_TRUE(host.is_answered(1));
}

TEST_F(HostTest, garbage_on_the_socket_ends_only_that_guest) {
  Program host(config_);
  ASSERT_TRUE(host.is_host());
  boost::asio::io_context io;
  auto greeting = connect_local(io, config_.folder, seconds(10));
  ASSERT_TRUE(greeting);
  bool closed = false;
  greeting->connection->start([](ByteView) {}, [&] { closed = true; });
  greeting->connection->send(SecretBuffer(Bytes(100, 0xff)));
  io.run_for(kLimit);
  EXPECT_TRUE(closed);
  Program guest(config_);
  guest.submit(1, api::GetStatus{});
  EXPECT_TRUE(guest.is_answered(1));
}

TEST_F(HostTest, a_deep_folder_is_no_obstacle_for_the_socket) {
  auto config = config_;
  for (int i = 0; i < 10; ++i) config.folder /= "a_folder_with_a_long_name";
  Program host(config), guest(config);
  guest.submit(1, api::GetStatus{});
  EXPECT_TRUE(guest.is_answered(1));
}

}  // namespace
}  // namespace parley::client
