#include "hub/media/media_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "hub/store/sqlite.h"
#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kIdText = 52;

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS media (
  id      TEXT PRIMARY KEY,
  owner   BLOB NOT NULL,
  length  INTEGER NOT NULL,
  offset  INTEGER NOT NULL,
  touched INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS media_by_owner ON media (owner);
CREATE INDEX IF NOT EXISTS media_by_time ON media (touched);
CREATE INDEX IF NOT EXISTS media_unfinished ON media (length, offset) WHERE offset < length;
)sql";

// RFC 4648's base32 in small letters, as ids are written.
constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";

Error disk_error() { return {ErrorCode::storage_unavailable, "the disk refuses it", 30'000}; }

Error full_error() {
  return {ErrorCode::storage_unavailable, "the hub's space for files is used up", hours(1).ms};
}

// A new name in it survives a loss of power.
bool sync_folder(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool is_id(const std::string& name) {
  return name.size() == kIdText && name.find_first_not_of(kLetters) == name.npos;
}

}  // namespace

MediaFile::~MediaFile() { ::close(descriptor_); }

Status MediaFile::write(std::uint64_t at, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return fail(disk_error());
    at += static_cast<std::uint64_t>(wrote);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<Bytes> MediaFile::read(std::uint64_t at, std::size_t most) {
  Bytes bytes(most);
  std::size_t have = 0;
  while (have < most) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + have, most - have, static_cast<off_t>(at + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(disk_error());
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

void MediaFile::cut(std::uint64_t length) {
  if (::ftruncate(descriptor_, static_cast<off_t>(length)) != 0) return;
}

Status MediaFile::sync() { return ::fdatasync(descriptor_) == 0 ? Status() : fail(disk_error()); }

// The database. SqliteError leaves this file as storage_unavailable.
class MediaStore::Rows {
 public:
  explicit Rows(const std::string& path) : db(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {
    db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.execute(kSchema);
  }

  template <typename Work>
  static auto guarded(Work work) -> decltype(work()) {
    try {
      return work();
    } catch (const SqliteError&) {
      return fail(disk_error());
    }
  }

  Database db;
};

MediaStore::MediaStore(std::string folder, MediaConfig config, RandomSource& random,
                       std::unique_ptr<Rows> rows)
    : folder_(std::move(folder)), config_(config), random_(random), rows_(std::move(rows)) {}
MediaStore::~MediaStore() = default;

Result<std::unique_ptr<MediaStore>> MediaStore::open(const std::string& folder, MediaConfig config,
                                                     RandomSource& random) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::store_unwritable, error.message());
  ::chmod(folder.c_str(), S_IRWXU);
  const std::string database = (std::filesystem::path(folder) / "media.db").string();
  try {
    auto rows = std::make_unique<Rows>(database);
    return std::unique_ptr<MediaStore>(new MediaStore(folder, config, random, std::move(rows)));
  } catch (const SqliteError& problem) {
    return fail(ErrorCode::store_unwritable, problem.what());
  }
}

// Two letters of the id are a folder, so that none grows too large.
std::string MediaStore::place_of(const std::string& folder, const std::string& id) {
  return folder + "/" + id.substr(0, 2) + "/" + id;
}

// What the account, the hub and the disk still have room for.
Status MediaStore::check_room(const AccountId& owner, std::uint64_t length) {
  auto& sum = rows_->db
                  .prepared(
                      "SELECT count(*), coalesce(sum(length), 0),"
                      " coalesce(sum(offset < length), 0) FROM media WHERE owner = ?")
                  .bind(owner);
  sum.next();
  const auto files = static_cast<std::uint64_t>(sum.integer(0));
  const auto bytes = static_cast<std::uint64_t>(sum.integer(1));
  const auto open = static_cast<std::uint64_t>(sum.integer(2));
  sum.reset();
  if (open >= config_.uploads_at_a_time) {
    return fail(Error{ErrorCode::rate_limited, "too many unfinished uploads", 60'000});
  }
  if (files >= config_.account_files || bytes + length > config_.account_bytes) {
    return fail(
        Error{ErrorCode::rate_limited, "the account's space for files is used up", hours(24).ms});
  }
  if (config_.total_bytes != 0) {
    const auto all =
        static_cast<std::uint64_t>(rows_->db.integer("SELECT coalesce(sum(length), 0) FROM media"));
    if (all + length > config_.total_bytes) return fail(full_error());
  }
  if (config_.free_bytes == 0) return {};
  struct statvfs disk{};
  if (::statvfs(folder_.c_str(), &disk) != 0) return fail(disk_error());
  // What was begun takes its share, too.
  const auto promised = static_cast<std::uint64_t>(rows_->db.integer(
      "SELECT coalesce(sum(length - offset), 0) FROM media WHERE offset < length"));
  const std::uint64_t left = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return left >= promised + length + config_.free_bytes ? Status() : fail(full_error());
}

Status MediaStore::make_file(const std::string& path) {
  const std::string folder = folder_of(path);
  if (::mkdir(folder.c_str(), S_IRWXU) == 0 && !sync_folder(folder_)) return fail(disk_error());
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return fail(disk_error());
  ::close(descriptor);
  return sync_folder(folder) ? Status() : fail(disk_error());
}

Result<MediaInfo> MediaStore::create(const AccountId& owner, std::uint64_t length, Time now) {
  if (length == 0) return fail(ErrorCode::invalid_argument, "Upload-Length: at least 1");
  if (length > config_.max_file) return fail(ErrorCode::too_large);
  const MediaInfo media{base32_encode(random_.array<kIdBytes>()), owner, length, 0};
  const std::string path = path_of(media.id);
  const Status made = Rows::guarded([&]() -> Status {
    PARLEY_CHECK(check_room(owner, length));
    PARLEY_CHECK(make_file(path));
    rows_->db.prepared("INSERT INTO media VALUES (?, ?, ?, 0, ?)")
        .bind(media.id, owner, length, now.ms)
        .run();
    return {};
  });
  if (made) return media;
  ::unlink(path.c_str());
  return fail(made.error());
}

Result<MediaInfo> MediaStore::find(const std::string& id) {
  if (!is_id(id)) return fail(ErrorCode::not_found);
  return Rows::guarded([&]() -> Result<MediaInfo> {
    auto& row = rows_->db.prepared("SELECT owner, length, offset FROM media WHERE id = ?").bind(id);
    if (!row.next()) return fail(ErrorCode::not_found);
    MediaInfo media{id, row.id<AccountId>(0), static_cast<std::uint64_t>(row.integer(1)),
                    static_cast<std::uint64_t>(row.integer(2))};
    row.reset();
    return media;
  });
}

Result<std::shared_ptr<MediaFile>> MediaStore::open_for_writing(const MediaInfo& media) {
  const int descriptor = ::open(path_of(media.id).c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(errno == ENOENT ? Error{ErrorCode::not_found, "", 0} : disk_error());
  return std::make_shared<MediaFile>(descriptor);
}

Result<std::shared_ptr<MediaFile>> MediaStore::open_for_reading(const MediaInfo& media) {
  const int descriptor = ::open(path_of(media.id).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(errno == ENOENT ? Error{ErrorCode::not_found, "", 0} : disk_error());
  return std::make_shared<MediaFile>(descriptor);
}

Status MediaStore::advance(const std::string& id, std::uint64_t offset, Time now) {
  return Rows::guarded([&]() -> Status {
    rows_->db.prepared("UPDATE media SET offset = ?, touched = ? WHERE id = ?")
        .bind(offset, now.ms, id)
        .run();
    return rows_->db.changes() != 0 ? Status() : fail(ErrorCode::not_found);
  });
}

// The row first: a file without one is found by nobody and swept away.
Status MediaStore::remove_files(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    rows_->db.prepared("DELETE FROM media WHERE id = ?").bind(id).run();
    ::unlink(path_of(id).c_str());
  }
  return {};
}

Status MediaStore::remove(const std::string& id) {
  return Rows::guarded([&] { return remove_files({id}); });
}

Status MediaStore::remove_all_of(const AccountId& owner) {
  return Rows::guarded([&] {
    std::vector<std::string> ids;
    auto& row = rows_->db.prepared("SELECT id FROM media WHERE owner = ?").bind(owner);
    while (row.next()) ids.push_back(row.text(0));
    return remove_files(ids);
  });
}

Result<std::size_t> MediaStore::sweep(Time now, std::size_t most) {
  return Rows::guarded([&]() -> Result<std::size_t> {
    std::vector<std::string> ids;
    auto& row = rows_->db
                    .prepared(
                        "SELECT id FROM media WHERE touched < ?1 OR"
                        " (touched < ?2 AND offset < length) ORDER BY touched LIMIT ?3")
                    .bind((now - config_.lifetime).ms, (now - config_.unfinished_lifetime).ms,
                          std::uint64_t{most});
    while (row.next()) ids.push_back(row.text(0));
    PARLEY_CHECK(remove_files(ids));
    return ids.size();
  });
}

Result<std::size_t> MediaStore::sweep_strays(std::size_t part) {
  return Rows::guarded([&]() -> Result<std::size_t> {
    std::size_t swept = 0;
    for (const char second : std::string_view(kLetters)) {
      std::error_code ended;
      const std::string folder = folder_ + "/" + kLetters[part % kStrayParts] + second;
      for (std::filesystem::directory_iterator file(folder, ended), end; !ended && file != end;
           file.increment(ended)) {
        const std::string id = file->path().filename().string();
        if (!is_id(id)) continue;
        const auto entry = find(id);
        // A database that cannot be read says nothing about the file.
        if (!entry && entry.error().code != ErrorCode::not_found) return fail(entry.error());
        if (entry) continue;
        ++swept;
        ::unlink(file->path().c_str());
      }
    }
    return swept;
  });
}

Result<std::vector<AccountId>> MediaStore::owners() {
  return Rows::guarded([&]() -> Result<std::vector<AccountId>> {
    std::vector<AccountId> owners;
    auto& row = rows_->db.prepared("SELECT DISTINCT owner FROM media").bind();
    while (row.next()) owners.push_back(row.id<AccountId>(0));
    return owners;
  });
}

}  // namespace parley::hub
