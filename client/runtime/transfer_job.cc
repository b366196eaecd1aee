#include "client/runtime/transfer_job.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "client/runtime/transport.h"
#include "lib/base/encoding.h"

namespace parley::client {
namespace {

namespace asio = boost::asio;
namespace api = wire::client;

constexpr auto kProgressInterval = std::chrono::milliseconds(250);

class DigestJob final : public TransferJob {
 public:
  DigestJob(FileTransfers& owner, FileTransfers::Key key, api::DigestFile order)
      : TransferJob(owner, key), order_(std::move(order)) {}

 private:
  asio::awaitable<Result<api::TransferNews>> work() override {
    auto read = co_await digest(order_.path);
    if (!read) co_return fail(read.error());
    if (is_left()) co_return fail(ErrorCode::unspecified);
    (*digests())[key_] = *read;
    api::FileDigested digested;
    digested.size = (*read)->size();
    digested.sha256 = to_bytes((*read)->whole());
    co_return news(std::move(digested));
  }
  api::DigestFile order_;
};

}  // namespace

std::string bearer(ByteView session_token) { return "Bearer " + base64url_encode(session_token); }

TransferJob::TransferJob(FileTransfers& owner, FileTransfers::Key key)
    : connection_(owner.hub_, owner.tls_), key_(key), owner_(&owner), hub_(owner.hub_) {}

void TransferJob::start(asio::io_context& io) {
  asio::co_spawn(io, run(shared_from_this()), asio::detached);
}

void TransferJob::detach() {
  owner_ = nullptr;
  connection_.cancel();
}

std::map<FileTransfers::Key, std::shared_ptr<FileDigest>>* TransferJob::digests() {
  return owner_ == nullptr ? nullptr : &owner_->digests_;
}

asio::awaitable<void> TransferJob::breathe() { co_await asio::post(asio::use_awaitable); }

void TransferJob::tell_progress(std::uint64_t done_bytes) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_progress_) return;
  next_progress_ = now + kProgressInterval;
  api::TransferProgress progress;
  progress.done_bytes = done_bytes;
  tell(progress);
}

asio::awaitable<Result<std::shared_ptr<FileDigest>>> TransferJob::digest(const std::string& path) {
  auto file = LocalFile::open_to_read(path);
  if (!file) co_return fail(file.error());
  auto read = std::make_shared<FileDigest>();
  while (!is_left()) {
    const auto more = read->read_more(*file);
    if (!more) co_return fail(more.error());
    if (!*more) co_return read;
    co_await breathe();
  }
  co_return fail(ErrorCode::unspecified);
}

asio::awaitable<void> TransferJob::run(std::shared_ptr<TransferJob> /*self*/) {
  // Later, so that the caller is done with its own step before it gets news.
  co_await breathe();
  Result<api::TransferNews> result = fail(ErrorCode::internal);
  try {
    result = co_await work();
  } catch (const boost::system::system_error& error) {
    result = fail(unreachable(error.code(), hub_));
  }
  if (owner_ == nullptr) co_return;
  FileTransfers& owner = *owner_;
  const auto on_news = owner.on_news_;
  owner.ended(key_, *this);
  if (result) {
    on_news(*std::move(result));
    co_return;
  }
  api::TransferFailed failed;
  failed.code = result.error().code;
  failed.detail = result.error().detail.substr(0, 256);
  failed.retry_after_ms = result.error().retry_after_ms;
  on_news(news(std::move(failed)));
}

std::shared_ptr<TransferJob> make_digest_job(FileTransfers& owner, FileTransfers::Key key,
                                             api::DigestFile order) {
  return std::make_shared<DigestJob>(owner, key, std::move(order));
}

}  // namespace parley::client
