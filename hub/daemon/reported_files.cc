#include "hub/daemon/reported_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/crypto/hash.h"
#include "lib/media/file_cipher.h"

namespace parley::hub {
namespace {

using content::EncryptionAlgorithm;
using content::HashAlgorithm;

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMediaIdChars = 52;

auto damaged(std::string what) { return fail(ErrorCode::file_damaged, std::move(what)); }
auto disk(const std::string& path) {
  return fail(ErrorCode::storage_unavailable, path + ": " + std::strerror(errno));
}

// A file that gets its name at the end or is gone.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)), hidden_(path_ + ".unchecked") {}
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(hidden_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  Status open() {
    descriptor_ = ::open(hidden_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return disk(hidden_);
    return {};
  }
  Status write(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return disk(path_);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }
  Status publish() {
    if (::link(hidden_.c_str(), path_.c_str()) != 0) return disk(path_);
    return {};
  }

 private:
  std::string path_, hidden_;
  int descriptor_ = -1;
};

// The bytes at the URL, counted into their hash.
class Sealed {
 public:
  explicit Sealed(const NextPiece& next) : next_(next) {}

  // Exactly so many.
  Result<Bytes> take(std::size_t size) {
    Bytes all;
    while (all.size() < size) {
      PARLEY_TRY(piece, some(size - all.size()));
      if (piece.empty()) return damaged("it is shorter than the message says");
      all.insert(all.end(), piece.begin(), piece.end());
    }
    return all;
  }
  Result<Bytes> some(std::size_t most) {
    PARLEY_TRY(piece, next_(std::min(most, kPieceBytes)));
    hash_.update(piece);
    return piece;
  }
  Status expect_end() {
    PARLEY_TRY(piece, next_(1));
    if (!piece.empty()) return damaged("it is longer than the message says");
    return {};
  }
  ByteArray<32> hash() { return hash_.finish(); }

 private:
  const NextPiece& next_;
  crypto::Sha256 hash_;
};

struct Saving {
  Sealed sealed;
  NewFile file;
  crypto::Sha256 plain;

  Status keep(ByteView bytes) {
    plain.update(bytes);
    return file.write(bytes);
  }
};

auto does_not_decrypt() { return damaged("it does not decrypt with the key in the message"); }

Status save_chunks(const content::ExternalPart& part, Saving& saving) {
  const auto cipher = media::FileCipher::make(part.key, part.nonce, part.aad, part.size);
  if (!cipher) return damaged(cipher.error().detail);
  for (std::uint32_t index = 0; index < cipher->chunk_count(); ++index) {
    PARLEY_TRY(sealed, saving.sealed.take(cipher->sealed_bytes(index)));
    const auto plain = cipher->open(index, sealed);
    if (!plain) return does_not_decrypt();
    PARLEY_CHECK(saving.keep(plain->view()));
  }
  return saving.sealed.expect_end();
}

Status save_one_piece(const content::ExternalPart& part, Saving& saving) {
  Bytes all;
  for (;;) {
    PARLEY_TRY(piece, saving.sealed.some(kPieceBytes));
    if (piece.empty()) break;
    all.insert(all.end(), piece.begin(), piece.end());
    if (all.size() > media::kMaxOnePieceBytes + media::kTagBytes) return damaged("it is too long");
  }
  const auto plain = media::open_one_piece(part.key, part.nonce, part.aad, part.size, all);
  if (!plain) return does_not_decrypt();
  return saving.keep(plain->view());
}

Status save_plain(const content::ExternalPart& part, Saving& saving) {
  std::uint64_t size = 0;
  for (;;) {
    PARLEY_TRY(piece, saving.sealed.some(kPieceBytes));
    if (piece.empty()) break;
    size += piece.size();
    if (size > media::kMaxFileBytes) return damaged("it is too long");
    PARLEY_CHECK(saving.keep(piece));
  }
  if (part.size != 0 && size != part.size) return damaged("it is not as long as the message says");
  return {};
}

}  // namespace

Status save_reported_file(const content::Attachment& attached, const NextPiece& next,
                          const std::string& path) {
  const content::ExternalPart& part = attached.file;
  if (part.hash != HashAlgorithm::sha256 && !attached.plaintext_sha256) {
    return damaged("the message does not say what the file is: it names no hash");
  }
  Saving saving{Sealed(next), NewFile(path), {}};
  PARLEY_CHECK(saving.file.open());
  switch (part.encryption) {
    case EncryptionAlgorithm::parley_chunked:
      PARLEY_CHECK(save_chunks(part, saving));
      break;
    case EncryptionAlgorithm::aes_128_gcm:
      PARLEY_CHECK(save_one_piece(part, saving));
      break;
    case EncryptionAlgorithm::none:
      PARLEY_CHECK(save_plain(part, saving));
      break;
    default:
      return damaged("it is encrypted in a way that is not known here");
  }
  if (part.hash == HashAlgorithm::sha256 && !equal(part.content_hash, saving.sealed.hash())) {
    return damaged("what lies there now is not what the message names: another hash");
  }
  if (attached.plaintext_sha256 && *attached.plaintext_sha256 != saving.plain.finish()) {
    return damaged("decrypted, it is not what the message names: another hash");
  }
  return saving.file.publish();
}

std::string reported_file_name(std::size_t message, std::size_t file, const std::string& name) {
  std::string safe;
  for (const char c : name.substr(0, kMaxNameBytes)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    safe += plain ? c : '_';
  }
  if (safe.empty()) safe = "file";
  return std::to_string(message) + "-" + std::to_string(file) + "-" + safe;
}

std::string own_media_id(std::string_view url) {
  constexpr std::string_view kFolder = "/v1/media/";
  const std::size_t authority = url.find("://");
  const std::size_t path = authority == url.npos ? url.npos : url.find('/', authority + 3);
  if (path == url.npos || !url.substr(path).starts_with(kFolder)) return {};
  const std::string_view id = url.substr(path + kFolder.size());
  const bool is_base32 = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
  });
  return id.size() == kMediaIdChars && is_base32 ? std::string(id) : std::string();
}

}  // namespace parley::hub
