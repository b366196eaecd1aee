// Files against the published vectors (docs/protocol/vectors/media.json, which Node.js
// recomputes) and against OpenSSL's AES-GCM.
#include "lib/media/file_cipher.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <fstream>
#include <iterator>
#include <string>

#include "lib/base/encoding.h"
#include "lib/crypto/hash.h"

namespace parley::media {
namespace {

// One object of the published file, without a JSON library: its members are known.
class Vector {
 public:
  explicit Vector(const std::string& name) {
    std::ifstream file(PARLEY_SOURCE_FOLDER "/docs/protocol/vectors/media.json");
    const std::string all(std::istreambuf_iterator<char>(file), {});
    const auto start = all.find("\"name\": \"" + name + "\"");
    EXPECT_NE(start, std::string::npos) << name;
    text_ = all.substr(start, all.find('}', start) - start);
  }
  std::uint64_t number(const std::string& member) const {
    return std::stoull(text_.substr(text_.find("\"" + member + "\": ") + member.size() + 4));
  }
  Bytes bytes(const std::string& member) const {
    const auto start = text_.find("\"" + member + "\": \"") + member.size() + 5;
    const auto decoded = hex_decode(text_.substr(start, text_.find('"', start) - start));
    EXPECT_TRUE(decoded.has_value()) << member;
    return decoded ? *decoded : Bytes{};
  }

 private:
  std::string text_;
};

Bytes file_of(std::uint64_t size) {
  Bytes file(size);
  for (std::size_t i = 0; i < size; ++i) file[i] = static_cast<std::uint8_t>(i % 251);
  return file;
}

ByteView part_of(const FileCipher& cipher, ByteView file, std::uint32_t index) {
  return file.subspan(std::min<std::size_t>(index * kChunkBytes, file.size()),
                      cipher.file_bytes(index));
}

Bytes sealed(const FileCipher& cipher, ByteView file) {
  Bytes all;
  for (std::uint32_t i = 0; i < cipher.chunk_count(); ++i) {
    const auto chunk = cipher.seal(i, part_of(cipher, file, i));
    EXPECT_TRUE(chunk.has_value());
    if (chunk) append(all, *chunk);
  }
  return all;
}

Result<Bytes> opened(const FileCipher& cipher, ByteView all) {
  Bytes file;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < cipher.chunk_count(); ++i) {
    const std::size_t size = std::min(cipher.sealed_bytes(i), all.size() - at);
    PARLEY_TRY(chunk, cipher.open(i, all.subspan(at, size)));
    append(file, chunk.view());
    at += size;
  }
  if (at != all.size()) return fail(ErrorCode::malformed);
  return file;
}

FileCipher some_cipher(std::uint64_t size) {
  return *FileCipher::make(Bytes(32, 7), Bytes(7, 9), {}, size);
}

TEST(FileCipher, PadsAsPublished) {
  EXPECT_EQ(padded_size(0), 1024u);
  EXPECT_EQ(padded_size(1024), 1024u);
  EXPECT_EQ(padded_size(1025), 1088u);
  EXPECT_EQ(padded_size(1'500'000), 1'507'328u);
  EXPECT_EQ(padded_size(16'777'217), 17'301'504u);
  EXPECT_EQ(padded_size(2'147'483'647), 2'147'483'648u);
  EXPECT_EQ(padded_size(kMaxFileBytes), kMaxFileBytes);
}

TEST(FileCipher, SealsAsPublished) {
  for (const char* name : {"small file", "file of exactly one chunk", "file of three chunks"}) {
    SCOPED_TRACE(name);
    const Vector vector(name);
    const Bytes file = file_of(vector.number("size"));
    const auto cipher =
        FileCipher::make(vector.bytes("key"), vector.bytes("nonce"), {}, file.size());
    ASSERT_TRUE(cipher.has_value());
    const Bytes all = sealed(*cipher, file);
    EXPECT_EQ(all.size(), vector.number("sealed_size"));
    EXPECT_EQ(all.size(), sealed_size(file.size()));
    EXPECT_EQ(to_bytes(crypto::sha256(all)), vector.bytes("content_hash"));
    EXPECT_EQ(to_bytes(crypto::sha256(file)), vector.bytes("plaintext_sha256"));
    const auto back = opened(*cipher, all);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, file);
  }
}

TEST(FileCipher, OpenSslOpensAChunk) {
  const FileCipher cipher = some_cipher(2'000'000);
  const Bytes file = file_of(2'000'000);
  const auto chunk = cipher.seal(1, part_of(cipher, file, 1));
  ASSERT_TRUE(chunk.has_value());
  // Chunk 1 is the last: nonce field, u32be(1), 1.
  const Bytes nonce{9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 1, 1};
  const Bytes key(32, 7);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ASSERT_EQ(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()), 1);
  Bytes plain(chunk->size() - kTagBytes);
  int length = 0;
  ASSERT_EQ(EVP_DecryptUpdate(context, plain.data(), &length, chunk->data(),
                              static_cast<int>(plain.size())),
            1);
  Bytes tag(chunk->end() - kTagBytes, chunk->end());
  ASSERT_EQ(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()), 1);
  EXPECT_EQ(EVP_DecryptFinal_ex(context, plain.data() + length, &length), 1);
  EVP_CIPHER_CTX_free(context);
  const ByteView expected = part_of(cipher, file, 1);
  EXPECT_TRUE(equal(ByteView(plain).first(expected.size()), expected));
}

TEST(FileCipher, EveryKindOfDamageIsSeen) {
  const FileCipher cipher = some_cipher(2'500'000);
  const Bytes all = sealed(cipher, file_of(2'500'000));
  ASSERT_EQ(cipher.chunk_count(), 3u);
  for (const std::size_t at : {std::size_t{0}, std::size_t{kSealedChunkBytes}, all.size() - 1}) {
    Bytes changed = all;
    changed[at] ^= 1;
    EXPECT_EQ(opened(cipher, changed).error().code, ErrorCode::malformed);
  }
  EXPECT_FALSE(opened(cipher, ByteView(all).first(all.size() - 1)));         // cut
  EXPECT_FALSE(opened(cipher, ByteView(all).first(2 * kSealedChunkBytes)));  // a chunk less
  Bytes swapped = all;
  std::swap_ranges(swapped.begin(), swapped.begin() + kSealedChunkBytes,
                   swapped.begin() + kSealedChunkBytes);
  EXPECT_FALSE(opened(cipher, swapped));
  Bytes longer = all;
  longer.push_back(0);
  EXPECT_FALSE(opened(cipher, longer));
  // A file that claims to end with chunk 1 does not open with its chunk 1.
  const FileCipher shorter = some_cipher(2 * kChunkBytes);
  EXPECT_FALSE(shorter.open(1, ByteView(all).subspan(kSealedChunkBytes, kSealedChunkBytes)));
}

TEST(FileCipher, PaddingThatIsNotZeroIsRefused) {
  // The same key with another size: what was file is now padding.
  const Bytes all = sealed(some_cipher(1024), Bytes(1024, 1));
  EXPECT_EQ(opened(some_cipher(1023), all).error().code, ErrorCode::malformed);
  EXPECT_TRUE(opened(some_cipher(1024), all));
}

TEST(FileCipher, ChunksOfOnlyPaddingAreSealedAndChecked) {
  const std::uint64_t size = 65 * kChunkBytes + 1;  // padded to 66 MiB
  const FileCipher cipher = some_cipher(size);
  EXPECT_EQ(cipher.file_bytes(65), 1u);
  const std::uint64_t odd = 129 * kChunkBytes + 1;  // padded to 132 MiB
  const FileCipher larger = some_cipher(odd);
  ASSERT_EQ(larger.chunk_count(), 132u);
  EXPECT_EQ(larger.file_bytes(130), 0u);
  const auto chunk = larger.seal(131, {});
  ASSERT_TRUE(chunk.has_value());
  EXPECT_EQ(larger.open(131, *chunk)->size(), 0u);
}

TEST(FileCipher, AdditionalDataCounts) {
  const Bytes aad{1, 2, 3};
  const auto cipher = FileCipher::make(Bytes(32, 7), Bytes(7, 9), aad, 10);
  const Bytes all = sealed(*cipher, file_of(10));
  EXPECT_TRUE(opened(*cipher, all));
  EXPECT_FALSE(opened(some_cipher(10), all));
}

TEST(FileCipher, ImpossibleArgumentsAreRefused) {
  EXPECT_FALSE(FileCipher::make(Bytes(16), Bytes(7), {}, 1));
  EXPECT_FALSE(FileCipher::make(Bytes(32), Bytes(12), {}, 1));
  EXPECT_EQ(FileCipher::make(Bytes(32), Bytes(7), {}, kMaxFileBytes + 1).error().code,
            ErrorCode::too_large);
  EXPECT_TRUE(FileCipher::make(Bytes(32), Bytes(7), {}, kMaxFileBytes));
  EXPECT_FALSE(some_cipher(10).seal(0, Bytes(11)));
  EXPECT_FALSE(some_cipher(10).seal(1, {}));
}

// RFC-shaped AES-128-GCM, as OpenSSL makes it: what a partner may send.
Bytes one_piece(ByteView key, ByteView nonce, ByteView plain) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
  Bytes out(plain.size() + kTagBytes);
  int length = 0;
  EVP_EncryptUpdate(context, out.data(), &length, plain.data(), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, out.data() + length, &length);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, out.data() + plain.size());
  EVP_CIPHER_CTX_free(context);
  return out;
}

TEST(OnePiece, WhatOpenSslSealedIsOpened) {
  const Bytes key(16, 3), nonce(12, 4);
  Bytes padded = file_of(700);
  const Bytes plain_sealed = one_piece(key, nonce, padded);
  padded.resize(1024);
  Bytes padded_sealed = one_piece(key, nonce, padded);
  EXPECT_EQ(to_bytes(open_one_piece(key, nonce, {}, 700, plain_sealed)->view()), file_of(700));
  EXPECT_EQ(to_bytes(open_one_piece(key, nonce, {}, 700, padded_sealed)->view()), file_of(700));
  EXPECT_FALSE(open_one_piece(key, nonce, {}, 701, plain_sealed));
  EXPECT_FALSE(open_one_piece(key, nonce, {}, 699, plain_sealed));
  EXPECT_FALSE(open_one_piece(key, nonce, {}, 700, {}));
  padded_sealed[5] ^= 1;
  EXPECT_EQ(open_one_piece(key, nonce, {}, 700, padded_sealed).error().code, ErrorCode::malformed);
  EXPECT_EQ(open_one_piece(key, nonce, {}, kMaxOnePieceBytes + 1, padded_sealed).error().code,
            ErrorCode::too_large);
}

}  // namespace
}  // namespace parley::media
