// What became of messages: delivered, read and the like, for many messages at once
// (draft-mahy-mimi-message-status-01). The report is the content of a MIMI message
// whose body has the type kStatusContentType; see make_status_report() in make.h.
//
//   report = [* [message id (32 bytes), status]]     deterministic CBOR
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lib/base/ids.h"

namespace parley::content {

inline constexpr std::string_view kStatusContentType = "application/mimi-message-status";

// Most messages in one report; about 36 KiB.
inline constexpr std::size_t kMaxReportedStatuses = 1024;

// Numbers without a name here (up to 255) are kept.
enum class DeliveryStatus : std::uint8_t {
  unread = 0,
  delivered = 1,
  read = 2,
  expired = 3,
  deleted = 4,
  hidden = 5,
  error = 6,
};

struct ReportedStatus {
  MessageId message;
  DeliveryStatus status = DeliveryStatus::unread;
  friend bool operator==(const ReportedStatus&, const ReportedStatus&) = default;
};

// Precondition: at most kMaxReportedStatuses.
Bytes encode_status_report(std::span<const ReportedStatus> statuses);

// malformed if the bytes are not such a report.
Result<std::vector<ReportedStatus>> decode_status_report(ByteView bytes);

}  // namespace parley::content
