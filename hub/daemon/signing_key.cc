#include "hub/daemon/signing_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace parley::hub {
namespace {

constexpr char kFileName[] = "push-key";

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

auto unwritable(const std::string& file) {
  return fail(ErrorCode::store_unwritable, file + ": " + std::strerror(errno));
}

// Written beside it and renamed, so that a crash leaves no half of a key.
Status write_key(const std::string& file, const Secret<32>& seed) {
  const std::string fresh = file + ".new";
  ::unlink(fresh.c_str());
  const File out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return unwritable(fresh);
  if (::write(out.get(), seed.view().data(), seed.size()) != ssize_t{seed.size()} ||
      ::fsync(out.get()) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return unwritable(fresh);
  }
  return {};
}

}  // namespace

Result<jose::SigningKey> load_signing_key(const std::string& data_folder, RandomSource& random) {
  const std::string file = (std::filesystem::path(data_folder) / kFileName).string();
  Secret<32> seed;
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in && errno != ENOENT) return unwritable(file);
  if (in) {
    std::array<std::uint8_t, 1> more{};
    if (::read(in.get(), seed.mutable_view().data(), seed.size()) != ssize_t{seed.size()} ||
        ::read(in.get(), more.data(), more.size()) != 0) {
      return fail(ErrorCode::store_damaged,
                  file + " is not a key; restore it, or remove it for a new one");
    }
  } else {
    random.fill(seed.mutable_view());
    PARLEY_CHECK(write_key(file, seed));
  }
  return jose::SigningKey(crypto::Ed25519KeyPair::from_seed(std::move(seed)));
}

}  // namespace parley::hub
