#include "client/runtime/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace parley::client {
namespace {

tl::unexpected<Error> unwritable(const std::filesystem::path& path, int error) {
  return fail(ErrorCode::store_unwritable, path.string() + ": " + std::strerror(error));
}

}  // namespace

Status make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (error) return unwritable(folder.parent_path(), error.value());
  if (::mkdir(folder.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return unwritable(folder, errno);
  struct stat facts{};
  if (::stat(folder.c_str(), &facts) != 0) return unwritable(folder, errno);
  if (!S_ISDIR(facts.st_mode)) return unwritable(folder, ENOTDIR);
  if ((facts.st_mode & 0077) != 0 && ::chmod(folder.c_str(), 0700) != 0) {
    return unwritable(folder, errno);
  }
  return {};
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const auto path = folder / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return unwritable(path, errno);
  FolderLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return fail(ErrorCode::store_locked, folder.string());
  return unwritable(path, errno);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace parley::client
