// Both adapters of the Store port behind one face, for tests that both must pass.
#pragma once

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "hub/engine/memory_store.h"
#include "hub/store/sqlite_store.h"

namespace parley::hub::testing {

// A folder that is gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "parley-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Stands for the engine's thread: runs what other threads post.
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
  std::function<void(std::function<void()>)> executor() {
    return [this](std::function<void()> work) { post(std::move(work)); };
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
};

struct MemoryAdapter {
  MemoryAdapter() { open(); }
  void open() { opened = std::make_unique<MemoryStore>(disk, loop.executor()); }
  void reopen() {
    opened.reset();
    open();
  }
  Store& store() { return *opened; }

  Loop loop;
  MemoryDisk disk;
  std::unique_ptr<MemoryStore> opened;
};

struct SqliteAdapter {
  SqliteAdapter() { open(); }
  void open() {
    auto result = SqliteStore::open(folder.file("hub.db"), loop.executor());
    if (!result) std::abort();
    opened = std::move(*result);
  }
  void reopen() {
    opened.reset();
    open();
  }
  Store& store() { return *opened; }

  TemporaryFolder folder;
  Loop loop;
  std::unique_ptr<SqliteStore> opened;
};

// Calls a method of the store and waits for its answer.
template <typename T, typename Adapter, typename Method, typename... Arguments>
Result<T> ask(Adapter& adapter, Method method, Arguments... arguments) {
  std::optional<Result<T>> answer;
  (adapter.store().*method)(std::move(arguments)...,
                            [&](Result<T> result) { answer = std::move(result); });
  while (!answer) adapter.loop.run_one();
  return std::move(*answer);
}

template <typename Adapter>
Result<CommitReplies> commit(Adapter& adapter, WriteBatch batch) {
  return ask<CommitReplies>(
      adapter, &Store::commit,
      std::shared_ptr<const WriteBatch>(std::make_shared<WriteBatch>(std::move(batch))));
}

// Commits one operation and gives its reply.
template <typename Adapter, typename Operation>
op::Reply apply(Adapter& adapter, Operation operation) {
  WriteBatch batch;
  batch.push_back(std::move(operation));
  auto replies = commit(adapter, std::move(batch));
  return replies && !replies->items.empty() ? std::move(replies->items[0].reply) : op::Reply();
}

}  // namespace parley::hub::testing
