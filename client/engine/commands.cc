#include "client/engine/commands.h"

#include <algorithm>

#include "client/engine/account_setup.h"
#include "client/engine/chats.h"
#include "client/engine/contacts.h"
#include "client/engine/devices.h"
#include "client/engine/file_saving.h"
#include "client/engine/file_sending.h"
#include "client/engine/history_export.h"
#include "client/engine/relations.h"
#include "client/engine/removal.h"
#include "client/engine/reports.h"
#include "client/engine/requests.h"
#include "client/engine/sending.h"
#include "client/engine/status.h"
#include "client/engine/third_party.h"
#include "client/engine/transfers.h"

namespace parley::client {
namespace {

struct CommandVisitor {
  Step& step;
  const SharedCommand& command;

  Status operator()(std::monostate) const {
    return fail(ErrorCode::invalid_argument, "unknown command");
  }
  Status operator()(const api::SignUp& it) const { return start_sign_up(step, command, it); }
  Status operator()(const api::LogIn& it) const { return start_log_in(step, command, it); }
  Status operator()(const api::StartLink& it) const { return start_link(step, command, it); }
  Status operator()(const api::InspectLink& it) const { return inspect_link(step, command, it); }
  Status operator()(const api::ApproveLink& it) const { return approve_link(step, command, it); }
  Status operator()(const api::ShowRecoveryKey& it) const {
    return show_recovery_key(step, command, it);
  }
  Status operator()(const api::LogOut&) const { return log_out(step, command); }
  Status operator()(const api::DeleteAccount& it) const {
    return delete_account(step, command, it);
  }
  Status operator()(const api::ChangePassword& it) const {
    return change_password(step, command, it);
  }
  Status operator()(const api::SetPush& it) const { return set_push(step, command, it); }
  Status operator()(const api::GetStatus&) const {
    PARLEY_CHECK(raise_status(step, command->id));
    step.done(command->id);
    return {};
  }
  Status operator()(const api::Send& it) const { return send_message(step, command, it); }
  Status operator()(const api::SetTyping& it) const { return set_typing(step, command, it); }
  Status operator()(const api::MarkRead& it) const { return mark_read(step, command, it); }
  Status operator()(const api::ListChats&) const { return list_chats(step, command); }
  Status operator()(const api::ListMessages& it) const { return list_messages(step, command, it); }
  Status operator()(const api::GetContact& it) const { return get_contact(step, command, it); }
  Status operator()(const api::SetVerified& it) const { return set_verified(step, command, it); }
  Status operator()(const api::AcceptIdentity& it) const {
    return accept_identity(step, command, it);
  }
  Status operator()(const api::SetBlocked& it) const { return set_blocked(step, command, it); }
  Status operator()(const api::SetProfile& it) const {
    PARLEY_TRY(online, require_link(step, command));
    if (!online) return {};
    channel::SetProfile profile;
    profile.name = it.name;
    OpenRequest request;
    request.command = command;
    step.request(std::move(profile), std::move(request));
    return {};
  }
  Status operator()(const api::SetSettings& it) const {
    PARLEY_CHECK(step.account());
    step.change_account().settings = it.settings.value_or(api::Settings{});
    step.done(command->id);
    return {};
  }
  Status operator()(const api::ListDevices&) const { return list_devices(step, command); }
  Status operator()(const api::RenameDevice& it) const { return rename_device(step, command, it); }
  Status operator()(const api::RemoveDevice& it) const { return remove_device(step, command, it); }
  Status operator()(const api::ExportHistory& it) const { return start_export(step, command, it); }
  Status operator()(const api::ImportHistory& it) const { return import_chunk(step, command, it); }
  Status operator()(const api::Accept& it) const { return accept(step, command, it); }
  Status operator()(const api::Decline& it) const { return decline(step, command, it); }
  Status operator()(const api::RemoveMessage& it) const {
    return remove_message(step, command, it);
  }
  Status operator()(const api::Resend& it) const { return resend_message(step, command, it); }
  Status operator()(const api::SendReport& it) const { return send_report(step, command, it); }
  Status operator()(const api::GetThirdParty&) const { return get_third_party(step, command); }
  Status operator()(const api::SetThirdParty& it) const {
    return set_third_party(step, command, it);
  }
  Status operator()(const api::ListRequests&) const { return list_requests(step, command); }
  Status operator()(const api::SendFiles& it) const { return send_files(step, command, it); }
  Status operator()(const api::SaveFile& it) const { return save_file(step, command, it); }
  Status operator()(const api::ListTransfers&) const { return list_transfers(step, command); }
  Status operator()(const api::ResumeTransfer& it) const {
    return resume_transfer(step, command, it);
  }
  Status operator()(const api::CancelTransfer& it) const {
    return cancel_transfer(step, command, it);
  }
  Status operator()(const api::Cancel& it) const { return cancel(it.command_id); }

  // What waits is given up; what is in the outbox stays there.
  Status cancel(std::uint64_t id) const {
    LiveState& live = step.live();
    std::erase_if(live.waiting, [&](const auto& waiting) { return waiting.command->id == id; });
    std::erase_if(live.send_waiters, [&](const auto& one) { return one.command_id == id; });
    std::erase_if(live.transfer_waiters, [&](const auto& one) { return one.command_id == id; });
    if (live.flow.command && live.flow.command->id == id) live.flow = {};
    if (live.transfer.command && live.transfer.command->id == id) live.transfer = {};
    for (OpenRequest& open : live.requests) {
      if (open.command && open.command->id == id) open.command.reset();
    }
    step.done(command->id);
    return {};
  }
};

}  // namespace

Status on_command(Step& step, const SharedCommand& command) {
  return std::visit(CommandVisitor{step, command}, command->body);
}

}  // namespace parley::client
