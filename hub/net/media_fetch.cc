// The media proxy: another service's file for an account of this hub, so that neither side
// sees the other's address. docs/protocol/media.md, section 4.2.
#include <algorithm>

#include "hub/net/clock.h"
#include "hub/net/media_answer.h"
#include "hub/net/media_request.h"
#include "hub/net/media_url.h"

namespace parley::hub {
namespace {

namespace http = boost::beast::http;

// The other server's time ends first, so that there is something to say.
constexpr Duration kGrace = seconds(5);

// One of an account's few fetches, while it lives.
class Place {
 public:
  Place(MediaServices& services, const AccountId& who) : taken_(services.fetches), who_(who) {
    std::size_t& count = taken_[who_];
    mine_ = count < services.limits.fetches_of_account;
    if (mine_) ++count;
  }
  ~Place() {
    if (!mine_) return;
    const auto count = taken_.find(who_);
    if (--count->second == 0) taken_.erase(count);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool mine() const { return mine_; }

 private:
  std::map<AccountId, std::size_t>& taken_;
  AccountId who_;
  bool mine_ = false;
};

struct Source {
  Url url;
  Url base;
  MediaHost host;
};

Result<Source> find_source(const std::string& text, std::vector<MediaHost> hosts) {
  Error error{ErrorCode::not_allowed, "no service has registered this address", 0};
  for (MediaHost& host : hosts) {
    const auto base = parse_url(host.base_url);
    if (!base) continue;
    const auto url = url_below(text, *base);
    if (url && host.passes) return Source{*url, *base, std::move(host)};
    if (url) error = {ErrorCode::provider_suspended, host.reason, 0};
  }
  return fail(std::move(error));
}

}  // namespace

Task<void> MediaSession::fetch(std::string query) {
  const auto who = co_await caller();
  if (!who) co_return co_await refuse(who.error());
  const Place place(services_, who->account);
  if (!place.mine()) {
    co_return co_await refuse(ErrorCode::rate_limited, "too many fetches at once", 2'000);
  }
  const auto text = query_value(query, "url");
  if (!text) co_return co_await refuse(ErrorCode::invalid_argument, "url is missing");
  std::vector<MediaHost> hosts;
  channels_.loop().enter([&](Engine& engine, Time) { hosts = engine.media_hosts(who->handle); });
  auto source = find_source(*text, std::move(hosts));
  if (!source) co_return co_await refuse(source.error());
  for (int hops = 0; hops <= kMaxRedirects; ++hops) {
    wait_at_most(milliseconds(services_.limits.start.ms + kGrace.ms));
    upstream_ = std::make_shared<Upstream>(services_.io,
                                           source->url.https ? services_.tls_client() : nullptr,
                                           services_.ports.find_name());
    const std::string range = field(http::field::range);
    std::string token = services_.ports.authorization(source->host.provider);
    const auto head = co_await upstream_->get(source->url, source->host.private_addresses, range,
                                              std::move(token), services_.limits.start);
    if (!head) co_return co_await refuse(head.error());
    if (!is_redirect(head->status)) {
      const auto problem = problem_of(*head, range);
      if (problem) co_return co_await refuse(*problem);
      co_return co_await pass_on(upstream_, *head);
    }
    upstream_->close();
    const auto next = next_hop(source->url, head->location, source->base);
    if (!next) co_return co_await refuse(next.error());
    source->url = *next;
  }
  co_await refuse(ErrorCode::provider_unreachable, "it redirects too often");
}

Task<void> MediaSession::pass_on(std::shared_ptr<Upstream> upstream, Upstream::Head head) {
  Fields fields;
  if (head.accept_ranges == "bytes") fields.emplace_back("Accept-Ranges", "bytes");
  if (!head.content_range.empty()) fields.emplace_back("Content-Range", head.content_range);
  if (head.status == 416) {
    upstream->close();
    co_return co_await answer(416, std::move(fields));
  }
  fields.emplace_back("Content-Type", "application/octet-stream");
  fields.emplace_back("Content-Disposition", "attachment");
  fields.emplace_back("Content-Length", std::to_string(head.length.value_or(0)));
  const bool begun = co_await begin_answer(head.status, std::move(fields));
  if (!begun) co_return abort();
  Bytes piece(kMediaPieceBytes);
  const Time began = steady_now();
  std::uint64_t passed = 0;
  for (;;) {
    wait_at_most(milliseconds(services_.limits.stall.ms + kGrace.ms));
    const auto size = co_await upstream->read(boost::asio::buffer(piece), services_.limits.stall);
    // The client sees a body that is shorter than announced.
    if (!size) co_return abort();
    if (*size == 0) co_return upstream->close();
    passed += *size;
    if (is_too_slow(services_.limits, passed, steady_now() - began)) co_return abort();
    const bool written = co_await write(piece.data(), *size);
    if (!written) co_return abort();
  }
}

}  // namespace parley::hub
