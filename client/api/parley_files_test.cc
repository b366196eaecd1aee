#include "client/api/parley_files.h"

#include <gtest/gtest.h>

#include <vector>

#include "lib/base/encoding.h"
#include "lib/base/result.h"
#include "lib/media/file_cipher.h"

namespace parley::client {
namespace {

using Buffer = std::vector<std::uint8_t>;

TEST(FilesInterface, HashesWhatComesInPieces) {
  // FIPS 180-4, the example "abc".
  parley_hash* hash = parley_hash_new();
  const std::uint8_t text[] = {'a', 'b', 'c'};
  parley_hash_update(hash, text, 1);
  parley_hash_update(hash, text + 1, 2);
  std::uint8_t digest[32];
  parley_hash_finish(hash, digest);
  EXPECT_EQ(hex_encode({digest, sizeof digest}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  parley_hash_free(parley_hash_new());
  parley_hash_free(nullptr);
}

class FileCipherInterface : public ::testing::Test {
 protected:
  FileCipherInterface()
      : cipher_(parley_file_cipher_new(key_, nonce_, nullptr, 0, media::kChunkBytes + 5)) {}
  ~FileCipherInterface() override { parley_file_cipher_free(cipher_); }

  const std::uint8_t key_[32] = {1, 2, 3};
  const std::uint8_t nonce_[7] = {4};
  parley_file_cipher* cipher_;
};

TEST_F(FileCipherInterface, OpensWhatItSealed) {
  ASSERT_EQ(parley_file_cipher_chunks(cipher_), 2u);
  for (std::uint32_t index = 0; index < 2; ++index) {
    const Buffer file(parley_file_cipher_file_bytes(cipher_, index), 7);
    EXPECT_EQ(file.size(), index == 0 ? media::kChunkBytes : 5u);
    Buffer sealed(parley_file_cipher_sealed_bytes(cipher_, index));
    ASSERT_EQ(parley_file_cipher_seal(cipher_, index, file.data(), file.size(), sealed.data()), 0);
    Buffer opened(file.size());
    ASSERT_EQ(parley_file_cipher_open(cipher_, index, sealed.data(), sealed.size(), opened.data()),
              0);
    EXPECT_EQ(opened, file);
  }
  EXPECT_EQ(parley_file_cipher_file_bytes(cipher_, 2), 0u);
  EXPECT_EQ(parley_file_cipher_sealed_bytes(cipher_, 2), 0u);
}

TEST_F(FileCipherInterface, RefusesWhatWasChanged) {
  const Buffer file(5, 7);
  Buffer sealed(parley_file_cipher_sealed_bytes(cipher_, 1));
  ASSERT_EQ(parley_file_cipher_seal(cipher_, 1, file.data(), file.size(), sealed.data()), 0);
  sealed[3] ^= 1;
  Buffer opened(5);
  EXPECT_EQ(parley_file_cipher_open(cipher_, 1, sealed.data(), sealed.size(), opened.data()),
            static_cast<int>(ErrorCode::malformed));
  EXPECT_EQ(opened, Buffer(5));
}

TEST_F(FileCipherInterface, RefusesFilesThatAreTooLarge) {
  const auto make = [&](double size) {
    parley_file_cipher* made = parley_file_cipher_new(key_, nonce_, nullptr, 0, size);
    parley_file_cipher_free(made);
    return made != nullptr;
  };
  EXPECT_TRUE(make(static_cast<double>(media::kMaxFileBytes)));
  EXPECT_FALSE(make(static_cast<double>(media::kMaxFileBytes) + 1));
  EXPECT_FALSE(make(-1));
  EXPECT_FALSE(make(__builtin_nan("")));
}

TEST(FilesInterface, RefusesAPieceThatIsNoFile) {
  const std::uint8_t key[16] = {}, nonce[12] = {};
  const Buffer sealed(40);
  Buffer file(10);
  EXPECT_NE(parley_open_one_piece(key, nonce, nullptr, 0, sealed.data(), sealed.size(), file.data(),
                                  file.size()),
            0);
}

}  // namespace
}  // namespace parley::client
