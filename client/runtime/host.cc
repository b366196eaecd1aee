#include "client/runtime/host.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>

#include "client/runtime/guest_seat.h"

namespace parley::client {
namespace {

namespace api = wire::client;
namespace local = wire::client_local;

// A wake-up in the far future is split, so that a changed clock is noticed.
constexpr Duration kLongestSleep = minutes(1);

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()).count();
}

// What `parley listen` must not miss.
bool belongs_in_inbox(const api::Event& event) {
  if (const auto* added = std::get_if<api::MessageAdded>(&event.body)) {
    return added->message && !added->message->outgoing;
  }
  if (const auto* changed = std::get_if<api::MessageChanged>(&event.body)) {
    return changed->message && !changed->message->outgoing;
  }
  if (const auto* request = std::get_if<api::RequestChanged>(&event.body)) {
    return request->state == api::RequestState::open;
  }
  return std::holds_alternative<api::ReceiptArrived>(event.body) ||
         std::holds_alternative<api::NoticeAdded>(event.body);
}

bool is_answer(const api::Event& event) {
  return std::holds_alternative<api::CommandDone>(event.body) ||
         std::holds_alternative<api::CommandFailed>(event.body);
}

}  // namespace

Result<std::unique_ptr<Host>> Host::open(boost::asio::io_context& io, const MessengerConfig& config,
                                         RandomSource& random, MessengerHandler& handler) {
  std::shared_ptr<boost::asio::ssl::context> tls;
  if (config.hub.tls) {
    PARLEY_TRY(context, make_tls_context(config.ca_file));
    tls = std::move(context);
  }
  PARLEY_TRY(store, RecordStore::open(config.folder));
  std::unique_ptr<Host> host(
      new Host(io, config, random, handler, std::move(store), std::move(tls)));
  PARLEY_TRY(listener, LocalListener::open(io, config.folder, [raw = host.get()](auto connection) {
               raw->welcome(std::move(connection));
             }));
  host->listener_ = std::move(listener);
  boost::asio::post(
      io, [start = host->guarded([raw = host.get()] { raw->start_engine(); })] { start({}); });
  return host;
}

Host::Host(boost::asio::io_context& io, const MessengerConfig& config, RandomSource& random,
           MessengerHandler& handler, std::unique_ptr<RecordStore> store,
           std::shared_ptr<boost::asio::ssl::context> tls)
    : io_(io),
      random_(random),
      handler_(handler),
      store_(std::move(store)),
      hub_(config.hub),
      tls_(std::move(tls)),
      link_(std::make_unique<Link>(io, hub_, tls_, random, static_cast<LinkHandler&>(*this))),
      setup_(std::make_unique<SetupClient>(io, hub_, tls_)),
      wake_timer_(io),
      stop_timer_(io) {
  open_transfers();
}

Host::~Host() = default;

void Host::submit(api::Command command) {
  auto later = guarded([this, command = std::move(command)] { submit_for(handler_, command); });
  boost::asio::post(io_, [later = std::move(later)] { later({}); });
}

void Host::read_inbox(std::uint64_t after, std::uint32_t limit) {
  auto later = guarded([this, after, limit] { read_inbox_for(handler_, after, limit); });
  boost::asio::post(io_, [later] { later({}); });
}

void Host::drop_inbox(std::uint64_t through) {
  if (ended_) return;
  // What cannot be dropped now is shown a second time, which is better than never.
  (void)store_->drop_inbox(through);
}

void Host::stop(std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  listener_.reset();
  stop_timer_.expires_after(std::chrono::milliseconds(kGuestPatience.ms));
  stop_timer_.async_wait(guarded([this] {
    std::erase_if(commands_, [this](const auto& one) { return one.second.seat != &handler_; });
    leave_when_guests_are_done();
  }));
  leave_when_guests_are_done();
}

void Host::leave_when_guests_are_done() {
  const bool is_awaited = std::ranges::any_of(
      commands_, [this](const auto& one) { return one.second.seat != &handler_; });
  if (!stopped_ || is_awaited || leaving_) return;
  leaving_ = true;
  stop_timer_.expires_after(std::chrono::milliseconds(kFlushPatience.ms));
  stop_timer_.async_wait(guarded([this] { finish(); }));
  auto unwritten = std::make_shared<std::size_t>(guests_.size() + 2);
  const auto written = guarded([this, unwritten] {
    if (--*unwritten == 0) finish();
  });
  for (const auto& guest : guests_) guest->flush([written] { written({}); });
  transfers_->flush([written] { written({}); });
  // Later: an answer to a guest may be being made right now.
  boost::asio::post(io_, [written] { written({}); });
}

void Host::finish() {
  if (!stopped_) return;
  stop_timer_.cancel();
  wake_timer_.cancel();
  ended_ = true;
  transfers_->stop_all();
  for (const auto& guest : guests_) guest->on_end({ErrorCode::store_locked, {}});
  link_->finish(kFlushPatience, std::exchange(stopped_, nullptr));
}

// ---------------------------------------------------------------- the engine's loop

void Host::start_engine() {
  engine_ = std::make_unique<Engine>(random_);
  recovered_ = false;
  input(api::Start{});
}

void Host::input(decltype(api::Input::event) event) {
  if (ended_ || !engine_) return;
  api::Input one;
  one.event = std::move(event);
  inputs_.push_back(std::move(one));
  if (!working_) work();
}

void Host::work() {
  working_ = true;
  while (!inputs_.empty() && !ended_) {
    api::Input one = std::move(inputs_.front());
    inputs_.pop_front();
    one.now_ms = now_ms();
    const Status result = carry_out(engine_->step(std::move(one)));
    if (result) {
      recovered_ = true;
    } else {
      storage_failed(result.error());
    }
  }
  working_ = false;
}

void Host::open_transfers() {
  transfers_ = std::make_unique<FileTransfers>(
      io_, hub_, tls_, [this](api::TransferNews news) { input(std::move(news)); });
}

Status Host::carry_out(api::Output output) {
  PARLEY_CHECK(store(output));
  if (output.wipe) transfers_->stop_all();
  for (auto& order : output.transfers) transfers_->carry_out(std::move(order));
  for (auto& batch : output.batches) link_->send(std::move(batch.bytes));
  for (auto& request : output.setup) {
    setup_->start(std::move(request), [this](api::SetupReply reply) { input(std::move(reply)); });
  }
  follow(output.link);
  wake_at(output.next_wakeup_ms);
  return answer(output.queries);
}

// Stores the writes and, in the same transaction, what goes into the inbox; only
// then are the events told.
Status Host::store(api::Output& output) {
  std::vector<const api::Event*> kept;
  for (const auto& event : output.events) {
    if (belongs_in_inbox(event)) kept.push_back(&event);
  }
  PARLEY_TRY(positions, store_->apply(output.writes, kept, output.wipe));
  std::size_t next = 0;
  for (const auto& event : output.events) {
    dispatch(event, belongs_in_inbox(event) ? positions[next++] : 0);
  }
  return {};
}

// Answers go before whatever else waits: the engine is waiting for them.
Status Host::answer(const std::vector<api::Query>& queries) {
  for (auto query = queries.rbegin(); query != queries.rend(); ++query) {
    PARLEY_TRY(reply, store_->answer(*query));
    api::Input one;
    one.event = std::move(reply);
    inputs_.push_front(std::move(one));
  }
  return {};
}

void Host::follow(api::LinkWish wish) {
  switch (wish) {
    case api::LinkWish::link_open:
      return link_->open();
    case api::LinkWish::link_closed:
      return link_->close();
    case api::LinkWish::link_reset:
      link_->open();
      return link_->reset({ErrorCode::hub_unreachable, "the hub does not answer any more"});
  }
}

void Host::wake_at(std::int64_t time_ms) {
  if (time_ms == 0) {
    wake_timer_.cancel();
    return;
  }
  const auto wait = std::clamp<std::int64_t>(time_ms - now_ms(), 0, kLongestSleep.ms);
  wake_timer_.expires_after(std::chrono::milliseconds(wait));
  wake_timer_.async_wait(guarded([this] { input(api::Tick{}); }));
}

void Host::storage_failed(const Error& why) {
  // A store that cannot even be read again is of no use.
  if (!recovered_ || why.code == ErrorCode::store_damaged) return end_all(why);
  inputs_.clear();
  setup_ = std::make_unique<SetupClient>(io_, hub_, tls_);
  transfers_->stop_all();
  link_->close();
  inputs_.clear();
  const auto failed = std::exchange(commands_, {});
  for (const auto& [unused, command] : failed) {
    api::CommandFailed body;
    body.code = why.code;
    body.detail = why.detail.substr(0, 256);
    api::Event event;
    event.command_id = command.id;
    event.body = std::move(body);
    command.seat->on_event(event, 0);
  }
  local::LinkReport report;
  report.problem = why.code;
  report.detail = why.detail.substr(0, 256);
  report.failures = 1;
  report.retry_in_ms = kStorageRetry.ms;
  on_link_report(report);
  // Not at once: the disk is as full as it was.
  engine_.reset();
  wake_timer_.expires_after(std::chrono::milliseconds(kStorageRetry.ms));
  wake_timer_.async_wait(guarded([this] { start_engine(); }));
}

// ---------------------------------------------------------------- seats

void Host::submit_for(MessengerHandler& seat, api::Command command) {
  if (ended_) return;
  const std::uint64_t own_id = command.id;
  if (!engine_) {
    api::CommandFailed body;
    body.code = ErrorCode::store_unwritable;
    api::Event event;
    event.command_id = own_id;
    event.body = std::move(body);
    return seat.on_event(event, 0);
  }
  const auto known = std::ranges::find_if(commands_, [&](const auto& one) {
    return one.second.seat == &seat && one.second.id == own_id;
  });
  if (known != commands_.end()) {
    command.id = known->first;  // the next piece of an import
  } else {
    command.id = ++last_command_;
    OpenCommand open{&seat, own_id, {}};
    if (const auto* read = std::get_if<api::MarkRead>(&command.body); read && read->chat) {
      open.read_peer = read->chat->account_id;
    }
    commands_.emplace(command.id, std::move(open));
  }
  if (auto* cancel = std::get_if<api::Cancel>(&command.body)) {
    for (const auto& [id, open] : commands_) {
      if (open.seat == &seat && open.id == cancel->command_id) cancel->command_id = id;
    }
  }
  input(std::move(command));
}

void Host::dispatch(const api::Event& event, std::uint64_t position) {
  if (event.command_id != 0) return answer_command(event);
  const auto guests = guests_;  // one may leave meanwhile
  handler_.on_event(event, position);
  for (const auto& guest : guests) guest->on_event(event, position);
}

void Host::answer_command(const api::Event& event) {
  const auto found = commands_.find(event.command_id);
  if (found == commands_.end()) return;
  const OpenCommand command = found->second;
  const bool is_last = is_answer(event);
  if (is_last) commands_.erase(found);
  if (is_last && !command.read_peer.empty()) (void)store_->drop_inbox_of(command.read_peer);
  api::Event translated = event;
  translated.command_id = command.id;
  command.seat->on_event(translated, 0);
  if (is_last) leave_when_guests_are_done();
}

void Host::read_inbox_for(MessengerHandler& seat, std::uint64_t after, std::uint32_t limit) {
  if (ended_) return;
  auto events = store_->read_inbox(after, std::min(limit, kMaxInboxPage));
  if (!events) return end_all(events.error());
  local::InboxPage page;
  page.events = std::move(*events);
  seat.on_inbox(page);
}

void Host::end_all(const Error& why) {
  if (std::exchange(ended_, true)) return;
  inputs_.clear();
  commands_.clear();
  wake_timer_.cancel();
  transfers_->stop_all();
  link_->close();
  for (const auto& guest : guests_) guest->on_end(why);
  handler_.on_end(why);
}

void Host::welcome(std::shared_ptr<LocalConnection> connection) {
  if (guests_.size() >= kMaxGuests || ended_) return;
  guests_.push_back(std::make_shared<GuestSeat>(*this, std::move(connection)));
  guests_.back()->start();
  guests_.back()->on_link(link_->report());
}

void Host::leave(GuestSeat& seat) {
  // Whatever it asked for is not waited for any more; what is in the outbox stays.
  std::vector<std::uint64_t> given_up;
  for (const auto& [id, command] : commands_) {
    if (command.seat == &seat) given_up.push_back(id);
  }
  for (const std::uint64_t id : given_up) commands_.erase(id);
  std::erase_if(guests_, [&](const auto& one) { return one.get() == &seat; });
  for (const std::uint64_t id : given_up) {
    api::Cancel cancel;
    cancel.command_id = id;
    api::Command command;
    command.id = ++last_command_;
    command.body = cancel;
    input(std::move(command));
  }
  leave_when_guests_are_done();
}

// ---------------------------------------------------------------- the link

void Host::on_link_up() { input(api::LinkUp{}); }

void Host::on_link_down(const Error& why) {
  api::LinkDown down;
  down.reason = why.code;
  input(down);
}

void Host::on_batch(ByteView batch) {
  api::Received received;
  received.batch = to_bytes(batch);
  input(std::move(received));
}

void Host::on_link_report(const local::LinkReport& report) {
  const auto guests = guests_;
  handler_.on_link(report);
  for (const auto& guest : guests) guest->on_link(report);
}

}  // namespace parley::client
