#include "hub/engine/frames.h"

namespace parley::hub {

namespace {
constexpr std::size_t kMaxDetailBytes = 256;  // channel.proto, Failure.detail
}

std::string fitting_detail(const std::string& detail) {
  if (detail.size() <= kMaxDetailBytes) return detail;
  std::size_t end = kMaxDetailBytes;
  // Not in the middle of a character of UTF-8.
  while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xc0) == 0x80) --end;
  return detail.substr(0, end);
}

wire::channel::Failure failure(const Error& error) {
  wire::channel::Failure out;
  out.code = error.code;
  out.detail = fitting_detail(error.detail);
  out.retry_after_ms = error.retry_after_ms;
  return out;
}

wire::channel::PrekeyCounts counts(const PrekeyState& state) {
  wire::channel::PrekeyCounts out;
  out.one_time = state.one_time;
  out.one_time_kyber = state.one_time_kyber;
  out.signed_prekey_id = state.signed_id;
  out.last_resort_kyber_prekey_id = state.last_resort_id;
  return out;
}

}  // namespace parley::hub
