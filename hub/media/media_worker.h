// The one thread that waits for the disk on behalf of uploads and downloads, so that nobody
// else does. Work runs in the order it was given; what it returns comes back to the engine's
// thread.
//
// Ownership: destroying it runs what was given to the end and drops the completions.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "hub/media/media_store.h"

namespace parley::hub {

class MediaWorker {
 public:
  // Waiting; every transfer has one piece of work at most, so more means something is wrong.
  static constexpr std::size_t kMaxWaiting = 4'096;
  // Brings work to the engine's thread.
  using Post = std::function<void(std::function<void()>)>;

  MediaWorker(std::unique_ptr<MediaStore> store, Post post);
  ~MediaWorker();

  // `work` runs on the worker with the store; `done` on the engine's thread with its result.
  template <typename Work, typename Done>
  void run(Work work, Done done) {
    using Value = decltype(work(std::declval<MediaStore&>()));
    add([this, work = std::move(work), done = std::move(done)](bool full) mutable {
      Value value = full ? Value(fail(Error{ErrorCode::overloaded, "too many transfers", 1'000}))
                         : Value(work(*store_));
      const auto kept = std::make_shared<Value>(std::move(value));
      post_([done = std::move(done), kept]() mutable { done(std::move(*kept)); });
    });
  }

 private:
  using Job = std::function<void(bool full)>;
  void add(Job job);
  void loop();

  std::unique_ptr<MediaStore> store_;
  Post post_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::hub
