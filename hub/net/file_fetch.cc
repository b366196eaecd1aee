#include "hub/net/file_fetch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "hub/net/media_answer.h"
#include "hub/net/media_url.h"

namespace parley::hub {

Result<Upstream::Head> FileFetch::ask(const Url& url, bool private_too) {
  if (url.https && !tls_) {
    PARLEY_TRY(loaded, TlsClient::load(parts_.authorities_file));
    tls_ = std::move(loaded);
  }
  PARLEY_TRY(token, parts_.authorization());
  upstream_ = std::make_shared<Upstream>(io_, tls_ ? &*tls_ : nullptr,
                                         [this](const std::string& host, NameLookup::Done done) {
                                           names_.find(host, std::move(done));
                                         });
  Result<Upstream::Head> head = fail(ErrorCode::internal);
  const auto work = [&]() -> Task<void> {
    std::string whole, authorization = token;
    head = co_await upstream_->get(url, private_too, std::move(whole), std::move(authorization),
                                   parts_.limits.start);
  };
  boost::asio::co_spawn(io_, work, boost::asio::detached);
  io_.restart();
  io_.run();
  return head;
}

Result<std::uint64_t> FileFetch::open(const std::string& url, const std::string& base,
                                      bool private_too) {
  PARLEY_TRY(below, parse_url(base));
  PARLEY_TRY(at, url_below(url, below));
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    PARLEY_TRY(head, ask(at, private_too));
    if (is_redirect(head.status)) {
      PARLEY_TRY(next, next_hop(at, head.location, below));
      at = std::move(next);
      continue;
    }
    if (auto problem = problem_of(head, {})) return fail(*std::move(problem));
    if (head.status != 200) return fail(ErrorCode::provider_unreachable, "it gives no whole file");
    return head.length.value_or(0);
  }
  return fail(ErrorCode::provider_unreachable, "it redirects too often");
}

Result<Bytes> FileFetch::read(std::size_t most) {
  Bytes piece(most);
  Result<std::size_t> size = fail(ErrorCode::internal);
  const auto work = [&]() -> Task<void> {
    size = co_await upstream_->read(boost::asio::buffer(piece), parts_.limits.stall);
  };
  boost::asio::co_spawn(io_, work, boost::asio::detached);
  io_.restart();
  io_.run();
  if (!size) return fail(size.error());
  piece.resize(*size);
  return piece;
}

}  // namespace parley::hub
