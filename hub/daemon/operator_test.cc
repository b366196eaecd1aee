// parleyd's operator commands against an admin socket, as a person at a terminal has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "hub/daemon/admin_client.h"
#include "hub/daemon/command_line.h"
#include "hub/daemon/hub_for_tests.h"
#include "hub/daemon/text_table.h"
#include "hub/net/admin_api.h"
#include "hub/net/admin_server.h"
#include "hub/net/testing/fake_desk.h"
#include "hub/net/testing/http_peer.h"
#include "lib/base/encoding.h"
#include "lib/content/make.h"
#include "lib/crypto/hash.h"
#include "lib/media/file_cipher.h"

namespace parley::hub {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStderr;
using ::testing::internal::GetCapturedStdout;

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

// "look", and a file of the five bytes "bytes", which lie sealed in chunks at `url`; `sealed` is
// what lies there.
Bytes content_with_a_file(const std::string& name, const std::string& url, ByteView sealed) {
  content::FilePart part;
  part.file.content_type = "image/jpeg";
  part.file.url = url;
  part.file.size = 5;
  part.file.encryption = content::EncryptionAlgorithm::parley_chunked;
  part.file.key = Bytes(media::kKeyBytes, 1);
  part.file.nonce = Bytes(media::kNonceBytes, 2);
  part.file.hash = content::HashAlgorithm::sha256;
  part.file.content_hash = to_bytes(crypto::sha256(sealed));
  part.file.filename = name;
  part.plaintext_sha256 = crypto::sha256(as_bytes("bytes"));
  const content::Origin origin{"mimi://n.example/u/mallory", "mimi://hub/r/1"};
  return content::encode(content::make_files(origin, "look", {part})).value();
}

class OperatorTest : public ::testing::Test {
 protected:
  OperatorTest() {
    auto server = AdminServer::open(
        io_, folder_.file(kAdminSocketName),
        [this](const std::string& method, const std::string& target, const std::string& body,
               Completion<Answer> done) { api_.handle(method, target, body, std::move(done)); });
    EXPECT_TRUE(server) << server.error().detail;
    server_ = *std::move(server);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~OperatorTest() override { stop(); }
  void stop() {
    boost::asio::post(io_, [this] {
      server_.reset();
      work_.reset();
    });
    if (thread_.joinable()) thread_.join();
  }

  Outcome parleyd(std::vector<std::string> words) {
    words.insert(words.begin(), "parleyd");
    if (words.back() != "--help") words.insert(words.end(), {"--data", folder_.path().string()});
    std::vector<char*> arguments;
    for (std::string& each : words) arguments.push_back(each.data());
    CaptureStdout();
    CaptureStderr();
    const int status = run_command_line(static_cast<int>(arguments.size()), arguments.data());
    std::fflush(stdout);
    return {status, GetCapturedStdout(), GetCapturedStderr()};
  }

  TemporaryFolder folder_;
  IoContext io_{1};
  boost::asio::executor_work_guard<IoContext::executor_type> work_{io_.get_executor()};
  testing::FakeDesk desk_;
  AdminApi api_{desk_};
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
};

const std::vector<std::string> kAdd = {"provider",
                                       "add",
                                       "nordlys",
                                       "--display-name",
                                       "Nordlys",
                                       "--jwks-url",
                                       "https://n.example/keys",
                                       "--features",
                                       "reply,edit",
                                       "--sandbox-accounts",
                                       "alice,bob@nordlys",
                                       "--state",
                                       "sandbox",
                                       "--new-people-a-day",
                                       "12",
                                       "--data-policy-retention",
                                       "A day."};

TEST_F(OperatorTest, AddsListsShowsSuspendsResumesAndRemoves) {
  EXPECT_THAT(parleyd({"provider", "list"}).out, HasSubstr("parleyd provider add"));
  const Outcome added = parleyd(kAdd);
  EXPECT_EQ(added.status, 0) << added.err;
  EXPECT_EQ(added.out, "nordlys is sandbox.\n");
  const ServiceEntry& entry = desk_.kept[0].entry;
  EXPECT_EQ(entry.features.size(), 2u);
  EXPECT_EQ(entry.sandbox_accounts[1], "bob@nordlys");
  EXPECT_EQ(entry.new_people_a_day, 12u);
  const Outcome list = parleyd({"provider", "list"});
  EXPECT_EQ(list.out,
            "ID       NAME     STATE    LIVE SINCE        CONNECTED  NEW TODAY  REPORTS  TRUST  "
            "TROUBLE\n"
            "nordlys  Nordlys  sandbox  2023-11-14 22:13  3          2 of 9     1        90 %   "
            "its push URL answers with status 500\n");
  EXPECT_THAT(parleyd({"provider", "list", "--json"}).out, HasSubstr(R"("state":"sandbox")"));
  const Outcome shown = parleyd({"provider", "show", "nordlys"});
  EXPECT_THAT(shown.out, ::testing::ContainsRegex("data_policy.retention +A day.\n"));
  EXPECT_THAT(shown.out, HasSubstr("counts.connected"));
  EXPECT_EQ(parleyd({"provider", "suspend", "nordlys", "--reason", "Spam."}).status, 0);
  EXPECT_EQ(entry.state_reason, "Spam.");
  EXPECT_EQ(parleyd({"provider", "resume", "nordlys"}).out, "nordlys is sandbox.\n");
  EXPECT_EQ(entry.state, wire::channel::ProviderState::sandbox);
  const Outcome unsure = parleyd({"provider", "remove", "nordlys"});
  EXPECT_EQ(unsure.status, 2);
  EXPECT_THAT(unsure.err, HasSubstr("--yes"));
  EXPECT_EQ(parleyd({"provider", "remove", "nordlys", "--yes"}).status, 0);
  EXPECT_TRUE(desk_.kept.empty());
}

TEST_F(OperatorTest, AddingAgainChangesWhatIsNamedOnly) {
  parleyd(kAdd);
  EXPECT_EQ(parleyd({"provider", "add", "nordlys", "--push-url", "https://n.example/p"}).status, 0);
  const ServiceEntry& entry = desk_.kept[0].entry;
  EXPECT_EQ(entry.push_url, "https://n.example/p");
  EXPECT_EQ(entry.display_name, "Nordlys");
  EXPECT_EQ(entry.data_policy.retention, "A day.");
}

TEST_F(OperatorTest, AddsFromAFile) {
  std::ofstream(folder_.file("n.toml"))
      << "[[provider]]\nid = \"nordlys\"\ndisplay_name = \"Nordlys\"\n"
         "jwks_url = \"https://n.example/keys\"\n";
  const Outcome added = parleyd({"provider", "add", "--file", folder_.file("n.toml")});
  EXPECT_EQ(added.status, 0) << added.err;
  ASSERT_EQ(desk_.kept.size(), 1u);
  std::ofstream(folder_.file("bad.toml")) << "[[provider]]\nid = \"x y\"\n";
  const Outcome bad = parleyd({"provider", "add", "--file", folder_.file("bad.toml")});
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, HasSubstr("bad.toml:2: provider.id: expected"));
}

TEST_F(OperatorTest, SaysWhatIsWrong) {
  const std::pair<std::vector<std::string>, const char*> table[] = {
      {{"provider", "add", "Bad Id"}, "expected an id"},
      {{"provider", "add", "nordlys"}, "display_name: missing"},
      {{"provider", "add", "nordlys", "--state", "asleep"}, "state: expected one of applied"},
      {{"provider", "add", "nordlys", "--new-people-a-day", "x"}, "a whole number"},
      {{"provider", "add", "nordlys", "--allow-private-addresses", "1"}, "true or false"},
      {{"provider", "add", "nordlys", "--logo", "/nowhere.png"}, "cannot be read"},
      {{"provider", "show", "nobody"}, "no service has this id"},
      {{"provider", "show", "../reports"}, "is no id"},
      {{"provider", "suspend", "nobody", "--reason", "x"}, "no service has this id"},
      {{"provider", "resume", "nobody"}, "no service has this id"},
      {{"reports", "show", "x"}, "no report has this id"},
      {{"reports", "list", "--after", "a b"}, "is no id"},
      {{"reports", "save", "x", "--to", "/tmp"}, "no report has this id"},
  };
  for (const auto& [words, says] : table) {
    const Outcome run = parleyd(words);
    EXPECT_NE(run.status, 0) << words[1];
    EXPECT_THAT(run.err, HasSubstr(says));
  }
  EXPECT_EQ(parleyd({"provider", "suspend", "nordlys"}).status, 2);
  EXPECT_EQ(parleyd({"reports", "resolve", "x", "--as", "maybe"}).status, 2);
}

TEST_F(OperatorTest, ShowsReportsWithoutLettingThemSteerTheTerminal) {
  desk_.kept_reports = {testing::some_report("r1")};
  const Outcome list = parleyd({"reports", "list"});
  EXPECT_THAT(list.out, HasSubstr("mallory@nordlys  alice  spam    1       open\n"));
  const Outcome shown = parleyd({"reports", "show", "r1"});
  EXPECT_THAT(shown.out, HasSubstr("Buy?[2J now"));
  EXPECT_THAT(shown.out, HasSubstr("AQID")) << "what is no content is shown as bytes";
  EXPECT_EQ(parleyd({"reports", "resolve", "r1", "--as", "dismissed"}).status, 0);
  EXPECT_EQ(parleyd({"reports", "list"}).out, "No reports.\n");
  EXPECT_THAT(parleyd({"reports", "list", "--all"}).out, HasSubstr("dismissed"));
}

TEST_F(OperatorTest, ShowsWhatWasAttachedAndWhatIsProvenAboutEachMessage) {
  ReportView report = testing::some_report("r1");
  report.messages[0].content =
      content_with_a_file("holi\x1b[2Jday.jpg", "https://n.example/m/x", {});
  for (const auto proof : {MessageProof::stamp_key_gone, MessageProof::not_proven}) {
    report.messages.push_back(report.messages[0]);
    report.messages.back().proof = proof;
  }
  desk_.kept_reports = {report};
  const Outcome shown = parleyd({"reports", "show", "r1"});
  EXPECT_THAT(shown.out, HasSubstr("look\n[file: holi?[2Jday.jpg, image/jpeg, 5 bytes, SHA-256 " +
                                   hex_encode(crypto::sha256(as_bytes("bytes"))) + "]"));
  EXPECT_THAT(shown.out, HasSubstr("proven: written by the accused"));
  EXPECT_THAT(shown.out, HasSubstr("device 2 (the reporter's word"));
  EXPECT_THAT(shown.out, HasSubstr("the hub's key is gone since"));
  EXPECT_THAT(shown.out, HasSubstr("NOT PROVEN"));
  EXPECT_THAT(parleyd({"reports", "show", "r1", "--json"}).out,
              AllOf(HasSubstr(R"("proof":"proven")"), HasSubstr(R"("proof":"stamp_key_gone")"),
                    HasSubstr(R"("proof":"not_proven")")));
}

// The services' person mallory and this hub's mallory each sent a file; one report about each.
class SavingTest : public OperatorTest {
 protected:
  SavingTest() {
    const auto cipher =
        media::FileCipher::make(Bytes(media::kKeyBytes, 1), Bytes(media::kNonceBytes, 2), {}, 5);
    sealed_ = cipher->seal(0, as_bytes("bytes")).value();
    ServiceStatus nordlys;
    nordlys.entry.id = "nordlys";
    nordlys.entry.media_base_url = peer_.url("/m/");
    nordlys.entry.allow_private_addresses = true;
    desk_.kept = {nordlys};
  }
  testing::PeerReply serve(const testing::PeerRequest& request) {
    asked_ = request;
    if (request.target == "/m/moved") {
      return {.status = 302, .headers = {{"Location", "/m/file"}}};
    }
    if (request.target == "/m/away") {
      return {.status = 302, .headers = {{"Location", "/elsewhere"}}};
    }
    if (request.target != "/m/file") return {.status = 404};
    return {.body = std::string(as_text(sealed_))};
  }
  void report(const std::string& accused, const std::string& url) {
    ReportView report = testing::some_report("r1");
    report.accused = accused;
    report.messages[0].content = content_with_a_file("../../holi day.jpg", url, sealed_);
    desk_.kept_reports = {report};
  }
  Outcome save() { return parleyd({"reports", "save", "r1", "--to", to_}); }
  std::string saved() const {
    std::ifstream in(to_ + "/1-1-.._.._holi_day.jpg", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // What else lies there.
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(to_), {}));
  }

  Bytes sealed_;
  testing::PeerRequest asked_;
  testing::HttpPeer peer_{[this](const testing::PeerRequest& request) { return serve(request); }};
  const std::string to_ = folder_.file("evidence");
};

TEST_F(SavingTest, SavesAServicesFileAsTheMessageNamesIt) {
  report("mallory@nordlys", peer_.url("/m/moved"));
  const Outcome done = save();
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("saved, exactly what the message names"));
  EXPECT_EQ(saved(), "bytes");
  EXPECT_EQ(asked_.authorization, "Bearer of nordlys");
  const Outcome again = save();
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.out, HasSubstr("File exists"));
  EXPECT_EQ(files(), 1u);
}

TEST_F(SavingTest, SavesNothingThatDoesNotFitOrLiesElsewhere) {
  report("mallory@nordlys", peer_.url("/m/file"));
  sealed_[3] ^= 1;
  EXPECT_THAT(save().out, HasSubstr("NOT SAVED: it does not decrypt"));
  sealed_.pop_back();
  EXPECT_THAT(save().out, HasSubstr("shorter than the message says"));
  report("mallory@nordlys", peer_.url("/m/none"));
  const Outcome gone = save();
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.out, HasSubstr("it is gone"));
  EXPECT_THAT(gone.err, HasSubstr("1 of 1 files could not be saved"));
  report("mallory@nordlys", peer_.url("/m/away"));
  EXPECT_THAT(save().out, HasSubstr("redirects to an address that is not its own"));
  const int before = peer_.connections();
  report("mallory@nordlys", peer_.url("/elsewhere"));
  EXPECT_EQ(save().status, 1);
  report("mallory@other", peer_.url("/m/file"));
  EXPECT_THAT(save().out, HasSubstr("no service has this id"));
  desk_.kept[0].entry.allow_private_addresses = false;
  report("mallory@nordlys", peer_.url("/m/file"));
  EXPECT_EQ(save().status, 1);
  EXPECT_EQ(peer_.connections(), before);
  EXPECT_EQ(files(), 0u);
}

TEST_F(SavingTest, SavesAFileOfThisHubFromItsFolder) {
  const std::string id = base32_encode(Bytes(32, 7));
  report("mallory", "https://hub.example/v1/media/" + id);
  EXPECT_THAT(save().out, HasSubstr("it is gone"));
  std::filesystem::create_directories(folder_.file("media/" + id.substr(0, 2)));
  std::ofstream(folder_.file("media/" + id.substr(0, 2) + "/" + id), std::ios::binary)
      << as_text(sealed_);
  EXPECT_EQ(save().status, 0);
  EXPECT_EQ(saved(), "bytes");
  report("mallory", "https://hub.example/v1/media/../../hub.db");
  EXPECT_THAT(save().out, HasSubstr("none of this hub's"));
  EXPECT_EQ(peer_.connections(), 0);
}

TEST_F(SavingTest, SaysWhereThereIsNoFile) {
  desk_.kept_reports = {testing::some_report("r1")};
  EXPECT_EQ(save().out, "There is no file in it.\n");
}

TEST_F(OperatorTest, TellsWhenNoHubRuns) {
  stop();
  const Outcome run = parleyd({"provider", "list"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.err, HasSubstr("no hub runs with this data folder"));
  EXPECT_THAT(run.err, HasSubstr("parleyd serve --data"));
}

TEST_F(OperatorTest, EveryCommandHasHelpWithAnExample) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"provider"},
                                             {"provider", "add"},
                                             {"provider", "list"},
                                             {"provider", "show"},
                                             {"provider", "suspend"},
                                             {"provider", "resume"},
                                             {"provider", "remove"},
                                             {"reports"},
                                             {"reports", "list"},
                                             {"reports", "show"},
                                             {"reports", "save"},
                                             {"reports", "resolve"}}) {
    auto asked = words;
    asked.push_back("--help");
    const Outcome run = parleyd(asked);
    EXPECT_EQ(run.status, 0);
    EXPECT_THAT(run.out, HasSubstr("Example"));
  }
}

TEST_F(OperatorTest, OnlyTheHubsOwnUserOpensTheSocket) {
  struct stat info{};
  ASSERT_EQ(::stat(folder_.file(kAdminSocketName).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const AdminClient client(folder_.path().string());
  EXPECT_FALSE(client.ask("POST", "/providers", std::string(kMaxAdminBodyBytes + 1, ' ')));
  EXPECT_TRUE(client.ask("GET", "/providers"));
}

TEST(TextTable, AlignsByCharactersAndShowsControlsAsQuestionMarks) {
  EXPECT_EQ(text_table({{"A", "B"}, {"\xc3\xb8\xc3\xb8", "x"}, {"a\nb", ""}}),
            "A    B\n\xc3\xb8\xc3\xb8   x\na?b\n");
  EXPECT_EQ(harmless("a\xc2\x9b"
                     "b\xe2\x80\xae"
                     "c\x7f"),
            "a?b?c?");
  EXPECT_EQ(date_text(0), "-");
}

}  // namespace
}  // namespace parley::hub
