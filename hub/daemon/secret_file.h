// Small files that only the hub's own user may read: keys and a password's hash.
//
// A file is written beside its place and renamed, so that neither a reader nor a crash meets
// half of one. Errors: store_unwritable with the file and the system's reason.
#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley::hub {

// An open file's descriptor, closed at the end.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// Mode 0600; takes the place of what was there, once it lies on the disk.
[[nodiscard]] Status replace_secret_file(const std::string& file, ByteView content);

}  // namespace parley::hub
