#include "hub/net/password_pool.h"

#include <memory>
#include <utility>

namespace parley::hub {
namespace {

// About what the waiting ones need to get done.
constexpr std::int64_t kRetryAfterMs = 2'000;

}  // namespace

PasswordPool::PasswordPool(std::size_t threads, std::size_t most_waiting, crypto::PasswordCost cost,
                           Post post)
    : most_waiting_(most_waiting), cost_(cost), post_(std::move(post)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

PasswordPool::~PasswordPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// Shared, because std::function wants to copy what it holds. The completion leaves with
// the result: what it keeps alive must die on the engine's thread.
template <typename T>
struct PasswordPool::Task {
  SecretBuffer password;
  Completion<Result<T>> done;

  std::function<void()> finish(Result<T> result) {
    return [done = std::exchange(done, nullptr),
            shared = std::make_shared<Result<T>>(std::move(result))] { done(std::move(*shared)); };
  }
};

void PasswordPool::hash(SecretBuffer password, Completion<Result<std::string>> done) {
  using HashTask = Task<std::string>;
  auto task = std::make_shared<HashTask>(HashTask{std::move(password), std::move(done)});
  const Status added = add([this, task] {
    return task->finish(crypto::hash_password(as_text(task->password.view()), cost_, random_));
  });
  if (!added) task->done(fail(added.error()));
}

void PasswordPool::verify(std::string encoded, SecretBuffer password,
                          Completion<Result<bool>> done) {
  using VerifyTask = Task<bool>;
  auto task = std::make_shared<VerifyTask>(VerifyTask{std::move(password), std::move(done)});
  const Status added = add([task, encoded = std::move(encoded)] {
    return task->finish(crypto::verify_password(encoded, as_text(task->password.view())));
  });
  if (!added) task->done(fail(added.error()));
}

std::size_t PasswordPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

Status PasswordPool::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= most_waiting_) {
      return fail(Error{ErrorCode::overloaded, "too many passwords to check", kRetryAfterMs});
    }
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return {};
}

void PasswordPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    post_(job());
    job = nullptr;
    lock.lock();
  }
}

}  // namespace parley::hub
