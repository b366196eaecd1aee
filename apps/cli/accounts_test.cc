#include "apps/cli/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/context.h"
#include "apps/cli/problem.h"
#include "client/runtime/temporary_folder.h"

namespace parley::cli {
namespace {

client::HubAddress hub(const char* text) { return *client::HubAddress::parse(text); }

class AccountsTest : public testing::Test {
 protected:
  void make(const char* at, const char* name) {
    const auto folder = account_folder(temporary_.path(), hub(at), name);
    std::filesystem::create_directories(folder);
    ASSERT_TRUE(mark_registered(folder, hub(at)));
  }
  std::string chosen(Wanted wanted) {
    try {
      const auto account = choose_account(list_accounts(temporary_.path()), wanted);
      return account.name + "@" + account.hub.authority();
    } catch (const Problem& problem) {
      return "status " + std::to_string(static_cast<int>(problem.status()));
    }
  }

  client::TemporaryFolder temporary_;
};

TEST_F(AccountsTest, two_people_on_one_computer_talk_without_options) {
  make("127.0.0.1:8420", "alice");
  make("127.0.0.1:8420", "bob");
  EXPECT_EQ(chosen({"", {}, "bob"}), "alice@127.0.0.1:8420");
  EXPECT_EQ(chosen({"", {}, "alice"}), "bob@127.0.0.1:8420");
}

TEST_F(AccountsTest, what_is_not_clear_is_asked) {
  make("127.0.0.1:8420", "alice");
  make("127.0.0.1:8420", "bob");
  EXPECT_EQ(chosen({"", {}, ""}), "status 2");
  EXPECT_EQ(chosen({"", {}, "carol"}), "status 2");
  EXPECT_EQ(chosen({"alice", {}, "carol"}), "alice@127.0.0.1:8420");
}

TEST_F(AccountsTest, the_only_account_is_meant_also_when_writing_to_oneself) {
  make("127.0.0.1:8420", "alice");
  EXPECT_EQ(chosen({"", {}, ""}), "alice@127.0.0.1:8420");
  EXPECT_EQ(chosen({"", {}, "alice"}), "alice@127.0.0.1:8420");
}

TEST_F(AccountsTest, the_hub_narrows_the_choice) {
  make("127.0.0.1:8420", "alice");
  make("chat.example.org", "alice");
  EXPECT_EQ(chosen({"alice", {}, ""}), "status 2");
  EXPECT_EQ(chosen({"", hub("localhost:8420"), ""}), "alice@127.0.0.1:8420");
  EXPECT_EQ(chosen({"", hub("chat.example.org"), ""}), "alice@chat.example.org:443");
  EXPECT_EQ(chosen({"", hub("127.0.0.1:9"), ""}), "status 7");
}

TEST_F(AccountsTest, no_account_is_said_so) {
  EXPECT_EQ(chosen({"", {}, ""}), "status 7");
  make("127.0.0.1:8420", "alice");
  EXPECT_EQ(chosen({"carol", {}, ""}), "status 7");
}

TEST_F(AccountsTest, a_sign_up_that_failed_is_no_account) {
  std::filesystem::create_directories(
      account_folder(temporary_.path(), hub("127.0.0.1:8420"), "alice"));
  EXPECT_TRUE(list_accounts(temporary_.path()).empty());
}

TEST(NameTest, a_name_is_a_handle_and_never_a_path) {
  EXPECT_EQ(parse_name("Alice"), "alice");
  EXPECT_EQ(parse_name("a.b_c-9"), "a.b_c-9");
  for (const char* wrong : {"", "ab", "..", "...", "a/b", "../alice", "a b", "älice",
                            "a23456789012345678901234567890123"}) {
    EXPECT_THROW(parse_name(wrong), Problem) << wrong;
  }
}

}  // namespace
}  // namespace parley::cli
