#include "hub/daemon/admin_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <filesystem>

#include "hub/net/admin_json.h"

namespace parley::hub {
namespace {

namespace http = boost::beast::http;
using Local = boost::asio::local::stream_protocol;

// 64 services with their counts, or a report of 20 messages of 64 KiB in base64.
constexpr std::uint64_t kMaxReplyBytes = 8 * 1024 * 1024;

auto unreachable(std::string text) { return fail(ErrorCode::hub_unreachable, std::move(text)); }

Error connect_problem(const boost::system::error_code& error, const std::string& path) {
  if (error.value() == EACCES) {
    return {ErrorCode::hub_unreachable,
            "no permission for " + path + ". Run this as the user the hub runs as.", 0};
  }
  return {ErrorCode::hub_unreachable,
          "no hub runs with this data folder (" + path + ": " + error.message() +
              "). Start it with: parleyd serve --data FOLDER, or name "
              "the folder of the one that runs with --data.",
          0};
}

ErrorCode code_named(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  for (const ErrorInfo& info : error_catalogue()) {
    if (info.name == name) return info.code;
  }
  return ErrorCode::internal;
}

// The detail is for the person at the terminal.
Result<boost::json::object> read_reply(const http::response<http::string_body>& response) {
  PARLEY_TRY(object, object_from(response.body()));
  if (response.result_int() < 300) return object;
  const std::string detail = text_in(object, "detail");
  return fail(code_named(text_in(object, "code")),
              detail.empty() ? text_in(object, "text") : detail);
}

}  // namespace

Result<boost::json::object> AdminClient::ask(const std::string& method, const std::string& target,
                                             const std::string& body) const {
  const std::string path = (std::filesystem::path(data_) / kAdminSocketName).string();
  boost::asio::io_context io;
  Local::socket socket(io);
  boost::system::error_code error;
  constexpr std::size_t kMaxSocketPath = 107;
  if (path.size() > kMaxSocketPath) return unreachable("the path " + path + " is too long");
  socket.connect(Local::endpoint(path), error);
  if (error) return fail(connect_problem(error, path));
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.set(http::field::host, "parleyd");
  request.body() = body;
  request.prepare_payload();
  http::write(socket, request, error);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxReplyBytes);
  if (!error) http::read(socket, buffer, parser, error);
  if (error) return unreachable("the hub did not answer: " + error.message());
  return read_reply(parser.get());
}

}  // namespace parley::hub
