// What can go wrong when a hub starts, and what the person at the terminal reads then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "hub/daemon/hub_for_tests.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;

ExitStatus status_of(const HubForTests& hub) { return exit_status(hub.opened().error().code); }

std::string problem_of(const HubForTests& hub) {
  return start_problem(hub.opened().error(), "DATA");
}

TEST(Start, TakesAPortOfTheSystemsChoice) {
  const TemporaryFolder folder;
  HubForTests hub(test_config(folder.file("data")));
  ASSERT_TRUE(hub.opened());
  EXPECT_NE(hub.port(), 0);
  EXPECT_EQ(hub.stop(), ExitStatus::ok);
}

TEST(Start, SaysThatAnAddressIsTaken) {
  const TemporaryFolder folder;
  HubForTests first(test_config(folder.file("first")));
  ASSERT_TRUE(first.opened());
  DaemonConfig config = test_config(folder.file("second"));
  config.net.listen = "127.0.0.1:" + std::to_string(first.port());
  HubForTests second(config);
  ASSERT_FALSE(second.opened());
  EXPECT_EQ(status_of(second), ExitStatus::address_in_use);
  EXPECT_THAT(problem_of(second), HasSubstr("already listens on " + config.net.listen));
  // Nothing was made for the hub that did not start.
  EXPECT_FALSE(std::filesystem::exists(config.data));
}

TEST(Start, SaysThatAnotherHubUsesTheData) {
  const TemporaryFolder folder;
  HubForTests first(test_config(folder.file("data")));
  ASSERT_TRUE(first.opened());
  HubForTests second(test_config(folder.file("data")));
  ASSERT_FALSE(second.opened());
  EXPECT_EQ(status_of(second), ExitStatus::data_locked);
  EXPECT_THAT(problem_of(second), HasSubstr("another hub uses the data folder DATA"));
}

TEST(Start, SaysThatTheDatabaseIsDamaged) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("data"));
  std::ofstream(folder.file("data/hub.db")) << std::string(8192, 'x');
  HubForTests hub(test_config(folder.file("data")));
  ASSERT_FALSE(hub.opened());
  EXPECT_EQ(status_of(hub), ExitStatus::data_damaged);
  EXPECT_THAT(problem_of(hub), HasSubstr("damaged"));
}

TEST(Start, SaysThatTheFolderCannotBeMade) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "not a folder";
  HubForTests hub(test_config(folder.file("file/data")));
  ASSERT_FALSE(hub.opened());
  EXPECT_EQ(status_of(hub), ExitStatus::data_unusable);
  EXPECT_THAT(problem_of(hub), HasSubstr("cannot write to the data folder DATA"));
}

TEST(Start, SaysThatTheFolderCannotBeWritten) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("data"));
  std::filesystem::permissions(
      folder.file("data"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  HubForTests hub(test_config(folder.file("data")));
  ASSERT_FALSE(hub.opened());
  EXPECT_EQ(status_of(hub), ExitStatus::data_unusable);
}

TEST(Start, RefusesPlainTextBeyondThisMachine) {
  const TemporaryFolder folder;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    DaemonConfig config = test_config(folder.file("data"));
    config.net.listen = address;
    HubForTests hub(config);
    ASSERT_FALSE(hub.opened()) << address;
    EXPECT_EQ(status_of(hub), ExitStatus::bad_config);
    EXPECT_THAT(problem_of(hub), HasSubstr("without TLS")) << address;
  }
}

TEST(Start, RefusesACertificateThatCannotBeUsed) {
  const TemporaryFolder folder;
  DaemonConfig config = test_config(folder.file("data"));
  config.net.tls_certificate = folder.file("missing.pem");
  config.net.tls_key = folder.file("missing.key");
  HubForTests hub(config);
  ASSERT_FALSE(hub.opened());
  EXPECT_EQ(status_of(hub), ExitStatus::bad_config);
  EXPECT_THAT(problem_of(hub), HasSubstr("missing.pem"));
}

TEST(Start, KeepsTheHubsIdOverRestarts) {
  const TemporaryFolder folder;
  for (int i = 0; i < 2; ++i) {
    HubForTests hub(test_config(folder.file("data")));
    ASSERT_TRUE(hub.opened()) << hub.opened().error().detail;
    EXPECT_EQ(hub.stop(), ExitStatus::ok);
  }
}

}  // namespace
}  // namespace parley::hub
