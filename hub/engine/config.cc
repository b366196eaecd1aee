#include "hub/engine/config.h"

#include <utility>

namespace parley::hub {

namespace {

Status check_durations(const EngineConfig& c) {
  const std::pair<const char*, Duration> positive[] = {
      {"session_lifetime", c.session_lifetime},
      {"hello_timeout", c.hello_timeout},
      {"ping_interval", c.ping_interval},
      {"enlistment_lifetime", c.enlistment_lifetime},
      {"mailbox_lifetime", c.mailbox_lifetime},
      {"send_result_lifetime", c.send_result_lifetime},
      {"report_lifetime", c.report_lifetime},
      {"resolved_report_lifetime", c.resolved_report_lifetime},
      {"storage_retry", c.storage_retry},
      {"stamp_key_rotation", c.stamp_key_rotation},
      {"stamp_key_lifetime", c.stamp_key_lifetime}};
  for (const auto& [name, value] : positive) {
    if (value.ms <= 0) return fail(ErrorCode::bad_config, std::string(name) + " must be positive");
  }
  if (c.commit_delay.ms < 0 || c.commit_delay > seconds(1)) {
    return fail(ErrorCode::bad_config, "commit_delay must be between 0 and 1000 ms");
  }
  return {};
}

Status check_sizes(const EngineConfig& c) {
  const std::pair<const char*, std::uint64_t> positive[] = {
      {"max_mailbox_bytes", c.max_mailbox_bytes},
      {"delivery_window", c.delivery_window},
      {"max_open_requests", c.max_open_requests},
      {"max_joining", c.max_joining},
      {"commit_ops", c.commit_ops},
      {"max_pending_bytes", c.max_pending_bytes},
      {"max_cached_accounts", c.max_cached_accounts},
      {"max_remembered_sends", c.max_remembered_sends},
      {"max_people_of_service", c.max_people_of_service},
      {"max_report_bytes_of_service", c.max_report_bytes_of_service},
      {"max_report_bytes", c.max_report_bytes}};
  for (const auto& [name, value] : positive) {
    if (value == 0) return fail(ErrorCode::bad_config, std::string(name) + " must be positive");
  }
  return {};
}

Status check_quotas(const QuotaConfig& q) {
  const std::pair<const char*, const Allowance*> all[] = {
      {"sends", &q.sends},
      {"send_bytes", &q.send_bytes},
      {"key_fetches", &q.key_fetches},
      {"key_fetches_of", &q.key_fetches_of},
      {"lookups", &q.lookups},
      {"typing", &q.typing},
      {"changes", &q.changes},
      {"sign_ups", &q.sign_ups},
      {"logins", &q.logins},
      {"password_tries", &q.password_tries},
      {"links", &q.links},
      {"polls", &q.polls},
      {"connects", &q.connects},
      {"new_people", &q.new_people},
      {"new_people_third_party", &q.new_people_third_party},
      {"enlistments", &q.enlistments},
      {"service_enlistments", &q.service_enlistments},
      {"service_deletions", &q.service_deletions},
      {"reports", &q.reports},
      {"questions", &q.questions},
      {"files", &q.files}};
  for (const auto& [name, allowance] : all) {
    if (!(allowance->burst >= 1) || !(allowance->per_minute > 0)) {
      return fail(ErrorCode::bad_config,
                  "quotas." + std::string(name) + " needs burst >= 1 and per_minute > 0");
    }
  }
  return {};
}

}  // namespace

Status check(const EngineConfig& config) {
  PARLEY_CHECK(check_durations(config));
  PARLEY_CHECK(check_sizes(config));
  return check_quotas(config.quotas);
}

}  // namespace parley::hub
