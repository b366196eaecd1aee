// Encrypts a file and uploads it (docs/protocol/media.md#3.1).
#include <algorithm>

#include "client/engine/file_names.h"
#include "client/runtime/transfer_job.h"
#include "lib/media/file_cipher.h"

namespace parley::client {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace api = wire::client;

// Of one PATCH: few round trips, little to repeat after a break.
constexpr std::uint32_t kChunksPerRequest = 8;
// A hub that never agrees where the upload is.
constexpr int kMaxDisagreements = 5;

class UploadJob final : public TransferJob {
 public:
  UploadJob(FileTransfers& owner, FileTransfers::Key key, api::UploadFile order)
      : TransferJob(owner, key), order_(std::move(order)) {}

 private:
  asio::awaitable<Result<api::TransferNews>> work() override {
    const Status prepared = co_await prepare();
    if (!prepared) co_return fail(prepared.error());
    auto file = LocalFile::open_to_read(order_.path);
    if (!file) co_return fail(file.error());
    auto cipher = media::FileCipher::make(order_.key.view(), order_.nonce, {}, order_.size);
    if (!cipher) co_return fail(cipher.error());
    total_ = media::sealed_size(order_.size);
    const Status found = co_await find_offset();
    if (!found) co_return fail(found.error());
    while (offset_ < total_) {
      if (is_left()) co_return fail(ErrorCode::unspecified);
      auto piece = next_piece(*file, *cipher);
      if (!piece) co_return fail(piece.error());
      const Status sent = co_await send_piece(*std::move(piece));
      if (!sent) co_return fail(sent.error());
      // Ciphertext and file are nearly as long; what counts for a person is the file.
      tell_progress(std::min(offset_, order_.size));
    }
    if (digests() != nullptr) digests()->erase(key_);
    co_return news(api::TransferFinished{});
  }

  // The file must be the one that the key was made for.
  asio::awaitable<Status> prepare() {
    if (digests() != nullptr) {
      if (const auto known = digests()->find(key_); known != digests()->end()) {
        digest_ = known->second;
      }
    }
    if (!digest_) {
      auto read = co_await digest(order_.path);
      if (!read) co_return fail(read.error());
      digest_ = *read;
    }
    if (digest_->size() != order_.size || !equal(digest_->whole(), order_.sha256)) {
      co_return fail(ErrorCode::file_changed, "the file has changed since it was begun to be sent");
    }
    co_return Status{};
  }

  MediaRequest request(http::verb verb, std::string target) const {
    MediaRequest one;
    one.verb = verb;
    one.target = std::move(target);
    one.headers.emplace_back("Authorization", bearer(order_.session_token.view()));
    return one;
  }

  asio::awaitable<Status> find_offset() {
    path_ = own_media_path(order_.url);
    if (!path_.empty()) {
      const MediaAnswer answer = co_await connection_.ask(request(http::verb::head, path_));
      const bool is_there = answer.status >= 200 && answer.status <= 299;
      if (is_there) {
        const auto offset = answer.number("Upload-Offset");
        // What is complete may be described as a file only.
        const auto length = answer.number(offset ? "Upload-Length" : "Content-Length");
        if (length == total_ && offset.value_or(total_) <= total_) {
          offset_ = offset.value_or(total_);
          co_return Status{};
        }
      } else if (answer.status != 404 && answer.status != 410) {
        co_return fail(refusal(answer));
      }
    }
    co_return co_await begin();
  }

  asio::awaitable<Status> begin() {
    MediaRequest post = request(http::verb::post, "/v1/media");
    post.headers.emplace_back("Upload-Length", std::to_string(total_));
    const MediaAnswer answer = co_await connection_.ask(std::move(post));
    if (answer.status != 201) co_return fail(refusal(answer));
    const std::string location = answer.text("Location");
    path_ = own_media_path(location.starts_with('/') ? hub_text() + location : location);
    if (path_.empty()) {
      co_return fail(ErrorCode::hub_unreachable, "the hub names no place for the upload");
    }
    offset_ = 0;
    api::UploadOpened opened;
    opened.url = hub_text() + path_;
    tell(std::move(opened));
    co_return Status{};
  }

  // Ciphertext from the offset on.
  Result<Bytes> next_piece(const LocalFile& file, const media::FileCipher& cipher) {
    Bytes piece;
    auto index = static_cast<std::uint32_t>(offset_ / media::kSealedChunkBytes);
    const std::uint32_t end = std::min(index + kChunksPerRequest, cipher.chunk_count());
    auto skipped = static_cast<std::size_t>(offset_ % media::kSealedChunkBytes);
    for (; index < end; ++index) {
      SecretBuffer chunk(cipher.file_bytes(index));
      if (const Status read = file.read(index * media::kChunkBytes, chunk.mutable_view()); !read) {
        return fail(ErrorCode::file_changed, read.error().detail);
      }
      PARLEY_CHECK(digest_->check(index, chunk.view()));
      PARLEY_TRY(sealed, cipher.seal(index, chunk.view()));
      append(piece, ByteView(sealed).subspan(skipped));
      skipped = 0;
    }
    return piece;
  }

  asio::awaitable<Status> send_piece(Bytes piece) {
    MediaRequest patch = request(http::verb::patch, path_);
    patch.headers.emplace_back("Content-Type", "application/offset+octet-stream");
    patch.headers.emplace_back("Upload-Offset", std::to_string(offset_));
    const std::uint64_t end = offset_ + piece.size();
    patch.body = std::move(piece);
    const MediaAnswer answer = co_await connection_.ask(std::move(patch));
    const auto told = answer.number("Upload-Offset");
    if (answer.status == 409 && told && *told <= total_) {
      // The same place: a broken connection still holds it, which passes.
      if (*told == offset_ || ++disagreements_ > kMaxDisagreements) {
        co_return fail(ErrorCode::timed_out, "the hub is not ready to go on with the upload");
      }
      offset_ = *told;
      co_return Status{};
    }
    if (answer.status < 200 || answer.status > 299) {
      Error error = refusal(answer);
      // It was dropped meanwhile: the next attempt begins anew.
      if (error.code == ErrorCode::not_found) error.code = ErrorCode::timed_out;
      co_return fail(std::move(error));
    }
    offset_ = told && *told > offset_ && *told <= end ? *told : end;
    co_return Status{};
  }

  api::UploadFile order_;
  std::shared_ptr<FileDigest> digest_;
  std::string path_;
  std::uint64_t total_ = 0, offset_ = 0;
  int disagreements_ = 0;
};

class DeleteJob final : public TransferJob {
 public:
  DeleteJob(FileTransfers& owner, FileTransfers::Key key, api::StopTransfer order)
      : TransferJob(owner, key), order_(std::move(order)) {}

 private:
  asio::awaitable<Result<api::TransferNews>> work() override {
    MediaRequest request;
    request.verb = http::verb::delete_;
    request.target = own_media_path(order_.url);
    request.headers.emplace_back("Authorization", bearer(order_.session_token.view()));
    // Where it does not work the hub drops it by itself after a day.
    if (!request.target.empty()) co_await connection_.ask(std::move(request));
    co_return news(api::TransferFinished{});
  }
  api::StopTransfer order_;
};

}  // namespace

std::shared_ptr<TransferJob> make_upload_job(FileTransfers& owner, FileTransfers::Key key,
                                             api::UploadFile order) {
  return std::make_shared<UploadJob>(owner, key, std::move(order));
}

std::shared_ptr<TransferJob> make_delete_job(FileTransfers& owner, FileTransfers::Key key,
                                             api::StopTransfer order) {
  return std::make_shared<DeleteJob>(owner, key, std::move(order));
}

}  // namespace parley::client
