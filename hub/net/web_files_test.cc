#include "hub/net/web_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace parley::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

namespace fs = std::filesystem;

class WebFilesTest : public ::testing::Test {
 protected:
  WebFilesTest() {
    std::string pattern = (fs::temp_directory_path() / "parley-web-XXXXXX").string();
    if (!mkdtemp(pattern.data())) std::abort();
    root_ = pattern;
    folder_ = root_ / "web";
    put("index.html", "<!doctype html><script>let a = 1;</script><script src=\"x.js\"></script>");
    put("assets/app-1a2b.js", "run()");
    put("assets/app-1a2b.js.br", "brotli");
    put("assets/app-1a2b.js.gz", "gzip");
  }
  ~WebFilesTest() override { fs::remove_all(root_); }

  void put(const std::string& name, const std::string& content) {
    const fs::path file = folder_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }
  std::optional<Answer> get(std::string_view path, std::string_view accept_encoding = {},
                            std::string_view if_none_match = {}) {
    auto web = WebFiles::load(folder_);
    if (!web) return {};
    return web->answer({path, accept_encoding, if_none_match});
  }
  static std::string header(const Answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return {};
  }

  fs::path root_, folder_;
};

TEST_F(WebFilesTest, ServesThePageAtTheRoot) {
  const auto page = get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(page->cache_control, "no-cache");
  EXPECT_THAT(*page->file, HasSubstr("<!doctype html>"));
}

TEST_F(WebFilesTest, AllowsScriptsOfTheHubAndThoseOfThePageByHash) {
  const std::string policy = header(*get("/"), "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  // printf 'let a = 1;' | openssl dgst -sha256 -binary | base64
  EXPECT_THAT(policy, HasSubstr("script-src 'self' 'wasm-unsafe-eval' "
                                "'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck='"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe-inline")));
  EXPECT_THAT(policy, Not(HasSubstr("'unsafe-eval'")));
}

TEST_F(WebFilesTest, GivesWorkersThePolicyToo) {
  EXPECT_THAT(header(*get("/assets/app-1a2b.js"), "Content-Security-Policy"),
              HasSubstr("default-src 'none'"));
}

TEST_F(WebFilesTest, CachesHashedNamesForGood) {
  EXPECT_THAT(get("/assets/app-1a2b.js")->cache_control, HasSubstr("immutable"));
}

TEST_F(WebFilesTest, ChoosesTheCompressedFormThatIsAccepted) {
  const std::string path = "/assets/app-1a2b.js";
  EXPECT_EQ(*get(path)->file, "run()");
  EXPECT_EQ(*get(path, "gzip, deflate, br")->file, "brotli");
  EXPECT_EQ(header(*get(path, "gzip, deflate, br"), "Content-Encoding"), "br");
  EXPECT_EQ(*get(path, "gzip;q=1.0, br;q=0")->file, "gzip");
  EXPECT_EQ(*get(path, "brotli, x-gzip")->file, "run()");
}

TEST_F(WebFilesTest, SendsNothingThatTheBrowserHas) {
  const auto first = get("/");
  const std::string etag = header(*first, "ETag");
  EXPECT_GT(etag.size(), 10u);
  const auto second = get("/", {}, etag);
  EXPECT_EQ(second->status, 304);
  EXPECT_FALSE(second->file);
  put("index.html", "another");
  EXPECT_EQ(get("/", {}, etag)->status, 200);
}

TEST_F(WebFilesTest, KnowsNoPathOutsideOfTheFolder) {
  std::ofstream(root_ / "secret.txt") << "secret";
  fs::create_symlink(root_ / "secret.txt", folder_ / "link.txt");
  fs::create_directory_symlink(root_, folder_ / "up");
  put("notes.key", "of no type that is served");
  for (const char* path :
       {"/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "//secret.txt",
        "/..%2fsecret.txt", "/link.txt", "/up/secret.txt", "/notes.key", "/assets", "/assets/",
        "index.html", "", "/assets/app-1a2b.js.br", "/index.html/"}) {
    EXPECT_FALSE(get(path)) << path;
  }
  EXPECT_TRUE(get("/index.html"));
}

TEST_F(WebFilesTest, RefusesAFolderWithoutAPage) {
  fs::remove(folder_ / "index.html");
  const auto web = WebFiles::load(folder_);
  ASSERT_FALSE(web);
  EXPECT_EQ(web.error().code, ErrorCode::bad_config);
  EXPECT_THAT(web.error().detail, HasSubstr("index.html"));
  EXPECT_FALSE(WebFiles::load(root_ / "nowhere"));
}

TEST_F(WebFilesTest, KeepsTheOperatorsPageApart) {
  put("admin/index.html", "the page");
  put("admin/assets/b-1a2b.js", "run()");
  const auto app = WebFiles::load(folder_);
  const auto admin = WebFiles::load(folder_, WebFiles::Part::admin);
  ASSERT_TRUE(app && admin);
  for (const char* path : {"/admin", "/admin/", "/admin/index.html", "/admin/assets/b-1a2b.js"}) {
    EXPECT_FALSE(app->answer({path, "", ""})) << path;
    EXPECT_TRUE(admin->answer({path, "", ""})) << path;
  }
  for (const char* path : {"/", "/index.html", "/assets/app-1a2b.js", "/assets/b-1a2b.js"}) {
    EXPECT_FALSE(admin->answer({path, "", ""})) << path;
  }
  const Answer page = *admin->answer({"/admin", "", ""});
  EXPECT_EQ(header(page, "X-Frame-Options"), "DENY");
  EXPECT_THAT(header(page, "Permissions-Policy"), HasSubstr("camera=(),"));
  const std::string policy = header(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
  for (const char* loose : {"unsafe", "blob:", "data:", "worker-src"}) {
    EXPECT_THAT(policy, Not(HasSubstr(loose)));
  }
  EXPECT_THAT(admin->answer({"/admin/assets/b-1a2b.js", "", ""})->cache_control,
              HasSubstr("immutable"));
}

}  // namespace
}  // namespace parley::hub
