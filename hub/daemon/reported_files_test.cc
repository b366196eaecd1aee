#include "hub/daemon/reported_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "hub/daemon/hub_for_tests.h"
#include "lib/base/encoding.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/hash.h"
#include "lib/media/file_cipher.h"

namespace parley::hub {
namespace {

using content::EncryptionAlgorithm;
using ::testing::HasSubstr;

class ReportedFilesTest : public ::testing::Test {
 protected:
  // A file of more than one chunk, as it lies there.
  ReportedFilesTest() {
    for (std::size_t i = 0; i < media::kChunkBytes + 5; ++i) {
      plain_.push_back(static_cast<std::uint8_t>(i * 7));
    }
    content::ExternalPart& part = attached_.file;
    part.size = plain_.size();
    part.encryption = EncryptionAlgorithm::parley_chunked;
    part.key = Bytes(media::kKeyBytes, 1);
    part.nonce = Bytes(media::kNonceBytes, 2);
    const auto cipher = media::FileCipher::make(part.key, part.nonce, {}, part.size);
    for (std::uint32_t i = 0, from = 0; i < cipher->chunk_count(); ++i) {
      const Bytes chunk =
          cipher->seal(i, ByteView(plain_).subspan(from, cipher->file_bytes(i))).value();
      from += static_cast<std::uint32_t>(cipher->file_bytes(i));
      there_.insert(there_.end(), chunk.begin(), chunk.end());
    }
    name_hashes();
  }
  void name_hashes() {
    attached_.file.hash = content::HashAlgorithm::sha256;
    attached_.file.content_hash = to_bytes(crypto::sha256(there_));
    attached_.plaintext_sha256 = crypto::sha256(plain_);
  }
  // "" saved, or what is wrong.
  std::string save() {
    std::size_t at = 0;
    const auto next = [&](std::size_t most) -> Result<Bytes> {
      const std::size_t size = std::min({most, there_.size() - at, std::size_t{10'000}});
      const auto piece = ByteView(there_).subspan(at, size);
      at += size;
      return Bytes(piece.begin(), piece.end());
    };
    const Status saved = save_reported_file(attached_, next, path_);
    const auto files = std::distance(std::filesystem::directory_iterator(folder_.path()), {});
    EXPECT_EQ(files, saved ? 1 : 0);
    return saved ? "" : saved.error().detail;
  }
  Bytes saved() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.file("file");
  content::Attachment attached_;
  Bytes plain_, there_;
};

TEST_F(ReportedFilesTest, AreSavedWhenAllOfThemFits) {
  EXPECT_EQ(save(), "");
  EXPECT_EQ(saved(), plain_);
}

TEST_F(ReportedFilesTest, AreRefusedWhenTheBytesAreOthers) {
  there_.back() ^= 1;
  EXPECT_THAT(save(), HasSubstr("does not decrypt"));
  there_.back() ^= 1;
  there_.push_back(0);
  EXPECT_THAT(save(), HasSubstr("longer"));
  there_.resize(there_.size() - 2);
  EXPECT_THAT(save(), HasSubstr("shorter"));
}

TEST_F(ReportedFilesTest, AreRefusedWhenAHashIsAnother) {
  attached_.file.content_hash[0] ^= 1;
  EXPECT_THAT(save(), HasSubstr("what lies there now is not"));
  name_hashes();
  (*attached_.plaintext_sha256)[0] ^= 1;
  EXPECT_THAT(save(), HasSubstr("decrypted, it is not"));
  attached_.plaintext_sha256.reset();
  EXPECT_EQ(save(), "") << "one hash is enough";
}

TEST_F(ReportedFilesTest, AreRefusedWhenNothingIsSaidAboutThem) {
  attached_.file.hash = content::HashAlgorithm::none;
  attached_.plaintext_sha256.reset();
  EXPECT_THAT(save(), HasSubstr("names no hash"));
}

TEST_F(ReportedFilesTest, MayBeInOnePieceOrPlain) {
  plain_.resize(2'000);
  attached_.file.size = plain_.size();
  attached_.file.encryption = EncryptionAlgorithm::aes_128_gcm;
  attached_.file.key = Bytes(16, 3);
  attached_.file.nonce = Bytes(12, 4);
  there_ = crypto::aes_gcm_encrypt(attached_.file.key, attached_.file.nonce, {}, plain_);
  name_hashes();
  EXPECT_EQ(save(), "");
  EXPECT_EQ(saved(), plain_);
  std::filesystem::remove(path_);
  there_[0] ^= 1;
  EXPECT_THAT(save(), HasSubstr("does not decrypt"));
  attached_.file.encryption = EncryptionAlgorithm::none;
  there_ = plain_;
  name_hashes();
  ++attached_.file.size;
  EXPECT_THAT(save(), HasSubstr("not as long"));
  --attached_.file.size;
  EXPECT_EQ(save(), "");
}

TEST(ReportedFileName, LeadsNowhereElse) {
  EXPECT_EQ(reported_file_name(2, 1, "holiday.jpg"), "2-1-holiday.jpg");
  EXPECT_EQ(reported_file_name(1, 1, "../../etc/passwd"), "1-1-.._.._etc_passwd");
  EXPECT_EQ(reported_file_name(1, 2, std::string("a\0b\x1b", 4)), "1-2-a_b_");
  EXPECT_EQ(reported_file_name(1, 1, ""), "1-1-file");
  EXPECT_LT(reported_file_name(1, 1, std::string(9'000, 'x')).size(), 120u);
}

TEST(OwnMediaId, IsOfThisHubsFilesOnly) {
  const std::string id = base32_encode(Bytes(32, 7));
  EXPECT_EQ(own_media_id("https://hub.example/v1/media/" + id), id);
  for (const std::string& other :
       {"https://hub.example/v1/media/" + id + "x", "https://hub.example/v1/media/../" + id,
        "https://hub.example/m/" + id, "/v1/media/" + id, std::string()}) {
    EXPECT_EQ(own_media_id(other), "") << other;
  }
}

}  // namespace
}  // namespace parley::hub
