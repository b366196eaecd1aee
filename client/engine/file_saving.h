// Files of messages, fetched when a person asks for it (docs/protocol/media.md#5): never in a
// request, and only where the sender committed to the content. The key stays in the message's
// record; the transfer names the message.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

Status save_file(Step& step, const SharedCommand& command, const api::SaveFile& request);

// --- for transfers.cc
Status order_download(Step& step, const records::Transfer& record);
Status on_saved(Step& step, const records::Transfer& record, const api::TransferFinished& finished);

}  // namespace parley::client
