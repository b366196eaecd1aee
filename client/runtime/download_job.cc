// Fetches a file, decrypts and checks it (docs/protocol/media.md#5).
//
// In chunks (0xFF01) the unfinished file holds checked plaintext and grows by whole chunks; in
// one piece (1) it holds ciphertext, which is opened when all of it is there. Either gets its
// name only when length, tags and hashes are right.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <charconv>

#include "client/runtime/transfer_job.h"
#include "lib/media/file_cipher.h"

namespace parley::client {
namespace {

namespace asio = boost::asio;
namespace api = wire::client;

constexpr std::uint32_t kOnePiece = 1;

std::string percent_encoded(std::string_view url) {
  constexpr std::string_view kPlain = "-._~";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || kPlain.find(c) != std::string_view::npos;
    if (is_plain) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

// All bytes behind the URL: of "bytes 5-9/10" or from the length. Nothing: it is not said.
std::optional<std::uint64_t> total_of(const MediaAnswer& answer, std::uint64_t from) {
  const std::string range = answer.text("Content-Range");
  if (answer.status != 206) return answer.number("Content-Length");
  const auto slash = range.find('/');
  const std::string begin = "bytes " + std::to_string(from) + "-";
  if (!range.starts_with(begin) || slash == std::string::npos) return std::nullopt;
  std::uint64_t total = 0;
  const char* end = range.data() + range.size();
  const auto parsed = std::from_chars(range.data() + slash + 1, end, total);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return total;
}

class DownloadJob : public TransferJob {
 public:
  DownloadJob(FileTransfers& owner, FileTransfers::Key key, api::DownloadFile order)
      : TransferJob(owner, key),
        order_(std::move(order)),
        partial_(partial_path(order_.folder, order_.partial_id)) {}

 protected:
  // Opens the answer at `from`, or reads up to there. Returns how many bytes there are in all.
  asio::awaitable<Result<std::uint64_t>> open_at(std::uint64_t from) {
    MediaRequest request;
    request.target =
        order_.through_hub ? "/v1/media/fetch?url=" + percent_encoded(order_.url) : order_.url;
    if (order_.through_hub) {
      request.headers.emplace_back("Authorization", bearer(order_.session_token.view()));
    }
    if (from > 0) request.headers.emplace_back("Range", "bytes=" + std::to_string(from) + "-");
    const MediaAnswer answer = co_await connection_.open(std::move(request));
    if (answer.status != 200 && answer.status != 206) co_return fail(refused(answer));
    const auto total = total_of(answer, from);
    if (!total || (answer.status == 206 && from == 0)) {
      co_return fail(ErrorCode::file_damaged, "the file's length is not said");
    }
    if (answer.status == 200 && from > 0) {
      co_await skip(from);
    }
    co_return *total;
  }

  asio::awaitable<void> read_all(MutableByteView into) {
    const std::size_t got = co_await connection_.read(into);
    if (got < into.size()) throw boost::system::system_error(asio::error::eof);
  }

  // Everything is there and right: it gets its name.
  Result<api::TransferNews> finish(LocalFile& file) {
    PARLEY_CHECK(file.sync());
    PARLEY_TRY(path, publish(file.path(), order_.folder, order_.filename));
    api::TransferFinished finished;
    finished.path = path;
    return news(std::move(finished));
  }

  // What is wrong stays wrong: nothing of it is kept.
  tl::unexpected<Error> refuse(std::string why) {
    remove_file(partial_);
    return fail(ErrorCode::file_damaged, std::move(why));
  }

  api::DownloadFile order_;
  std::string partial_;

 private:
  static Error refused(const MediaAnswer& answer) {
    Error error = refusal(answer);
    if (answer.status == 410 || error.code == ErrorCode::not_found)
      error.code = ErrorCode::file_gone;
    if (answer.status == 416) error = {ErrorCode::file_damaged, "the file is shorter than it was"};
    return error;
  }

  asio::awaitable<void> skip(std::uint64_t bytes) {
    Bytes scratch(static_cast<std::size_t>(std::min(bytes, media::kChunkBytes)));
    while (bytes > 0) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, scratch.size()));
      co_await read_all(MutableByteView(scratch).first(size));
      bytes -= size;
    }
  }
};

class ChunkedDownload final : public DownloadJob {
 public:
  using DownloadJob::DownloadJob;

 private:
  asio::awaitable<Result<api::TransferNews>> work() override {
    auto made = media::FileCipher::make(order_.key.view(), order_.nonce, order_.aad, order_.size);
    if (!made) co_return fail(made.error());
    const media::FileCipher& cipher = *made;
    auto file = LocalFile::open_partial(partial_);
    if (!file) co_return fail(file.error());
    const auto kept = co_await take_up(cipher, *file);
    if (!kept) co_return fail(kept.error());
    std::uint32_t index = *kept;
    if (index < cipher.chunk_count()) {
      const auto total = co_await open_at(index * media::kSealedChunkBytes);
      if (!total) co_return fail(total.error());
      if (*total != media::sealed_size(order_.size)) co_return refuse("another length");
    }
    Bytes sealed;
    for (; index < cipher.chunk_count(); ++index) {
      if (is_left()) co_return fail(ErrorCode::unspecified);
      sealed.resize(cipher.sealed_bytes(index));
      co_await read_all(sealed);
      const auto plain = cipher.open(index, sealed);
      if (!plain) co_return refuse(plain.error().detail);
      ciphertext_.update(sealed);
      plaintext_.update(plain->view());
      const Status written = file->write(index * media::kChunkBytes, plain->view());
      if (!written) co_return fail(written.error());
      tell_progress(std::min((index + 1) * media::kChunkBytes, order_.size));
      co_await breathe();
    }
    if (!equal(plaintext_.finish(), order_.sha256)) {
      co_return refuse("the file is not the one that the sender named");
    }
    const auto ciphertext = ciphertext_.finish();
    if (!order_.ciphertext_sha256.empty() && !equal(ciphertext, order_.ciphertext_sha256)) {
      co_return refuse("the hash does not fit");
    }
    co_return finish(*file);
  }

  // How many chunks are there already. They are hashed again; their ciphertext follows from
  // them.
  asio::awaitable<Result<std::uint32_t>> take_up(const media::FileCipher& cipher, LocalFile& file) {
    const auto size = file.size();
    if (!size) co_return fail(size.error());
    std::uint32_t chunks = static_cast<std::uint32_t>(*size / media::kChunkBytes);
    if (*size > order_.size) chunks = 0;
    if (*size == order_.size && *size % media::kChunkBytes != 0) ++chunks;
    const Status cut =
        file.truncate(std::min<std::uint64_t>(chunks * media::kChunkBytes, order_.size));
    if (!cut) co_return fail(cut.error());
    for (std::uint32_t index = 0; index < chunks; ++index) {
      if (is_left()) co_return fail(ErrorCode::unspecified);
      SecretBuffer plain(cipher.file_bytes(index));
      const Status read = file.read(index * media::kChunkBytes, plain.mutable_view());
      if (!read) co_return fail(read.error());
      plaintext_.update(plain.view());
      const auto sealed = cipher.seal(index, plain.view());
      if (!sealed) co_return fail(sealed.error());
      ciphertext_.update(*sealed);
      co_await breathe();
    }
    co_return chunks;
  }

  crypto::Sha256 plaintext_, ciphertext_;
};

class OnePieceDownload final : public DownloadJob {
 public:
  using DownloadJob::DownloadJob;

 private:
  asio::awaitable<Result<api::TransferNews>> work() override {
    auto file = LocalFile::open_partial(partial_);
    if (!file) co_return fail(file.error());
    const auto kept = file->size();
    if (!kept) co_return fail(kept.error());
    const Status fetched = co_await fetch(*file, *kept);
    if (!fetched) co_return fail(fetched.error());
    const auto size = file->size();
    if (!size) co_return fail(size.error());
    Bytes sealed(static_cast<std::size_t>(*size));
    const Status read = file->read(0, sealed);
    if (!read) co_return fail(read.error());
    if (!order_.ciphertext_sha256.empty() &&
        !equal(crypto::sha256(sealed), order_.ciphertext_sha256)) {
      co_return refuse("the hash does not fit");
    }
    const auto plain =
        media::open_one_piece(order_.key.view(), order_.nonce, order_.aad, order_.size, sealed);
    if (!plain) co_return refuse(plain.error().detail);
    if (!equal(crypto::sha256(plain->view()), order_.sha256)) {
      co_return refuse("the file is not the one that the sender named");
    }
    auto opened = LocalFile::open_partial(opened_path(partial_));
    if (!opened) co_return fail(opened.error());
    const Status emptied = opened->truncate(0);
    if (!emptied) co_return fail(emptied.error());
    const Status written = opened->write(0, plain->view());
    if (!written) co_return fail(written.error());
    auto finished = finish(*opened);
    if (finished) remove_file(partial_);
    co_return finished;
  }

  asio::awaitable<Status> fetch(LocalFile& file, std::uint64_t have) {
    const auto total = co_await open_at(have);
    if (!total) {
      // All of it was there already, or it changed: from the start, once.
      if (have == 0 || total.error().code != ErrorCode::file_damaged) co_return fail(total.error());
      const Status emptied = file.truncate(0);
      if (!emptied) co_return fail(emptied.error());
      co_return co_await fetch(file, 0);
    }
    const std::uint64_t most =
        std::min(media::padded_size(order_.size), media::kMaxOnePieceBytes) + media::kTagBytes;
    if (*total > most || *total < order_.size + media::kTagBytes) {
      co_return refuse("another length");
    }
    Bytes piece;
    while (have < *total) {
      if (is_left()) co_return fail(ErrorCode::unspecified);
      piece.resize(static_cast<std::size_t>(std::min(media::kChunkBytes, *total - have)));
      co_await read_all(piece);
      const Status written = file.write(have, piece);
      if (!written) co_return fail(written.error());
      have += piece.size();
      tell_progress(std::min(have, order_.size));
    }
    co_return Status{};
  }
};

}  // namespace

std::shared_ptr<TransferJob> make_download_job(FileTransfers& owner, FileTransfers::Key key,
                                               api::DownloadFile order) {
  if (order.encryption == kOnePiece) {
    return std::make_shared<OnePieceDownload>(owner, key, std::move(order));
  }
  return std::make_shared<ChunkedDownload>(owner, key, std::move(order));
}

}  // namespace parley::client
