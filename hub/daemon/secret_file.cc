#include "hub/daemon/secret_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace parley::hub {

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status replace_secret_file(const std::string& file, ByteView content) {
  const std::string fresh = file + ".new";
  ::unlink(fresh.c_str());
  const OpenFile out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool written =
      out &&
      ::write(out.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fsync(out.get()) == 0 && ::rename(fresh.c_str(), file.c_str()) == 0;
  if (!written) return fail(ErrorCode::store_unwritable, fresh + ": " + std::strerror(errno));
  return {};
}

}  // namespace parley::hub
