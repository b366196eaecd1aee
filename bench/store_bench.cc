// How many messages a second the SQLite store makes durable: batches as the hub's group
// commit forms them under load, synced to the disk one after the other. Reports messages/s
// (a message is one mailbox entry, with or without the result of its send).
//
//   build/bin/parley_store_bench --benchmark_min_time=5
//
// PARLEY_BENCH_DIR names the folder (default: the present one, not a memory file system).
#include <benchmark/benchmark.h>
#include <time.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>

#include "hub/store/sqlite_store.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

constexpr std::size_t kFrameBytes = 650;  // a short text, padded, in a Deliver

class Loop {
 public:
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
    changed_.notify_one();
  }
  void run_one() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !work_.empty(); });
    auto work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    work();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
};

class Hub {
 public:
  explicit Hub(std::size_t accounts) : folder_(make_folder()), random_(1) {
    auto opened = SqliteStore::open((folder_ / "hub.db").string(),
                                    [this](std::function<void()> work) { loop_.post(work); });
    if (!opened) std::abort();
    store_ = std::move(*opened);
    auto batch = std::make_shared<WriteBatch>();
    for (std::size_t i = 0; i < accounts; ++i) {
      op::CreateAccount account;
      account.id = AccountId{random_.array<16>()};
      account.handle = "user" + std::to_string(i);
      account.device.session = TokenHash{random_.array<32>()};
      accounts_.push_back(account.id);
      batch->push_back(op::Boxed(std::move(account)));
    }
    commit(batch);
  }
  ~Hub() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // One message for a random account each; with the results of the sends if asked.
  std::shared_ptr<WriteBatch> make_batch(std::size_t messages, bool with_results) {
    auto batch = std::make_shared<WriteBatch>();
    batch->reserve(messages * 2);
    for (std::size_t i = 0; i < messages; ++i) {
      const DeviceAddress to{accounts_[random_.below(accounts_.size())], DeviceId{1}};
      if (with_results) {
        const DeviceAddress from{accounts_[random_.below(accounts_.size())], DeviceId{1}};
        batch->push_back(op::PutSendResult{
            from, SendId{random_.array<16>()}, {1, AcceptedAt{next_}, 1, random_.array<32>()}});
      }
      batch->push_back(op::PutMessage{to, {AcceptedAt{next_++}, Bytes(kFrameBytes, 7)}});
      stored_.push_back({to, AcceptedAt{next_ - 1}});
    }
    return batch;
  }
  // The same and the removal of as many old ones: a hub in balance.
  std::shared_ptr<WriteBatch> make_balanced_batch(std::size_t messages) {
    auto batch = make_batch(messages, true);
    while (stored_.size() > 50'000) {
      batch->push_back(op::RemoveMessages{stored_.front().first, {stored_.front().second}});
      stored_.pop_front();
    }
    return batch;
  }

  void commit(std::shared_ptr<const WriteBatch> batch) {
    start(std::move(batch));
    wait();
  }
  // As the engine does: the next batch is formed while one is written.
  void start(std::shared_ptr<const WriteBatch> batch) {
    store_->commit(std::move(batch), [this](const Result<CommitReplies>& result) {
      if (!result) std::abort();
      ++settled_;
    });
    ++started_;
  }
  void wait() {
    while (settled_ < started_) loop_.run_one();
  }

 private:
  static std::filesystem::path make_folder() {
    const char* base = std::getenv("PARLEY_BENCH_DIR");
    std::string name = std::string(base != nullptr ? base : ".") + "/store-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }

  std::filesystem::path folder_;
  crypto::SeededRandom random_;
  Loop loop_;
  std::unique_ptr<SqliteStore> store_;
  std::vector<AccountId> accounts_;
  std::deque<std::pair<DeviceAddress, AcceptedAt>> stored_;
  std::int64_t next_ = 1;
  std::size_t started_ = 0;
  std::size_t settled_ = 0;
};

double process_cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

enum class Shape { messages_only, with_results, balanced };

void store_messages(benchmark::State& state, Shape shape) {
  const auto messages = static_cast<std::size_t>(state.range(0));
  Hub hub(static_cast<std::size_t>(state.range(1)));
  double cpu_s = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto batch = shape == Shape::balanced ? hub.make_balanced_batch(messages)
                                          : hub.make_batch(messages, shape == Shape::with_results);
    state.ResumeTiming();
    const double before = process_cpu_s();
    hub.commit(std::move(batch));
    cpu_s += process_cpu_s() - before;
  }
  const auto stored = static_cast<double>(state.iterations() * state.range(0));
  state.SetItemsProcessed(state.iterations() * state.range(0));
  // What it costs whatever else the machine does.
  state.counters["cpu_us"] = cpu_s * 1e6 / stored;
}

BENCHMARK_CAPTURE(store_messages, messages_only, Shape::messages_only)
    ->ArgNames({"batch", "accounts"})
    ->Args({100, 1'000})
    ->Args({2'000, 1'000})
    ->Args({2'000, 20'000})
    ->UseRealTime();
BENCHMARK_CAPTURE(store_messages, with_results, Shape::with_results)
    ->ArgNames({"batch", "accounts"})
    ->Args({2'000, 1'000})
    ->Args({2'000, 20'000})
    ->UseRealTime();
BENCHMARK_CAPTURE(store_messages, balanced, Shape::balanced)
    ->ArgNames({"batch", "accounts"})
    ->Args({2'000, 1'000})
    ->UseRealTime();

}  // namespace
}  // namespace parley::hub

BENCHMARK_MAIN();
