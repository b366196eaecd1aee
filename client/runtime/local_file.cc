#include "client/runtime/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "lib/base/encoding.h"

namespace parley::client {
namespace {

constexpr int kMaxNames = 10'000;  // tried for one file

auto system_failure(ErrorCode code, const std::string& path) {
  return fail(code, path + ": " + std::generic_category().message(errno));
}

std::string numbered(const std::string& filename, int number) {
  if (number == 0) return filename;
  const auto dot = filename.rfind('.');
  const std::size_t end = dot == std::string::npos || dot == 0 ? filename.size() : dot;
  return filename.substr(0, end) + " (" + std::to_string(number) + ")" + filename.substr(end);
}

// Renames, but never onto something. False with errno.
bool rename_to_free(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // A file system without it.
  if (::link(from.c_str(), to.c_str()) != 0) return false;
  ::unlink(from.c_str());
  return true;
}

void sync_folder(const std::string& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

}  // namespace

Result<LocalFile> LocalFile::open_to_read(const std::string& path) {
  // Not blocking: opening a pipe would wait for its writer.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return system_failure(ErrorCode::invalid_argument, path);
  LocalFile opened(path, file);
  struct stat facts{};
  if (::fstat(file, &facts) != 0) return system_failure(ErrorCode::invalid_argument, path);
  if (!S_ISREG(facts.st_mode)) {
    return fail(ErrorCode::invalid_argument, path + ": this is no ordinary file");
  }
  return opened;
}

Result<LocalFile> LocalFile::open_partial(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_failure(ErrorCode::store_unwritable, path);
  return LocalFile(path, file);
}

LocalFile& LocalFile::operator=(LocalFile&& other) noexcept {
  if (this != &other) {
    if (file_ >= 0) ::close(file_);
    path_ = std::move(other.path_);
    file_ = std::exchange(other.file_, -1);
  }
  return *this;
}

LocalFile::~LocalFile() {
  if (file_ >= 0) ::close(file_);
}

Result<std::uint64_t> LocalFile::size() const {
  struct stat facts{};
  if (::fstat(file_, &facts) != 0) return system_failure(ErrorCode::invalid_argument, path_);
  return static_cast<std::uint64_t>(facts.st_size);
}

Status LocalFile::read(std::uint64_t offset, MutableByteView into) const {
  while (!into.empty()) {
    const auto got = ::pread(file_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(ErrorCode::invalid_argument, path_);
    if (got == 0) return fail(ErrorCode::invalid_argument, path_ + ": shorter than before");
    into = into.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Status LocalFile::write(std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const auto put = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return system_failure(ErrorCode::store_unwritable, path_);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

Status LocalFile::truncate(std::uint64_t size) {
  if (::ftruncate(file_, static_cast<off_t>(size)) == 0) return {};
  return system_failure(ErrorCode::store_unwritable, path_);
}

Status LocalFile::sync() {
  if (::fsync(file_) == 0) return {};
  return system_failure(ErrorCode::store_unwritable, path_);
}

std::string partial_path(const std::string& folder, ByteView partial_id) {
  return folder + "/.parley-" + hex_encode(partial_id) + ".part";
}

std::string opened_path(const std::string& partial) { return partial + ".opened"; }

Result<std::string> publish(const std::string& partial, const std::string& folder,
                            const std::string& filename) {
  for (int number = 0; number < kMaxNames; ++number) {
    const std::string path = folder + "/" + numbered(filename, number);
    if (rename_to_free(partial, path)) {
      sync_folder(folder);
      return path;
    }
    if (errno != EEXIST) return system_failure(ErrorCode::store_unwritable, path);
  }
  return fail(ErrorCode::store_unwritable, folder + ": too many files of this name");
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

}  // namespace parley::client
