// Carries out the engine's transfer orders (proto/client.proto): reads, encrypts and uploads
// files, downloads, decrypts and checks them, each in memory of a few chunks, and says what
// came of it.
//
// Single-threaded, on one io_context; the news comes later, never from carry_out(). After a
// restart nothing is known here: the engine gives its orders again, uploads go on where the
// hub says, downloads where the unfinished file ends.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "client/runtime/hub_address.h"
#include "proto/client.h"

namespace parley::client {

class TransferJob;
class FileDigest;

class FileTransfers {
 public:
  using OnNews = std::function<void(wire::client::TransferNews)>;
  using Key = std::pair<std::uint64_t, std::uint32_t>;  // a transfer's number, a file's index

  // `tls` may be null for a plain address.
  FileTransfers(boost::asio::io_context& io, HubAddress hub,
                std::shared_ptr<boost::asio::ssl::context> tls, OnNews on_news);
  // Ends what is open without a word.
  ~FileTransfers();
  FileTransfers(const FileTransfers&) = delete;
  FileTransfers& operator=(const FileTransfers&) = delete;

  void carry_out(wire::client::TransferOrder order);
  void stop_all();
  // Calls back when nothing is being taken back from the hub any more (possibly at once).
  void flush(std::function<void()> flushed);

 private:
  friend class TransferJob;

  void start(const Key& key, std::shared_ptr<TransferJob> job);
  void discard(const Key& key, const wire::client::StopTransfer& stop);
  void ended(const Key& key, const TransferJob& job);

  boost::asio::io_context& io_;
  HubAddress hub_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  OnNews on_news_;
  std::map<Key, std::shared_ptr<TransferJob>> jobs_;
  std::set<Key> being_deleted_;
  std::function<void()> flushed_;
  // Of files that were hashed and are about to be uploaded.
  std::map<Key, std::shared_ptr<FileDigest>> digests_;
};

}  // namespace parley::client
