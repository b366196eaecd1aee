#include "apps/cli/problem.h"

#include "apps/cli/json_line.h"
#include "apps/cli/text.h"

namespace parley::cli {

ExitStatus exit_status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::hub_unreachable:
    case ErrorCode::shutting_down:
      return ExitStatus::unreachable;
    case ErrorCode::wrong_credentials:
    case ErrorCode::not_authenticated:
    case ErrorCode::session_expired:
    case ErrorCode::session_replaced:
    case ErrorCode::handle_taken:
    case ErrorCode::too_many_devices:
    case ErrorCode::identity_mismatch:
    case ErrorCode::identity_changed:
    case ErrorCode::link_expired:
    case ErrorCode::not_allowed:
    case ErrorCode::recovery_failed:
    case ErrorCode::provider_suspended:
    case ErrorCode::request_pending:
    case ErrorCode::request_too_large:
    case ErrorCode::third_party_off:
    case ErrorCode::not_in_region:
    case ErrorCode::not_reachable:
    case ErrorCode::unsupported_feature:
    case ErrorCode::report_unproven:
      return ExitStatus::refused;
    case ErrorCode::timed_out:
      return ExitStatus::timed_out;
    case ErrorCode::store_locked:
    case ErrorCode::store_damaged:
    case ErrorCode::store_unwritable:
    case ErrorCode::store_too_new:
      return ExitStatus::local_data;
    case ErrorCode::unknown_account:
    case ErrorCode::account_deleted:
    case ErrorCode::unknown_reference:
    case ErrorCode::no_account:
    case ErrorCode::unknown_provider:
      return ExitStatus::not_found;
    case ErrorCode::mailbox_full:
    case ErrorCode::no_prekeys:
    case ErrorCode::rate_limited:
    case ErrorCode::overloaded:
    case ErrorCode::storage_unavailable:
    case ErrorCode::provider_unreachable:
    case ErrorCode::first_contact_limit:
      return ExitStatus::try_later;
    default:
      return ExitStatus::failed;
  }
}

Problem::Problem(Error error)
    : error_(std::move(error)),
      status_(exit_status_of(error_.code)),
      text_(error_info(error_.code).text),
      advice_(error_info(error_.code).advice) {}

Problem::Problem(ExitStatus status, ErrorCode code, std::string text, std::string advice)
    : error_{code, {}, 0}, status_(status), text_(std::move(text)), advice_(std::move(advice)) {}

std::string Problem::for_people() const {
  std::string out = "parley: " + printable(text_);
  if (!error_.detail.empty()) out += " (" + printable(error_.detail) + ")";
  if (error_.retry_after_ms > 0) {
    out += " Possible again in " + std::to_string((error_.retry_after_ms + 999) / 1000) + " s.";
  }
  return out + "\n        " + printable(advice_) + "\n";
}

std::string Problem::for_scripts() const {
  JsonLine line;
  line.add("type", "error").add("error", error_info(error_.code).name);
  line.add("code", static_cast<int>(error_.code)).add("text", text_).add("advice", advice_);
  line.add("detail", error_.detail).add("retry_after_ms", error_.retry_after_ms);
  return line.text() + "\n";
}

Problem usage_problem(std::string text, std::string advice) {
  return {ExitStatus::usage, ErrorCode::invalid_argument, std::move(text), std::move(advice)};
}

}  // namespace parley::cli
