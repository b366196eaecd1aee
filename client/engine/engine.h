// The client as a state machine: one function takes what happened and says what to do.
// No sockets, files, clocks or threads: proto/client.proto is the interface and states the
// caller's duties. Beside it stands one question that a caller may answer at once, IsAbsent
// (docs/adr/0012-absent-at-once.md).
//
// Inside: inputs wait in one queue and are handled strictly in order, each as a Step
// (step.h), a transaction over records. A step that lacks a record is thrown away; the
// queue pauses, a query goes out, and the step is done again when the answer is here.
// So the order in which storage answers never changes what happens, and a restart at
// any point goes on from what was stored.
//
// Threads: one at a time. Ownership: `random` must outlive the engine.
// Errors: step() never fails; what goes wrong becomes an event, or a wish to
// reconnect.
#pragma once

#include <deque>
#include <memory>
#include <variant>

#include "client/engine/live_state.h"
#include "client/engine/record_cache.h"
#include "client/engine/step.h"

namespace parley::client {

class Engine {
 public:
  // `is_absent`: of what is stored and of what outputs so far want stored. It must not call the
  // engine, and may be empty.
  explicit Engine(RandomSource& random, IsAbsent is_absent = {})
      : random_(random), is_absent_(std::move(is_absent)) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  api::Output step(api::Input input);

 private:
  struct Started {};
  using Frame = std::shared_ptr<const channel::ServerFrame>;
  using Reply = std::shared_ptr<const api::SetupReply>;
  using News = std::shared_ptr<const api::TransferNews>;
  // What the engine does by itself, once everything that came in is done.
  struct Housekeeping {};
  using Work = std::variant<Started, api::LinkUp, api::LinkDown, Frame, Delivery, Reply, News,
                            SharedCommand, Housekeeping>;
  // Writes and frames of one output, gathered over its steps.
  struct Gathered;

  void accept(api::Input& input, api::Output& output);
  void accept_batch(const api::Received& received, api::Output& output);
  void accept_query_reply(api::QueryReply& reply);
  void work(api::Output& output);
  // False: it waits for records.
  bool run(const Work& work, Gathered& gathered, api::Output& output, bool& progressed);
  void commit(Step& step, Gathered& gathered, api::Output& output);
  void ask(Step& step, api::Output& output);
  void finish(Gathered& gathered, api::Output& output);
  std::int64_t next_wakeup() const;
  bool wants_link();

  RandomSource& random_;
  IsAbsent is_absent_;
  Time now_{};
  LiveState live_;
  RecordCache cache_;
  ScanResults scans_;
  std::optional<OpenedDelivery> opened_;  // of the front of the queue
  std::deque<Work> queue_;

  struct OpenQuery {
    std::uint64_t id;
    std::variant<RecordId, Scan> what;
  };
  std::vector<OpenQuery> open_queries_;
  std::uint64_t last_query_ = 0;
  bool wants_link_ = false;
  bool transfer_step_done_ = false;  // one page of an export for each input
};

}  // namespace parley::client
