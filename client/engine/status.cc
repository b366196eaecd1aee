#include "client/engine/status.h"

namespace parley::client {

Status raise_status(Step& step, std::uint64_t command_id) {
  PARLEY_TRY(account, step.any_account());
  api::Status status;
  status.link = step.live().link;
  status.caught_up = step.live().caught_up;
  status.waiting = static_cast<std::uint32_t>(step.live().outbox.size());
  if (account != nullptr && account->registered) {
    status.has_account = true;
    status.handle = account->handle;
    status.account_id = account->account_id;
    status.device_id = account->device_id;
    status.hub_id = account->hub_id;
    status.profile_name = account->profile_name;
    status.problem = account->problem;
    status.settings = account->settings;
  }
  step.event(std::move(status), command_id);
  return {};
}

void raise_failure(Step& step, std::uint64_t command_id, const Error& error) {
  constexpr std::size_t kMaxDetail = 256;  // of the schema
  api::CommandFailed failed;
  failed.code = error.code;
  failed.detail = error.detail.substr(0, kMaxDetail);
  failed.retry_after_ms = error.retry_after_ms;
  step.event(std::move(failed), command_id);
}

}  // namespace parley::client
