#include "client/runtime/file_transfers.h"

#include "client/runtime/transfer_job.h"

namespace parley::client {

namespace api = wire::client;

FileTransfers::FileTransfers(boost::asio::io_context& io, HubAddress hub,
                             std::shared_ptr<boost::asio::ssl::context> tls, OnNews on_news)
    : io_(io), hub_(std::move(hub)), tls_(std::move(tls)), on_news_(std::move(on_news)) {}

FileTransfers::~FileTransfers() { stop_all(); }

void FileTransfers::stop_all() {
  for (const auto& [unused, job] : jobs_) job->detach();
  jobs_.clear();
  digests_.clear();
  being_deleted_.clear();
}

void FileTransfers::flush(std::function<void()> flushed) {
  flushed_ = std::move(flushed);
  if (being_deleted_.empty()) std::exchange(flushed_, nullptr)();
}

void FileTransfers::carry_out(api::TransferOrder order) {
  const Key key{order.number, order.index};
  if (auto* digest = std::get_if<api::DigestFile>(&order.what)) {
    start(key, make_digest_job(*this, key, std::move(*digest)));
  } else if (auto* upload = std::get_if<api::UploadFile>(&order.what)) {
    start(key, make_upload_job(*this, key, std::move(*upload)));
  } else if (auto* download = std::get_if<api::DownloadFile>(&order.what)) {
    start(key, make_download_job(*this, key, std::move(*download)));
  } else if (auto* stop = std::get_if<api::StopTransfer>(&order.what)) {
    if (const auto running = jobs_.find(key); running != jobs_.end()) {
      running->second->detach();
      jobs_.erase(running);
    }
    digests_.erase(key);
    if (stop->discard) discard(key, *stop);
  }
}

void FileTransfers::start(const Key& key, std::shared_ptr<TransferJob> job) {
  if (const auto before = jobs_.find(key); before != jobs_.end()) before->second->detach();
  jobs_[key] = job;
  job->start(io_);
}

void FileTransfers::discard(const Key& key, const api::StopTransfer& stop) {
  if (!stop.partial_id.empty()) {
    const std::string partial = partial_path(stop.folder, stop.partial_id);
    remove_file(partial);
    remove_file(opened_path(partial));
  }
  if (stop.url.empty()) return;
  api::StopTransfer order;
  order.url = stop.url;
  order.session_token = stop.session_token.clone();
  being_deleted_.insert(key);
  start(key, make_delete_job(*this, key, std::move(order)));
}

void FileTransfers::ended(const Key& key, const TransferJob& job) {
  const auto found = jobs_.find(key);
  if (found == jobs_.end() || found->second.get() != &job) return;
  jobs_.erase(found);
  if (being_deleted_.erase(key) > 0 && being_deleted_.empty() && flushed_) {
    std::exchange(flushed_, nullptr)();
  }
}

}  // namespace parley::client
