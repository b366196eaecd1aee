// The account's own devices: listing, naming, removing, linking another one, and the
// recovery key.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status list_devices(Step& step, const SharedCommand& command);
Status rename_device(Step& step, const SharedCommand& command, const api::RenameDevice& request);
Status remove_device(Step& step, const SharedCommand& command, const api::RemoveDevice& request);
Status log_out(Step& step, const SharedCommand& command);

Status inspect_link(Step& step, const SharedCommand& command, const api::InspectLink& request);
Status approve_link(Step& step, const SharedCommand& command, const api::ApproveLink& request);

Status show_recovery_key(Step& step, const SharedCommand& command,
                         const api::ShowRecoveryKey& request);
// Gives the hub the recovery data if it does not have it yet.
Status store_recovery(Step& step);
Status on_recovery_stored(Step& step, const OpenRequest& request);

// The hub's word on which own devices there are.
Status on_device_list(Step& step, const channel::DeviceList& list);

}  // namespace parley::client
