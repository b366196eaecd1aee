// Files that are sent and fetched: read and written at offsets, and a finished one put in its
// place without overwriting anything. Blocking calls of at most a chunk.
//
// Errors: invalid_argument for a file that cannot be read, store_unwritable for what cannot
// be written; the detail names the path and the system's reason.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley::client {

class LocalFile {
 public:
  // A regular file, not a device or a pipe.
  static Result<LocalFile> open_to_read(const std::string& path);
  // Made if it is not there; only this user can read it. Not through a symbolic link.
  static Result<LocalFile> open_partial(const std::string& path);

  LocalFile(LocalFile&& other) noexcept
      : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}
  LocalFile& operator=(LocalFile&& other) noexcept;
  LocalFile(const LocalFile&) = delete;
  LocalFile& operator=(const LocalFile&) = delete;
  ~LocalFile();

  const std::string& path() const { return path_; }
  Result<std::uint64_t> size() const;
  // All of `into`; invalid_argument where the file is shorter.
  Status read(std::uint64_t offset, MutableByteView into) const;
  Status write(std::uint64_t offset, ByteView bytes);
  Status truncate(std::uint64_t size);
  // Returns once the bytes are on the disk.
  Status sync();

 private:
  LocalFile(std::string path, int file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  int file_ = -1;
};

// Where an unfinished download is kept: hidden, beside where it goes.
std::string partial_path(const std::string& folder, ByteView partial_id);
// The plaintext of one that is decrypted in one piece.
std::string opened_path(const std::string& partial);
// Gives a finished, synced file its name: `filename`, or "name (1).ext" and so on where that is
// taken. Returns the path.
Result<std::string> publish(const std::string& partial, const std::string& folder,
                            const std::string& filename);
void remove_file(const std::string& path);

}  // namespace parley::client
