// One order of file_transfers.h while it is carried out: a coroutine, its connection, and the
// news it gives. A job lives until its coroutine has ended; its owner may leave it before.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "client/runtime/file_digest.h"
#include "client/runtime/file_transfers.h"
#include "client/runtime/media_http.h"

namespace parley::client {

class TransferJob : public std::enable_shared_from_this<TransferJob> {
 public:
  TransferJob(FileTransfers& owner, FileTransfers::Key key);
  virtual ~TransferJob() = default;

  void start(boost::asio::io_context& io);
  // No news any more; what is under way ends soon.
  void detach();

 protected:
  // Does the work. Its end is news: what it returned, or why it failed.
  virtual boost::asio::awaitable<Result<wire::client::TransferNews>> work() = 0;

  template <typename What>
  wire::client::TransferNews news(What what) const {
    wire::client::TransferNews one;
    one.number = key_.first;
    one.index = key_.second;
    one.what = std::move(what);
    return one;
  }
  template <typename What>
  void tell(What what) {
    if (owner_ != nullptr) owner_->on_news_(news(std::move(what)));
  }
  // At most a few times a second.
  void tell_progress(std::uint64_t done_bytes);
  bool is_left() const { return owner_ == nullptr; }
  // Lets others have their turn.
  boost::asio::awaitable<void> breathe();
  // Reads all of the file.
  boost::asio::awaitable<Result<std::shared_ptr<FileDigest>>> digest(const std::string& path);

  std::string hub_text() const { return hub_.text(); }

  MediaConnection connection_;
  std::map<FileTransfers::Key, std::shared_ptr<FileDigest>>* digests();
  FileTransfers::Key key_;

 private:
  boost::asio::awaitable<void> run(std::shared_ptr<TransferJob> self);

  FileTransfers* owner_;
  HubAddress hub_;
  std::chrono::steady_clock::time_point next_progress_{};
};

std::shared_ptr<TransferJob> make_digest_job(FileTransfers& owner, FileTransfers::Key key,
                                             wire::client::DigestFile order);
std::shared_ptr<TransferJob> make_upload_job(FileTransfers& owner, FileTransfers::Key key,
                                             wire::client::UploadFile order);
std::shared_ptr<TransferJob> make_download_job(FileTransfers& owner, FileTransfers::Key key,
                                               wire::client::DownloadFile order);
// Takes an upload back; nobody waits for it.
std::shared_ptr<TransferJob> make_delete_job(FileTransfers& owner, FileTransfers::Key key,
                                             wire::client::StopTransfer order);

std::string bearer(ByteView session_token);

}  // namespace parley::client
