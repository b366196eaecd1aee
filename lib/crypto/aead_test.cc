#include <gtest/gtest.h>

#include "lib/crypto/cipher.h"
#include "lib/crypto/hex_for_tests.h"

namespace parley::crypto {
namespace {

// NIST SP 800-38A, F.2.5 and F.2.6 (CBC-AES256).
const Bytes kCbcKey = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
const Bytes kCbcIv = hex("000102030405060708090a0b0c0d0e0f");
const Bytes kCbcPlain =
    hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
const char* const kCbcCipher =
    "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
    "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";

TEST(Aes256Cbc, GivesThePublishedCiphertextAndAPaddingBlock) {
  const Bytes sealed = aes256_cbc_encrypt(kCbcKey, kCbcIv, kCbcPlain);
  ASSERT_EQ(sealed.size(), kCbcPlain.size() + 16);
  EXPECT_EQ(hex_encode(ByteView(sealed).first(kCbcPlain.size())), kCbcCipher);
  const auto opened = aes256_cbc_decrypt(kCbcKey, kCbcIv, sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(equal(opened->view(), kCbcPlain));
}

TEST(Aes256Cbc, OpensWhatItSealsAtEveryLength) {
  for (std::size_t size = 0; size <= 70; ++size) {
    const Bytes plain(size, 0x5a);
    const Bytes sealed = aes256_cbc_encrypt(kCbcKey, kCbcIv, plain);
    EXPECT_EQ(sealed.size(), (size / 16 + 1) * 16);
    const auto opened = aes256_cbc_decrypt(kCbcKey, kCbcIv, sealed);
    ASSERT_TRUE(opened.has_value()) << size;
    EXPECT_TRUE(equal(opened->view(), plain)) << size;
  }
}

TEST(Aes256Cbc, RefusesWhatIsNotWholeBlocks) {
  const Bytes sealed = aes256_cbc_encrypt(kCbcKey, kCbcIv, kCbcPlain);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    if (size % 16 == 0 && size > 0) continue;
    const auto opened = aes256_cbc_decrypt(kCbcKey, kCbcIv, ByteView(sealed).first(size));
    ASSERT_FALSE(opened.has_value()) << size;
    EXPECT_EQ(opened.error().code, ErrorCode::decryption_failed);
  }
}

// The last block's plaintext is chosen through the bytes before it: changing a byte
// there changes the same byte of the last block's plaintext.
TEST(Aes256Cbc, RefusesEveryWrongPadding) {
  const Bytes plain(16, 0x41);  // so the last block is sixteen times 0x10
  const Bytes sealed = aes256_cbc_encrypt(kCbcKey, kCbcIv, plain);
  const auto with_last_block = [&](const ByteArray<16>& wanted) {
    Bytes changed = sealed;
    for (std::size_t i = 0; i < 16; ++i) changed[i] ^= 0x10 ^ wanted[i];
    return aes256_cbc_decrypt(kCbcKey, kCbcIv, changed);
  };
  for (unsigned last = 0; last < 256; ++last) {
    ByteArray<16> block;
    block.fill(static_cast<std::uint8_t>(last));
    EXPECT_EQ(with_last_block(block).has_value(), last >= 1 && last <= 16) << last;
  }
  for (std::uint8_t length = 2; length <= 16; ++length) {
    for (std::size_t wrong = 16u - length; wrong < 15; ++wrong) {
      ByteArray<16> block;
      block.fill(length);
      block[wrong] ^= 0x80;
      EXPECT_FALSE(with_last_block(block).has_value()) << int{length} << ' ' << wrong;
    }
  }
}

struct GcmCase {
  const char* key;
  const char* nonce;
  const char* aad;
  const char* plain;
  const char* sealed;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1, 2, 4, 13 and 16.
const GcmCase kGcmCases[] = {
    {"00000000000000000000000000000000", "000000000000000000000000", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000",
     "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(AesGcm, GivesThePublishedCiphertexts) {
  for (const GcmCase& c : kGcmCases) {
    EXPECT_EQ(hex_encode(aes_gcm_encrypt(hex(c.key), hex(c.nonce), hex(c.aad), hex(c.plain))),
              c.sealed);
    const auto opened = aes_gcm_decrypt(hex(c.key), hex(c.nonce), hex(c.aad), hex(c.sealed));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(hex_encode(opened->view()), c.plain);
  }
}

// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
const GcmCase kXchachaCase = {"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
                              "404142434445464748494a4b4c4d4e4f5051525354555657",
                              "50515253c0c1c2c3c4c5c6c7",
                              "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
                              "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
                              "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
                              "637265656e20776f756c642062652069742e",
                              "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
                              "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
                              "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
                              "21f9664c97637da9768812f615c68b13b52e"
                              "c0875924c1c7987947deafd8780acf49"};

TEST(Xchacha20Poly1305, GivesThePublishedCiphertext) {
  const GcmCase& c = kXchachaCase;
  EXPECT_EQ(
      hex_encode(xchacha20_poly1305_encrypt(hex(c.key), hex(c.nonce), hex(c.aad), hex(c.plain))),
      c.sealed);
  const auto opened =
      xchacha20_poly1305_decrypt(hex(c.key), hex(c.nonce), hex(c.aad), hex(c.sealed));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(hex_encode(opened->view()), c.plain);
}

using Open = Result<SecretBuffer> (*)(ByteView, ByteView, ByteView, ByteView);

// Every byte of everything that goes in, and every length of the ciphertext.
void expect_tampering_is_noticed(Open open, const GcmCase& c) {
  Bytes parts[] = {hex(c.key), hex(c.nonce), hex(c.aad), hex(c.sealed)};
  const auto run = [&] { return open(parts[0], parts[1], parts[2], parts[3]); };
  ASSERT_TRUE(run().has_value());
  for (Bytes& part : parts) {
    for (std::uint8_t& byte : part) {
      byte ^= 0x40;
      const auto opened = run();
      ASSERT_FALSE(opened.has_value());
      EXPECT_EQ(opened.error().code, ErrorCode::decryption_failed);
      byte ^= 0x40;
    }
  }
  const Bytes whole = parts[3];
  for (std::size_t size = 0; size < whole.size(); ++size) {
    parts[3] = to_bytes(ByteView(whole).first(size));
    EXPECT_FALSE(run().has_value()) << size;
  }
}

TEST(AesGcm, NoticesAChangeOfAnyByteAndAnyCut) {
  expect_tampering_is_noticed(aes_gcm_decrypt, kGcmCases[2]);
  expect_tampering_is_noticed(aes_gcm_decrypt, kGcmCases[4]);
}

TEST(Xchacha20Poly1305, NoticesAChangeOfAnyByteAndAnyCut) {
  expect_tampering_is_noticed(xchacha20_poly1305_decrypt, kXchachaCase);
}

TEST(Aeads, SealAndOpenNothing) {
  const Bytes key(32, 1), nonce12(12, 2), nonce24(24, 3);
  const Bytes gcm = aes_gcm_encrypt(key, nonce12, {}, {});
  EXPECT_EQ(gcm.size(), 16u);
  EXPECT_TRUE(aes_gcm_decrypt(key, nonce12, {}, gcm).has_value());
  const Bytes xchacha = xchacha20_poly1305_encrypt(key, nonce24, {}, {});
  EXPECT_EQ(xchacha.size(), 16u);
  EXPECT_TRUE(xchacha20_poly1305_decrypt(key, nonce24, {}, xchacha).has_value());
}

}  // namespace
}  // namespace parley::crypto
