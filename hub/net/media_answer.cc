#include "hub/net/media_answer.h"

#include "hub/net/media_url.h"
#include "lib/base/limits.h"

namespace parley::hub {
namespace {

Error useless(std::string what) {
  return {ErrorCode::provider_unreachable, "its media server " + std::move(what), 5'000};
}

}  // namespace

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Url> next_hop(const Url& from, const std::string& location, const Url& base) {
  auto next = url_below(redirect_target(from, location), base);
  if (next) return next;
  return fail(ErrorCode::provider_unreachable, "it redirects to an address that is not its own");
}

std::optional<Error> problem_of(const Upstream::Head& head, const std::string& range) {
  if (head.status == 404 || head.status == 410) return Error{ErrorCode::not_found, "", 0};
  if (head.status != 200 && head.status != 206 && head.status != 416) {
    return useless("answers " + std::to_string(head.status));
  }
  if (head.status == 416) return {};
  if (head.status == 206 && (range.empty() || !head.content_range.starts_with("bytes "))) {
    return useless("gives a part that nobody asked for");
  }
  // Without it a cut file would look like a whole one.
  if (!head.length) return useless("does not say how long the file is");
  if (*head.length > limits::kMaxMediaBytes) return Error{ErrorCode::too_large, "", 0};
  return {};
}

}  // namespace parley::hub
