#include "hub/daemon/signing_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "hub/daemon/secret_file.h"

namespace parley::hub {
namespace {

constexpr char kFileName[] = "push-key";
constexpr char kVapidFileName[] = "web-push-key";
constexpr std::size_t kMaxKeyBytes = 1024;

auto unreadable(const std::string& file) {
  return fail(ErrorCode::store_unwritable, file + ": " + std::strerror(errno));
}

// Empty: there is no such file.
Result<SecretBuffer> read_key(const std::string& file) {
  const OpenFile in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in) {
    if (errno == ENOENT) return SecretBuffer();
    return unreadable(file);
  }
  Secret<kMaxKeyBytes> space;
  const ssize_t size = ::read(in.get(), space.mutable_view().data(), space.size());
  if (size < 0) return unreadable(file);
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
    PARLEY_CHECK(replace_secret_file(file, seed.view()));
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
    PARLEY_CHECK(replace_secret_file(file, fresh.to_text().view()));
    return fresh;
  }
  auto key = jose::VapidKey::from_text(as_text(known.view()));
  if (!key) return damaged(file);
  return key;
}

}  // namespace parley::hub
