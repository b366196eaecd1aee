#include "hub/media/media_worker.h"

namespace parley::hub {

MediaWorker::MediaWorker(std::unique_ptr<MediaStore> store, Post post)
    : store_(std::move(store)), post_(std::move(post)), thread_([this] { loop(); }) {}

MediaWorker::~MediaWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void MediaWorker::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() < kMaxWaiting) {
      jobs_.push_back(std::move(job));
      job = nullptr;
    }
  }
  if (job) return job(true);
  wake_.notify_one();
}

void MediaWorker::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job(false);
    job = nullptr;
    lock.lock();
  }
}

}  // namespace parley::hub
