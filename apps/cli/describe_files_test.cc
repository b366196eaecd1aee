#include "apps/cli/describe_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DescribeFilesTest, sizes_read_as_people_expect_them) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1'000), "1.0 kB");
  EXPECT_EQ(size_text(999'960), "1.0 MB");
  EXPECT_EQ(size_text(2'147'483'648), "2.1 GB");
}

TEST(DescribeFilesTest, types_follow_the_ending) {
  EXPECT_EQ(content_type_of("/a/b/Cat.JPG"), "image/jpeg");
  EXPECT_EQ(content_type_of("note.opus"), "audio/ogg");
  EXPECT_EQ(content_type_of("/a.png/readme"), "application/octet-stream");
  EXPECT_EQ(content_type_of("x.unknown"), "application/octet-stream");
}

TEST(DescribeFilesTest, a_file_cannot_control_the_terminal) {
  api::File file;
  file.filename = "a\x1b[2Jb";
  file.kind = api::FileKind::image_file;
  file.size = 1200;
  EXPECT_THAT(file_text(file), Not(HasSubstr("\x1b")));
  EXPECT_THAT(file_text(file), HasSubstr("[image a"));
  EXPECT_THAT(file_json(file, 2).text(), HasSubstr("\"number\":2,\"kind\":\"image\""));
}

TEST(DescribeFilesTest, a_stopped_transfer_says_why_and_how_to_go_on) {
  api::Transfer transfer;
  transfer.number = 3;
  transfer.outgoing = true;
  transfer.peer_handle = "bob";
  transfer.filenames = {"cat.png"};
  transfer.size = 200;
  transfer.done_bytes = 90;
  transfer.state = api::TransferState::stopped;
  transfer.failure = ErrorCode::file_changed;
  EXPECT_THAT(transfer_line(transfer), HasSubstr("3 to bob: cat.png 45 %"));
  EXPECT_THAT(transfer_line(transfer), HasSubstr("The file changed"));
  EXPECT_THAT(file_problem({ErrorCode::file_changed, {}}, 3).for_people(),
              HasSubstr("parley files --resume 3"));
  EXPECT_THAT(transfer_json(transfer).text(), HasSubstr("\"state\":\"stopped\""));
}

}  // namespace
}  // namespace parley::cli
