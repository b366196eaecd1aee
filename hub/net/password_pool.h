// Argon2id on a few threads of its own, with a bounded queue: hashing never holds up the
// engine, and a flood of logins costs at most threads x 64 MiB.
//
// Threads: hash() and verify() are called on the engine's thread and complete there,
// through `post`. Ownership: destroying the pool waits for the hashes under way and drops
// the others' completions.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "hub/engine/password_hasher.h"
#include "lib/crypto/password.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {

class PasswordPool final : public PasswordHasher {
 public:
  // Brings work to the engine's thread.
  using Post = std::function<void(std::function<void()>)>;

  PasswordPool(std::size_t threads, std::size_t most_waiting, crypto::PasswordCost cost, Post post);
  ~PasswordPool() override;

  void hash(SecretBuffer password, Completion<Result<std::string>> done) override;
  void verify(std::string encoded, SecretBuffer password, Completion<Result<bool>> done) override;

  // Waiting, not counting those under way.
  std::size_t waiting() const;

 private:
  template <typename T>
  struct Task;
  // Runs on a worker; what it returns runs on the engine's thread.
  using Job = std::function<std::function<void()>()>;
  Status add(Job job);
  void work();

  std::size_t most_waiting_;
  crypto::PasswordCost cost_;
  Post post_;
  crypto::SystemRandom random_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley::hub
