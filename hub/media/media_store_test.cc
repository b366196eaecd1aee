// Files on disk: resumable, within their quota, gone in time.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "hub/media/media_store.h"
#include "lib/crypto/system_random.h"

namespace parley::hub {
namespace {

namespace fs = std::filesystem;

class MediaStoreTest : public ::testing::Test {
 protected:
  MediaStoreTest() {
    std::string pattern = fs::temp_directory_path() / "parley-media-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    config_.account_bytes = 1'000;
    config_.account_files = 5;
    config_.uploads_at_a_time = 2;
    config_.max_file = 600;
    config_.free_bytes = 0;
    reopen();
  }
  ~MediaStoreTest() override { fs::remove_all(folder_); }
  void reopen() {
    store_.reset();
    auto opened = MediaStore::open(folder_.string(), config_, random_);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = *std::move(opened);
  }
  std::string finished(const AccountId& owner, std::uint64_t length) {
    auto media = store_->create(owner, length, now_);
    EXPECT_TRUE(media);
    auto file = store_->open_for_writing(*media);
    EXPECT_TRUE((*file)->write(0, Bytes(length, 7)));
    EXPECT_TRUE((*file)->sync());
    EXPECT_TRUE(store_->advance(media->id, length, now_));
    return media->id;
  }
  std::size_t files_on_disk() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      count += entry.is_regular_file() && entry.path().filename().string().size() == 52 ? 1 : 0;
    }
    return count;
  }

  fs::path folder_;
  MediaConfig config_;
  crypto::SystemRandom random_;
  std::unique_ptr<MediaStore> store_;
  Time now_{1'700'000'000'000};
  AccountId alice_{ByteArray<16>{1}};
  AccountId bob_{ByteArray<16>{2}};
};

TEST_F(MediaStoreTest, AnUploadGoesOnWhereItWasAfterARestart) {
  const auto media = store_->create(alice_, 100, now_);
  ASSERT_TRUE(media);
  {
    const auto file = store_->open_for_writing(*media);
    ASSERT_TRUE(file);
    EXPECT_TRUE((*file)->write(0, Bytes(60, 1)));
    EXPECT_TRUE((*file)->sync());
    EXPECT_TRUE(store_->advance(media->id, 60, now_));
    EXPECT_TRUE((*file)->write(60, Bytes(10, 9))) << "not told, so not there";
  }
  reopen();
  auto found = store_->find(media->id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset, 60u);
  EXPECT_FALSE(found->complete());
  const auto file = store_->open_for_writing(*found);
  EXPECT_TRUE((*file)->write(60, Bytes(40, 2)));
  EXPECT_TRUE(store_->advance(media->id, 100, now_));
  found = store_->find(media->id);
  EXPECT_TRUE(found->complete());
  const auto reading = store_->open_for_reading(*found);
  EXPECT_EQ(*(*reading)->read(55, 10), (Bytes{1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));
  EXPECT_EQ((*reading)->read(90, 100)->size(), 10u);
}

TEST_F(MediaStoreTest, KeepsToItsQuotas) {
  EXPECT_EQ(store_->create(alice_, 601, now_).error().code, ErrorCode::too_large);
  EXPECT_EQ(store_->create(alice_, 0, now_).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(store_->create(alice_, 10, now_));
  EXPECT_TRUE(store_->create(alice_, 10, now_));
  EXPECT_EQ(store_->create(alice_, 10, now_).error().code, ErrorCode::rate_limited) << "at a time";
  EXPECT_TRUE(store_->create(bob_, 10, now_)) << "bob has his own";
  finished(bob_, 600);
  EXPECT_EQ(store_->create(bob_, 500, now_).error().code, ErrorCode::rate_limited) << "bytes";
  for (int i = 0; i < 3; ++i) finished(bob_, 1);
  EXPECT_EQ(store_->create(bob_, 1, now_).error().code, ErrorCode::rate_limited) << "files";
  config_.total_bytes = 640;
  reopen();
  EXPECT_EQ(store_->create(AccountId{ByteArray<16>{3}}, 20, now_).error().code,
            ErrorCode::storage_unavailable);
}

TEST_F(MediaStoreTest, WhatIsTooOldGoes) {
  const std::string whole = finished(alice_, 10);
  const auto begun = store_->create(alice_, 10, now_);
  EXPECT_EQ(*store_->sweep(now_ + hours(24), 100), 0u);
  EXPECT_EQ(*store_->sweep(now_ + hours(24) + milliseconds(1), 100), 1u);
  EXPECT_FALSE(store_->find(begun->id));
  EXPECT_TRUE(store_->find(whole));
  EXPECT_EQ(*store_->sweep(now_ + days(30) + milliseconds(1), 100), 1u);
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(MediaStoreTest, GoesWithItsAccount) {
  finished(alice_, 10);
  finished(alice_, 20);
  const std::string his = finished(bob_, 30);
  EXPECT_EQ(store_->owners()->size(), 2u);
  EXPECT_TRUE(store_->remove_all_of(alice_));
  EXPECT_EQ(files_on_disk(), 1u);
  EXPECT_TRUE(store_->find(his));
  EXPECT_TRUE(store_->remove(his));
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(MediaStoreTest, FilesWithoutAnEntryAreSweptAway) {
  const std::string kept = finished(alice_, 10);
  // As a crash leaves one behind between making the file and its entry.
  const std::string stray = std::string(2, kept[0]) + std::string(50, 'a');
  fs::create_directories(folder_ / stray.substr(0, 2));
  std::ofstream(folder_ / stray.substr(0, 2) / stray) << "x";
  std::ofstream(folder_ / stray.substr(0, 2) / "README") << "not ours";
  std::size_t swept = 0;
  for (std::size_t part = 0; part < MediaStore::kStrayParts; ++part) {
    const auto some = store_->sweep_strays(part);
    ASSERT_TRUE(some);
    swept += *some;
  }
  EXPECT_EQ(swept, 1u);
  EXPECT_EQ(files_on_disk(), 1u);
  EXPECT_TRUE(store_->open_for_reading(*store_->find(kept)));
  EXPECT_TRUE(fs::exists(folder_ / stray.substr(0, 2) / "README"));
}

TEST_F(MediaStoreTest, LeavesTheDiskSomeRoom) {
  const auto free = fs::space(folder_).available;
  config_.free_bytes = free + (std::uint64_t{1} << 40);
  reopen();
  EXPECT_EQ(store_->create(alice_, 10, now_).error().code, ErrorCode::storage_unavailable);
  EXPECT_EQ(files_on_disk(), 0u);
  // What is begun counts as if it were there.
  config_.free_bytes = 1;
  config_.max_file = config_.account_bytes = free;
  reopen();
  EXPECT_TRUE(store_->create(alice_, free / 3 * 2, now_));
  EXPECT_EQ(store_->create(bob_, free / 3 * 2, now_).error().code, ErrorCode::storage_unavailable);
}

TEST_F(MediaStoreTest, AWriteThatTheDiskRefusesLeavesWhatWasTold) {
  const auto media = store_->create(alice_, 600, now_);
  ASSERT_TRUE(media);
  const auto file = *store_->open_for_writing(*media);
  EXPECT_TRUE(file->write(0, Bytes(100, 1)));
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(store_->advance(media->id, 100, now_));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{300, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  const Status written = file->write(100, Bytes(400, 2));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::storage_unavailable);
  const fs::path path = folder_ / media->id.substr(0, 2) / media->id;
  EXPECT_EQ(fs::file_size(path), 300u) << "a part of it came";
  file->cut(100);
  EXPECT_EQ(fs::file_size(path), 100u);
  EXPECT_EQ(store_->find(media->id)->offset, 100u);
}

TEST_F(MediaStoreTest, NothingStaysOfWhatCouldNotBeEntered) {
  finished(alice_, 10);
  // A newer format of writing makes the database read-only (SQLite's file format, section 1.3).
  store_.reset();
  {
    std::fstream database(folder_ / "media.db", std::ios::in | std::ios::out | std::ios::binary);
    database.seekp(18);
    database.put(9);
  }
  reopen();
  EXPECT_EQ(store_->create(alice_, 10, now_).error().code, ErrorCode::storage_unavailable);
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(MediaStoreTest, NoNameLeadsElsewhere) {
  for (const char* id : {"", "../media.db", "media.db", "aa"}) {
    EXPECT_EQ(store_->find(id).error().code, ErrorCode::not_found) << id;
  }
  EXPECT_FALSE(store_->find(std::string(52, '/')));
}

}  // namespace
}  // namespace parley::hub
