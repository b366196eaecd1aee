// The operator's page on a running hub: where it is, and what its password file must be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "hub/daemon/admin_password.h"
#include "hub/daemon/hub_for_tests.h"
#include "hub/net/testing/raw_client.h"

namespace parley::hub {
namespace {

using ::testing::HasSubstr;

constexpr char kPassword[] = "correct horse battery";

class AdminPageOnHubTest : public ::testing::Test {
 protected:
  AdminPageOnHubTest() {
    std::filesystem::create_directories(folder_.path() / "web/admin/assets");
    std::ofstream(folder_.file("web/index.html")) << "the app";
    std::ofstream(folder_.file("web/admin/index.html")) << "the page";
    std::ofstream(folder_.file("web/admin/assets/a.js")) << "run()";
    config_ = test_config(folder_.file("data"));
    config_.net.web_folder = folder_.file("web");
    config_.net.admin_listen = "127.0.0.1:0";
    ServiceEntry nordlys;
    nordlys.id = "nordlys";
    nordlys.display_name = "<script>alert(1)</script>";
    nordlys.jwks_url = "https://nordlys.example/keys";
    config_.providers = {nordlys};
  }
  void with_password() {
    config_.net.admin_password_file = folder_.file("password");
    EXPECT_TRUE(write_admin_password(folder_.file("password"), kPassword, kCheapPasswords));
  }
  testing::HttpReply ask(const std::string& method, const std::string& path,
                         const std::string& body = {}, const std::string& cookie = {}) {
    return testing::http(
               hub_->daemon().admin_endpoint()->port(), method, path, body,
               {{"X-Parley-Admin", "acting"}, {"Origin", "http://127.0.0.1"}, {"Cookie", cookie}})
        .value_or(testing::HttpReply{});
  }
  int public_status(const std::string& path) {
    return testing::http(hub_->port(), "GET", path)->status;
  }

  TemporaryFolder folder_;
  DaemonConfig config_;
  std::optional<HubForTests> hub_;
};

TEST_F(AdminPageOnHubTest, IsOffUnlessConfigured) {
  hub_.emplace(config_);
  ASSERT_TRUE(hub_->opened());
  EXPECT_FALSE(hub_->daemon().admin_endpoint());
  for (const char* path : {"/admin", "/admin/", "/admin/index.html", "/admin/api/providers"}) {
    EXPECT_EQ(public_status(path), 404) << path;
  }
  EXPECT_EQ(public_status("/"), 200);
}

TEST_F(AdminPageOnHubTest, IsServedAtItsOwnAddressOnly) {
  with_password();
  hub_.emplace(config_);
  ASSERT_TRUE(hub_->opened()) << hub_->opened().error().detail;
  for (const char* path : {"/admin", "/admin/", "/admin/index.html", "/admin/assets/a.js"}) {
    EXPECT_EQ(public_status(path), 404) << path;
    EXPECT_EQ(ask("GET", path).status, 200) << path;
  }
  EXPECT_EQ(ask("GET", "/admin").body, "the page");
  for (const char* path : {"/", "/index.html", "/v1/hub", "/metrics", "/health/ready",
                           "/admin/../index.html", "/v1/channel", "/v1/media"}) {
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  }
}

TEST_F(AdminPageOnHubTest, LetsInWithThePasswordAndSuspends) {
  with_password();
  hub_.emplace(config_);
  ASSERT_TRUE(hub_->opened()) << hub_->opened().error().detail;
  EXPECT_EQ(ask("POST", "/admin/api/login", R"({"password":"wrong horse battery"})").status, 401);
  const auto in =
      ask("POST", "/admin/api/login", std::string(R"({"password":")") + kPassword + "\"}");
  EXPECT_EQ(in.status, 200);
  const std::string cookie = in.set_cookie.substr(0, in.set_cookie.find(';'));
  EXPECT_EQ(ask("GET", "/admin/api/providers").status, 401);
  // Markup stays a text in JSON; what draws it is up to the page.
  EXPECT_THAT(ask("GET", "/admin/api/providers", "", cookie).body,
              HasSubstr(R"("display_name":"<script>alert(1)</script>")"));
  const auto suspend = [&](const std::string& reason) {
    return ask("POST", "/admin/api/providers/nordlys/state",
               R"({"state":"suspended","reason":")" + reason + "\"}", cookie);
  };
  const auto refused = suspend(std::string(513, 'r'));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("state_reason: at most 512 bytes"));
  EXPECT_EQ(suspend(std::string(kMaxBodyBytes, 'r')).status, 413);
  EXPECT_EQ(suspend(std::string(512, 'r')).status, 200);
  EXPECT_THAT(ask("GET", "/admin/api/providers/nordlys", "", cookie).body,
              HasSubstr(R"("state":"suspended")"));
  EXPECT_THAT(ask("GET", "/admin/api/history?service=nordlys&span=day", "", cookie).body,
              HasSubstr(R"("first_contacts_allowed_today":[1000,1000])"));
}

TEST_F(AdminPageOnHubTest, TakesANewPasswordWithoutARestart) {
  with_password();
  hub_.emplace(config_);
  ASSERT_TRUE(hub_->opened());
  const auto status = [&](const std::string& password) {
    return ask("POST", "/admin/api/login", R"({"password":")" + password + "\"}").status;
  };
  ASSERT_TRUE(write_admin_password(folder_.file("password"), "another long one", kCheapPasswords));
  hub_->daemon().reload();
  EXPECT_EQ(status("another long one"), 200);
  EXPECT_EQ(status(kPassword), 401);
}

TEST_F(AdminPageOnHubTest, RefusesToStartWithAPasswordFileThatCannotBeRight) {
  const std::string file = folder_.file("password");
  config_.net.admin_password_file = file;
  const auto says = [&]() -> std::string {
    hub_.emplace(config_);
    if (hub_->opened()) return "opened";
    EXPECT_EQ(hub_->opened().error().code, ErrorCode::bad_config);
    return hub_->opened().error().detail;
  };
  EXPECT_THAT(says(), HasSubstr("make it with: parleyd admin password"));
  with_password();
  std::filesystem::permissions(file, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(says(), HasSubstr("chmod 600"));
  std::filesystem::remove(file);
  std::ofstream(file) << "correct horse battery";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  EXPECT_THAT(says(), HasSubstr("holds no password"));
  with_password();
  config_.net.admin_listen = "0.0.0.0:0";
  EXPECT_THAT(says(), HasSubstr("without TLS the operator's page is served on loopback only"));
  config_.net.admin_listen = "127.0.0.1:0";
  std::filesystem::remove_all(folder_.path() / "web/admin");
  EXPECT_THAT(says(), HasSubstr("admin"));
}

TEST(AdminPassword, IsKeptAsAHashForItsOwnerAlone) {
  const TemporaryFolder folder;
  const std::string file = folder.file("password");
  EXPECT_FALSE(write_admin_password(file, "elevenchars", kCheapPasswords));
  EXPECT_FALSE(std::filesystem::exists(file));
  ASSERT_TRUE(write_admin_password(file, kPassword, kCheapPasswords));
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto hash = load_admin_password(file);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(crypto::verify_password(*hash, kPassword));
  EXPECT_FALSE(crypto::verify_password(*hash, "correct horse batterz"));
}

}  // namespace
}  // namespace parley::hub
