// Files that accounts of this hub uploaded: ciphertext on disk, and beside it one small
// database that says whose each is and how much of it has come for good.
//
// An offset is told only after the bytes below it are on disk, so an upload goes on after a
// break or a crash at the place that was told. A file is found by its id alone, 32 random
// bytes; nothing else leads to it.
//
// A full disk refuses what is new and keeps what was told; what came beyond that is cut off.
// Messages lie on the same disk more often than not, so some of it is left free.
//
// Threads: one at a time; every call may wait for the disk, so it belongs on a worker
// (media_worker.h). Errors: not_found, too_large, limit_reached (quota), out_of_place,
// storage_unavailable. Source: docs/protocol/media.md, section 3.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/engine/types.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/base/time.h"

namespace parley::hub {

struct MediaConfig {
  bool enabled = true;
  // Empty: "media" in the hub's own folder.
  std::string folder = {};
  std::uint64_t max_file = limits::kMaxMediaBytes;
  std::uint64_t account_bytes = std::uint64_t{4} << 30;
  std::uint64_t account_files = 2'000;
  // Over all accounts; 0: what the disk holds.
  std::uint64_t total_bytes = 0;
  // Of the disk, left to others when every upload is finished; 0: nobody looks.
  std::uint64_t free_bytes = std::uint64_t{1} << 30;
  // Of one account, not finished yet.
  std::uint64_t uploads_at_a_time = limits::kMediaUploadsAtATime;
  Duration lifetime = limits::kMediaLifetime;
  Duration unfinished_lifetime = limits::kMediaUnfinishedLifetime;
};

struct MediaInfo {
  std::string id;
  AccountId owner;
  std::uint64_t length = 0;
  // So many bytes are there for good.
  std::uint64_t offset = 0;

  bool complete() const { return offset == length; }
};

// An open file; closed when it dies.
class MediaFile {
 public:
  explicit MediaFile(int descriptor) : descriptor_(descriptor) {}
  ~MediaFile();
  MediaFile(const MediaFile&) = delete;
  MediaFile& operator=(const MediaFile&) = delete;

  Status write(std::uint64_t at, ByteView bytes);
  // At most `most` bytes; fewer only at the end.
  Result<Bytes> read(std::uint64_t at, std::size_t most);
  // Gives back what lies beyond `length`; that it may fail harms nobody.
  void cut(std::uint64_t length);
  Status sync();

 private:
  int descriptor_;
};

class MediaStore {
 public:
  // Makes the folder if need be. The random source outlives it.
  static Result<std::unique_ptr<MediaStore>> open(const std::string& folder, MediaConfig config,
                                                  RandomSource& random);
  ~MediaStore();
  // Where a file's bytes lie, for a program beside a hub that has the store open.
  static std::string place_of(const std::string& folder, const std::string& id);

  Result<MediaInfo> create(const AccountId& owner, std::uint64_t length, Time now);
  Result<MediaInfo> find(const std::string& id);
  Result<std::shared_ptr<MediaFile>> open_for_writing(const MediaInfo& media);
  Result<std::shared_ptr<MediaFile>> open_for_reading(const MediaInfo& media);
  // The bytes below `offset` were synced.
  Status advance(const std::string& id, std::uint64_t offset, Time now);
  Status remove(const std::string& id);
  Status remove_all_of(const AccountId& owner);
  // Removes what is too old, at most `most` files; gives how many.
  Result<std::size_t> sweep(Time now, std::size_t most);
  // Files that a crash left without an entry lie in one of kStrayParts parts of the folder;
  // removes those of one part.
  static constexpr std::size_t kStrayParts = 32;
  Result<std::size_t> sweep_strays(std::size_t part);
  // The accounts that have files here.
  Result<std::vector<AccountId>> owners();

 private:
  class Rows;
  MediaStore(std::string folder, MediaConfig config, RandomSource& random,
             std::unique_ptr<Rows> rows);

  std::string path_of(const std::string& id) const { return place_of(folder_, id); }
  Status check_room(const AccountId& owner, std::uint64_t length);
  Status make_file(const std::string& path);
  Status remove_files(const std::vector<std::string>& ids);

  std::string folder_;
  MediaConfig config_;
  RandomSource& random_;
  std::unique_ptr<Rows> rows_;
};

}  // namespace parley::hub
