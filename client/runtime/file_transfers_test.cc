// Downloads against a server that says what a test wants, and the files on this disk. Whole
// transfers with a real hub are in tests/e2e/test_files.py.
#include "client/runtime/file_transfers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fstream>
#include <thread>

#include "client/runtime/file_digest.h"
#include "client/runtime/temporary_folder.h"
#include "lib/crypto/cipher.h"
#include "lib/media/file_cipher.h"

namespace parley::client {
namespace {

namespace api = wire::client;
namespace asio = boost::asio;
namespace http = boost::beast::http;
using testing::HasSubstr;
using testing::IsEmpty;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

// Answers one request a connection.
class Server {
 public:
  explicit Server(std::function<Response(const Request&)> answer)
      : answer_(std::move(answer)), thread_([this] { run(); }) {}
  ~Server() {
    stopping_ = true;
    asio::ip::tcp::socket wake(io_);
    boost::system::error_code ignored;
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  HubAddress address() const { return {false, "127.0.0.1", acceptor_.local_endpoint().port()}; }

 private:
  void run() {
    while (true) {
      asio::ip::tcp::socket socket(io_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (stopping_ || error) return;
      boost::beast::flat_buffer buffer;
      Request request;
      http::read(socket, buffer, request, error);
      if (error) continue;
      Response response = answer_(request);
      response.set(http::field::connection, "close");
      http::write(socket, response, error);
    }
  }
  std::function<Response(const Request&)> answer_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

// The part of `all` that is asked for.
Response part_of(const Request& request, const std::string& all) {
  Response response{http::status::ok, 11};
  const std::string range(request[http::field::range]);
  std::size_t from = 0;
  if (!range.empty()) {
    from = std::stoul(range.substr(std::string("bytes=").size()));
    if (from >= all.size()) return Response{http::status::range_not_satisfiable, 11};
    response.result(http::status::partial_content);
    response.set(http::field::content_range, "bytes " + std::to_string(from) + "-" +
                                                 std::to_string(all.size() - 1) + "/" +
                                                 std::to_string(all.size()));
  }
  response.body() = all.substr(from);
  response.prepare_payload();
  return response;
}

class Downloads : public ::testing::Test {
 protected:
  static Bytes bytes_of(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    return bytes;
  }
  api::DownloadFile chunked(const Bytes& file) {
    api::DownloadFile order = basics(file);
    order.encryption = 0xff01;
    order.key = SecretBuffer(Bytes(32, 1));
    order.nonce = Bytes(7, 2);
    const auto cipher = media::FileCipher::make(order.key.view(), order.nonce, {}, file.size());
    for (std::uint32_t i = 0; i < cipher->chunk_count(); ++i) {
      const auto sealed = cipher->seal(
          i, ByteView(file).subspan(std::min<std::size_t>(i * media::kChunkBytes, file.size()),
                                    cipher->file_bytes(i)));
      hosted += text_of(*sealed);
    }
    return order;
  }
  api::DownloadFile one_piece(const Bytes& file) {
    api::DownloadFile order = basics(file);
    order.encryption = 1;
    order.key = SecretBuffer(Bytes(16, 1));
    order.nonce = Bytes(12, 2);
    Bytes padded = file;
    padded.resize(media::padded_size(file.size()));
    const Bytes sealed = crypto::aes_gcm_encrypt(order.key.view(), order.nonce, {}, padded);
    hosted = text_of(sealed);
    order.ciphertext_sha256 = to_bytes(crypto::sha256(sealed));
    return order;
  }
  api::DownloadFile basics(const Bytes& file) {
    api::DownloadFile order;
    order.folder = folder.path();
    order.filename = "cat.png";
    order.url = "https://media.nordlys.example/x?y=1";
    order.through_hub = true;
    order.size = file.size();
    order.sha256 = to_bytes(crypto::sha256(file));
    order.session_token = SecretBuffer(Bytes(32, 9));
    order.partial_id = Bytes(16, 5);
    return order;
  }
  // The last of the news.
  api::TransferNews run(api::DownloadFile order) {
    std::optional<api::TransferNews> last;
    asio::io_context io;
    FileTransfers transfers(io, server.address(), nullptr, [&](api::TransferNews news) {
      if (!std::holds_alternative<api::TransferProgress>(news.what)) last = std::move(news);
    });
    api::TransferOrder wrapped;
    wrapped.number = 1;
    wrapped.what = std::move(order);
    transfers.carry_out(std::move(wrapped));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!last && std::chrono::steady_clock::now() < end) {
      io.run_one_for(std::chrono::milliseconds(50));
      if (io.stopped()) io.restart();
    }
    return last.value_or(api::TransferNews{});
  }
  static ErrorCode error_of(const api::TransferNews& news) {
    const auto* failed = std::get_if<api::TransferFailed>(&news.what);
    return failed == nullptr ? ErrorCode::unspecified : failed->code;
  }
  std::string saved(const std::string& name) const {
    std::ifstream file(folder.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      found.push_back(entry.path().filename());
    }
    return found;
  }

  TemporaryFolder folder;
  std::string hosted;
  std::vector<std::string> asked;
  std::function<Response(const Request&)> answer = [this](const Request& request) {
    return part_of(request, hosted);
  };
  Server server{[this](const Request& request) {
    asked.push_back(std::string(request.target()) + " " +
                    std::string(request[http::field::authorization]) + " " +
                    std::string(request[http::field::range]));
    return answer(request);
  }};
};

TEST_F(Downloads, WhatAPartnerSentInOnePieceComesThroughTheHub) {
  const Bytes file = bytes_of(5000);
  const auto news = run(one_piece(file));
  EXPECT_EQ(error_of(news), ErrorCode::unspecified);
  EXPECT_EQ(saved("cat.png"), text_of(file));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_THAT(asked[0],
              HasSubstr("/v1/media/fetch?url=https%3A%2F%2Fmedia.nordlys.example%2Fx%3Fy%3D1 "));
  EXPECT_THAT(asked[0], HasSubstr("Bearer CQkJ"));
  EXPECT_EQ(names().size(), 1u) << "nothing is left beside it";
}

TEST_F(Downloads, ChunksGoOnWhereTheUnfinishedFileEnds) {
  const Bytes file = bytes_of(2'500'000);
  auto order = chunked(file);
  // One chunk and a piece of the next: only the whole one counts.
  std::ofstream(partial_path(folder.path(), order.partial_id), std::ios::binary)
      << text_of(ByteView(file).first(1'500'000));
  EXPECT_EQ(error_of(run(std::move(order))), ErrorCode::unspecified);
  EXPECT_EQ(saved("cat.png"), text_of(file));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_THAT(asked[0], HasSubstr("bytes=1048592-"));
}

TEST_F(Downloads, AHostThatKnowsNoRangesIsReadFromTheStart) {
  const Bytes file = bytes_of(2'500'000);
  auto order = chunked(file);
  answer = [this](const Request&) {
    Response response{http::status::ok, 11};
    response.body() = hosted;
    response.prepare_payload();
    return response;
  };
  std::ofstream(partial_path(folder.path(), order.partial_id), std::ios::binary)
      << text_of(ByteView(file).first(1'500'000));
  EXPECT_EQ(error_of(run(std::move(order))), ErrorCode::unspecified);
  EXPECT_EQ(saved("cat.png"), text_of(file));
}

TEST_F(Downloads, AnUnfinishedFileThatSomebodyChangedIsNotTrusted) {
  const Bytes file = bytes_of(2'500'000);
  auto order = chunked(file);
  std::ofstream(partial_path(folder.path(), order.partial_id), std::ios::binary)
      << std::string(1'048'576, 'x');
  EXPECT_EQ(error_of(run(std::move(order))), ErrorCode::file_damaged);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Downloads, EveryLieIsRefusedAndNothingStays) {
  const Bytes file = bytes_of(5000);
  const auto refused = [&](api::DownloadFile order, const char* what) {
    SCOPED_TRACE(what);
    EXPECT_EQ(error_of(run(std::move(order))), ErrorCode::file_damaged);
    EXPECT_THAT(names(), IsEmpty());
    hosted.clear();
  };
  auto order = chunked(file);
  order.sha256 = Bytes(32);
  refused(std::move(order), "another file than promised");
  order = chunked(file);
  order.ciphertext_sha256 = Bytes(32, 1);
  refused(std::move(order), "another ciphertext than promised");
  order = chunked(file);
  hosted += "x";
  refused(std::move(order), "too long");
  order = chunked(file);
  hosted.pop_back();
  refused(std::move(order), "too short");
  order = chunked(file);
  hosted[100] ^= 1;
  refused(std::move(order), "damaged");
  order = one_piece(file);
  order.sha256 = Bytes(32);
  refused(std::move(order), "one piece: another file");
  order = one_piece(file);
  hosted[100] ^= 1;
  refused(std::move(order), "one piece: damaged");
  order = one_piece(file);
  hosted.resize(hosted.size() + 4096);
  refused(std::move(order), "one piece: too long");
}

TEST_F(Downloads, AFileThatIsGoneIsSaidSo) {
  answer = [](const Request&) { return Response{http::status::not_found, 11}; };
  EXPECT_EQ(error_of(run(chunked(bytes_of(10)))), ErrorCode::file_gone);
  answer = [](const Request&) { return Response{http::status::gone, 11}; };
  EXPECT_EQ(error_of(run(chunked(bytes_of(10)))), ErrorCode::file_gone);
  answer = [](const Request&) {
    Response response{http::status::too_many_requests, 11};
    response.set(http::field::retry_after, "7");
    return response;
  };
  const auto news = run(chunked(bytes_of(10)));
  EXPECT_EQ(error_of(news), ErrorCode::rate_limited);
  EXPECT_EQ(std::get<api::TransferFailed>(news.what).retry_after_ms, 7000);
}

TEST_F(Downloads, NothingIsOverwritten) {
  const Bytes file = bytes_of(10);
  std::ofstream(folder.path() / "cat.png") << "mine";
  std::ofstream(folder.path() / "cat (1).png") << "mine too";
  const auto news = run(chunked(file));
  ASSERT_TRUE(std::holds_alternative<api::TransferFinished>(news.what));
  EXPECT_EQ(std::get<api::TransferFinished>(news.what).path, folder.path() / "cat (2).png");
  EXPECT_EQ(saved("cat.png"), "mine");
  EXPECT_EQ(saved("cat (1).png"), "mine too");
}

TEST(FileDigests, SeeAFileThatChanges) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  std::ofstream(path) << std::string(3'000'000, 'a');
  auto file = LocalFile::open_to_read(path);
  ASSERT_TRUE(file.has_value());
  FileDigest digest;
  while (*digest.read_more(*file)) {
  }
  EXPECT_EQ(digest.size(), 3'000'000u);
  EXPECT_EQ(digest.whole(), crypto::sha256(Bytes(3'000'000, 'a')));
  EXPECT_TRUE(digest.check(0, Bytes(1'048'576, 'a')));
  EXPECT_TRUE(digest.check(3, {})) << "only padding";
  EXPECT_FALSE(digest.check(0, Bytes(1'048'576, 'b')));
  EXPECT_FALSE(digest.check(2, Bytes(1'048'576, 'a')));
  EXPECT_FALSE(digest.check(0, {}));
}

TEST(FileDigests, RefuseAFileAboveTwoGigabytesBeforeReadingIt) {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "f";
  std::ofstream(path) << "";
  std::filesystem::resize_file(path, media::kMaxFileBytes + 1);  // sparse
  auto file = LocalFile::open_to_read(path);
  ASSERT_TRUE(file.has_value());
  FileDigest digest;
  const auto refused = digest.read_more(*file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_large);
  std::filesystem::resize_file(path, media::kMaxFileBytes);
  FileDigest largest;
  EXPECT_TRUE(largest.read_more(*file)) << "that many are allowed";
}

TEST(LocalFiles, OnlyOrdinaryOnesAreSent) {
  EXPECT_FALSE(LocalFile::open_to_read("/dev/null"));
  EXPECT_FALSE(LocalFile::open_to_read("/"));
  EXPECT_EQ(LocalFile::open_to_read("/nowhere").error().code, ErrorCode::invalid_argument);
}

TEST(LocalFiles, AnUnfinishedFileIsNotWrittenThroughALink) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "target") << "mine";
  std::filesystem::create_symlink(folder.path() / "target", folder.path() / "link");
  EXPECT_FALSE(LocalFile::open_partial(folder.path() / "link"));
}

}  // namespace
}  // namespace parley::client
