#include "hub/net/password_pool.h"

#include <gtest/gtest.h>

#include <future>

namespace parley::hub {
namespace {

constexpr crypto::PasswordCost kCheap{1, 64 * 1024};

SecretBuffer secret(std::string_view text) { return SecretBuffer(as_bytes(text)); }

// Runs what is posted when asked to, as the engine's thread would.
class Inbox {
 public:
  PasswordPool::Post post() {
    return [this](std::function<void()> work) {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(work));
      wake_.notify_one();
    };
  }
  void run_one() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !posted_.empty(); });
    const auto work = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    work();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> posted_;
};

TEST(PasswordPool, HashesAndVerifies) {
  Inbox inbox;
  PasswordPool pool(2, 10, kCheap, inbox.post());
  std::string encoded;
  pool.hash(secret("swordfish"), [&](Result<std::string> done) { encoded = done.value(); });
  inbox.run_one();
  EXPECT_TRUE(encoded.starts_with("$argon2id$"));
  for (const auto& [password, expected] : {std::pair("swordfish", true), {"swordfisch", false}}) {
    std::optional<bool> right;
    pool.verify(encoded, secret(password), [&](Result<bool> done) { right = done.value(); });
    inbox.run_one();
    EXPECT_EQ(right, expected) << password;
  }
}

TEST(PasswordPool, RefusesWhatDoesNotFitIntoTheQueue) {
  Inbox inbox;
  // The only worker is held up in its post until the gate opens.
  std::promise<void> gate, held;
  const auto open = gate.get_future().share();
  std::once_flag once;
  const auto post = inbox.post();
  PasswordPool pool(1, 2, kCheap, [&](std::function<void()> work) {
    std::call_once(once, [&] { held.set_value(); });
    open.wait();
    post(std::move(work));
  });
  int done = 0, refused = 0;
  const auto count = [&](Result<std::string> result) {
    if (result) {
      ++done;
    } else {
      EXPECT_EQ(result.error().code, ErrorCode::overloaded);
      EXPECT_GT(result.error().retry_after_ms, 0);
      ++refused;
    }
  };
  pool.hash(secret("a"), count);
  held.get_future().wait();
  for (int i = 0; i < 3; ++i) pool.hash(secret("b"), count);
  EXPECT_EQ(refused, 1);
  EXPECT_EQ(pool.waiting(), 2u);
  gate.set_value();
  for (int i = 0; i < 3; ++i) inbox.run_one();
  EXPECT_EQ(done, 3);
}

TEST(PasswordPool, EndsWithWorkInItsQueue) {
  Inbox inbox;
  PasswordPool pool(1, 10, kCheap, inbox.post());
  for (int i = 0; i < 10; ++i) pool.hash(secret("a"), [](Result<std::string>) {});
}

}  // namespace
}  // namespace parley::hub
