#include "lib/content/status.h"

#include <algorithm>
#include <cassert>

#include "lib/content/cbor.h"

namespace parley::content {
namespace {

bool read_status(cbor::Reader& in, ReportedStatus& entry) {
  std::uint64_t fields = 0, number = 0;
  ByteView id;
  if (!in.array(fields)) return false;
  if (fields != 2) return in.reject("entry is not a pair");
  if (!in.bytes(id)) return false;
  if (id.size() != MessageId::size()) return in.reject("message id of a wrong length");
  if (!in.unsigned_number(number, 0xff)) return false;
  std::copy(id.begin(), id.end(), entry.message.bytes.begin());
  entry.status = static_cast<DeliveryStatus>(number);
  return true;
}

bool read_report(cbor::Reader& in, std::vector<ReportedStatus>& entries) {
  std::uint64_t count = 0;
  if (!in.array(count)) return false;
  if (count > kMaxReportedStatuses) return in.reject("too many entries");
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!read_status(in, entries.emplace_back())) return false;
  }
  return in.at_end() || in.reject("bytes after the report");
}

}  // namespace

Bytes encode_status_report(std::span<const ReportedStatus> statuses) {
  assert(statuses.size() <= kMaxReportedStatuses);
  Bytes bytes;
  cbor::Writer out(bytes);
  out.array(statuses.size());
  for (const auto& entry : statuses) {
    out.array(2);
    out.bytes(entry.message.view());
    out.unsigned_number(static_cast<std::uint8_t>(entry.status));
  }
  return bytes;
}

Result<std::vector<ReportedStatus>> decode_status_report(ByteView bytes) {
  cbor::Reader in(bytes);
  std::vector<ReportedStatus> entries;
  if (!read_report(in, entries)) {
    return fail(ErrorCode::malformed, "status report: " + std::string(in.problem()));
  }
  return entries;
}

}  // namespace parley::content
