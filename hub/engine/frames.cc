#include "hub/engine/frames.h"

namespace parley::hub {

namespace {
constexpr std::size_t kMaxDetailBytes = 256;  // channel.proto, Failure.detail
}

wire::channel::Failure failure(const Error& error) {
  wire::channel::Failure out;
  out.code = error.code;
  out.detail = error.detail.substr(0, kMaxDetailBytes);
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
