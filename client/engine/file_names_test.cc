#include "client/engine/file_names.h"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

TEST(FileNames, StayWhatTheyAre) {
  EXPECT_EQ(safe_filename("holiday.jpg"), "holiday.jpg");
  EXPECT_EQ(safe_filename("Überblick 2026.tar.gz"), "Überblick 2026.tar.gz");
}

TEST(FileNames, NeverLeaveTheirFolder) {
  EXPECT_EQ(safe_filename("../../etc/passwd"), "passwd");
  EXPECT_EQ(safe_filename("C:\\Windows\\win.ini"), "win.ini");
  EXPECT_EQ(safe_filename("/"), "file");
  EXPECT_EQ(safe_filename(".."), "file");
  EXPECT_EQ(safe_filename("a/.."), "file");
  EXPECT_EQ(safe_filename(""), "file");
  EXPECT_EQ(safe_filename(std::string("a\0b", 3)), "ab");
}

TEST(FileNames, DoNotHideOrDeceive) {
  EXPECT_EQ(safe_filename(".bashrc"), "bashrc");
  EXPECT_EQ(safe_filename("a\x1b[31m.txt"), "a[31m.txt");
  // U+202E would show this as "photoexe.jpg".
  EXPECT_EQ(safe_filename("photo\xe2\x80\xaegpj.exe"), "photogpj.exe");
  EXPECT_EQ(safe_filename("a\xc2\x9b.txt"), "a.txt");
  EXPECT_EQ(safe_filename("a\xff.txt"), "file");
  EXPECT_EQ(safe_filename("con:stream?.txt"), "con_stream_.txt");
}

TEST(FileNames, KeepTheirEndingWhenTheyAreCut) {
  const std::string name =
      safe_filename(std::string(150, 'a') + std::string(50, 'b') + "\xc3\xa4\xc3\xa4\xc3\xa4.jpeg");
  EXPECT_LE(name.size(), kMaxFilenameBytes);
  EXPECT_TRUE(name.ends_with(".jpeg"));
}

TEST(FileNames, KindsFollowTheType) {
  EXPECT_EQ(file_kind("Image/PNG; q=1"), api::FileKind::image_file);
  EXPECT_EQ(file_kind("audio/ogg"), api::FileKind::voice_file);
  EXPECT_EQ(file_kind("video/mp4"), api::FileKind::video_file);
  EXPECT_EQ(file_kind("application/pdf"), api::FileKind::other_file);
  EXPECT_EQ(feature_of_file("video/mp4"), channel::Feature::video);
}

TEST(FileNames, OnlyTheHubsOwnAddressesArePaths) {
  const std::string id(52, 'q');
  EXPECT_EQ(own_media_path("https://hub.example/v1/media/" + id), "/v1/media/" + id);
  EXPECT_EQ(own_media_path("http://127.0.0.1:8420/v1/media/" + id), "/v1/media/" + id);
  EXPECT_EQ(own_media_path("https://hub.example/v1/media/" + id + "?x"), "");
  EXPECT_EQ(own_media_path("https://hub.example/v1/media/../login"), "");
  EXPECT_EQ(own_media_path("https://hub.example/v1/login"), "");
  EXPECT_EQ(own_media_path("/v1/media/" + id), "");
  EXPECT_EQ(own_media_path(""), "");
}

TEST(FileNames, WhatIsShownHoldsNoKey) {
  api::File file;
  file.filename = "../a.png";
  file.content_type = "image/png";
  file.url = "https://x";
  file.key = Bytes(32);
  file.nonce = Bytes(7);
  file.size = 5;
  const api::File shown = shown_file(file);
  EXPECT_EQ(shown.filename, "a.png");
  EXPECT_EQ(shown.kind, api::FileKind::image_file);
  EXPECT_EQ(shown.size, 5u);
  EXPECT_TRUE(shown.url.empty() && shown.key.empty() && shown.nonce.empty());
}

}  // namespace
}  // namespace parley::client
