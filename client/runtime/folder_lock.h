// Keeps two processes from using one account's folder at the same time. The lock
// is the kernel's (flock on the file `lock`), so it ends with its process, however
// that ends; the file itself stays.
#pragma once

#include <filesystem>

#include "lib/base/result.h"

namespace parley::client {

// Makes the folder (and its parents) readable by its owner only. An existing
// folder is tightened to that as well. Errors: store_unwritable.
Status make_private_folder(const std::filesystem::path& folder);

class FolderLock {
 public:
  // Does not wait. Errors: store_locked, store_unwritable.
  static Result<FolderLock> take(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int file) : file_(file) {}

  int file_;
};

}  // namespace parley::client
