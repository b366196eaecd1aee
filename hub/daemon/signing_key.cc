#include "hub/daemon/signing_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace parley::hub {
namespace {

constexpr char kFileName[] = "push-key";
constexpr char kVapidFileName[] = "web-push-key";
constexpr std::size_t kMaxKeyBytes = 1024;

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
Status write_key(const std::string& file, ByteView key) {
  const std::string fresh = file + ".new";
  ::unlink(fresh.c_str());
  const File out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) return unwritable(fresh);
  if (::write(out.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()) ||
      ::fsync(out.get()) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return unwritable(fresh);
  }
  return {};
}

// Empty: there is no such file.
Result<SecretBuffer> read_key(const std::string& file) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) {
    if (errno == ENOENT) return SecretBuffer();
    return unwritable(file);
  }
  Secret<kMaxKeyBytes> space;
  const ssize_t size = ::read(in.get(), space.mutable_view().data(), space.size());
  if (size < 0) return unwritable(file);
  if (size == 0) return fail(ErrorCode::store_damaged, file + " is empty; remove it for a new key");
  return SecretBuffer(space.view().first(static_cast<std::size_t>(size)));
}

auto damaged(const std::string& file) {
  return fail(ErrorCode::store_damaged,
              file + " is not a key; restore it, or remove it for a new one");
}

std::string key_file(const std::string& data_folder, const char* name) {
  return (std::filesystem::path(data_folder) / name).string();
}

}  // namespace

Result<jose::SigningKey> load_signing_key(const std::string& data_folder, RandomSource& random) {
  const std::string file = key_file(data_folder, kFileName);
  Secret<32> seed;
  PARLEY_TRY(known, read_key(file));
  if (known.size() == 0) {
    random.fill(seed.mutable_view());
    PARLEY_CHECK(write_key(file, seed.view()));
  } else if (known.size() != seed.size()) {
    return damaged(file);
  } else {
    std::copy_n(known.view().data(), seed.size(), seed.mutable_view().data());
  }
  return jose::SigningKey(crypto::Ed25519KeyPair::from_seed(std::move(seed)));
}

Result<jose::VapidKey> load_vapid_key(const std::string& data_folder) {
  const std::string file = key_file(data_folder, kVapidFileName);
  PARLEY_TRY(known, read_key(file));
  if (known.size() == 0) {
    PARLEY_TRY(fresh, jose::VapidKey::generate());
    PARLEY_CHECK(write_key(file, fresh.to_text().view()));
    return fresh;
  }
  auto key = jose::VapidKey::from_text(as_text(known.view()));
  if (!key) return damaged(file);
  return key;
}

}  // namespace parley::hub
