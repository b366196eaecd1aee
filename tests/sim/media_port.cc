#include "tests/sim/media_port.h"

#include <gtest/gtest.h>

#include "lib/base/encoding.h"
#include "lib/crypto/hash.h"

namespace parley::sim {

void MediaPort::put(const SimDevice& device, const std::string& path, Bytes content) {
  files_[{device.name(), path}] = std::move(content);
}

void MediaPort::erase(const SimDevice& device, const std::string& path) {
  files_.erase({device.name(), path});
}

const Bytes* MediaPort::find(const SimDevice& device, const std::string& path) const {
  const auto found = files_.find({device.name(), path});
  return found == files_.end() ? nullptr : &found->second;
}

template <typename What>
void MediaPort::tell(SimDevice& device, Time now, const api::TransferOrder& order, What what) {
  api::TransferNews news;
  news.number = order.number;
  news.index = order.index;
  news.what = std::move(what);
  device.feed(now, std::move(news));
}

void MediaPort::fail(SimDevice& device, Time now, const api::TransferOrder& order, ErrorCode code) {
  api::TransferFailed failed;
  failed.code = code;
  tell(device, now, order, failed);
}

void MediaPort::work(SimDevice& device, Time now) {
  api::TransferOrder order = std::move(device.transfers.front());
  device.transfers.pop_front();
  if (std::holds_alternative<api::StopTransfer>(order.what)) {
    ++stops;
    std::erase_if(device.transfers, [&](const auto& one) {
      return one.number == order.number && one.index == order.index;
    });
    return;
  }
  if (failures > 0) {
    --failures;
    return fail(device, now, order, ErrorCode::hub_unreachable);
  }
  if (std::holds_alternative<api::DigestFile>(order.what)) return digest(device, now, order);
  if (std::holds_alternative<api::DownloadFile>(order.what)) return download(device, now, order);
  const std::uint64_t life = device.life;
  if (!upload(device, now, order) && device.running() && device.life == life) {
    device.transfers.push_front(std::move(order));
  }
}

void MediaPort::digest(SimDevice& device, Time now, const api::TransferOrder& order) {
  ++digests;
  const Bytes* content = find(device, std::get<api::DigestFile>(order.what).path);
  if (content == nullptr) return fail(device, now, order, ErrorCode::invalid_argument);
  api::FileDigested digested;
  digested.size = pretended_size.value_or(content->size());
  digested.sha256 = to_bytes(crypto::sha256(*content));
  tell(device, now, order, std::move(digested));
}

bool MediaPort::upload(SimDevice& device, Time now, api::TransferOrder& order) {
  auto& wish = std::get<api::UploadFile>(order.what);
  const Bytes* content = find(device, wish.path);
  const bool is_same = content != nullptr && to_bytes(crypto::sha256(*content)) == wish.sha256;
  if (!is_same) {
    fail(device, now, order, ErrorCode::file_changed);
    return true;
  }
  const Bytes key = to_bytes(wish.key.view());
  // What must never happen: two versions of a file under one key and nonce.
  EXPECT_EQ(sealed_.try_emplace({key, wish.nonce}, wish.sha256).first->second, wish.sha256);
  if (wish.url.empty()) {
    ++upload_orders;
    const auto digest = crypto::sha256(as_bytes("upload " + std::to_string(uploads_.size())));
    const std::string path = "/v1/media/" + base32_encode(digest);
    uploads_[path] = {*content, key, wish.nonce, false};
    wish.url = "https://hub.example" + path;
    api::UploadOpened opened;
    opened.url = wish.url;
    tell(device, now, order, std::move(opened));
    return false;
  }
  auto& upload = uploads_.at(wish.url.substr(std::string("https://hub.example").size()));
  EXPECT_EQ(upload.key, key);
  if (!upload.complete) {
    upload.complete = true;
    if (damages && !upload.content.empty()) upload.content[0] ^= 1;
    tell(device, now, order, api::TransferProgress{wish.size / 2});
    return false;
  }
  tell(device, now, order, api::TransferFinished{});
  return true;
}

void MediaPort::download(SimDevice& device, Time now, const api::TransferOrder& order) {
  ++downloads;
  const auto& wish = std::get<api::DownloadFile>(order.what);
  EXPECT_FALSE(wish.through_hub);
  const auto found = uploads_.find(wish.url);
  if (found == uploads_.end() || !found->second.complete) {
    return fail(device, now, order, ErrorCode::file_gone);
  }
  const Upload& upload = found->second;
  const bool fits = to_bytes(wish.key.view()) == upload.key && wish.nonce == upload.nonce &&
                    to_bytes(crypto::sha256(upload.content)) == wish.sha256;
  if (!fits) return fail(device, now, order, ErrorCode::file_damaged);
  const std::string path = wish.folder + "/" + wish.filename;
  files_[{device.name(), path}] = upload.content;
  tell(device, now, order, api::TransferFinished{path});
}

}  // namespace parley::sim
