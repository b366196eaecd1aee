// Files from this device to somebody (docs/protocol/media.md): read once for their hash, then
// encrypted and uploaded to the own hub, then sent as one message that tells keys and hashes.
//
// The key of a file is made after its hash is known and before its first byte is encrypted;
// both are stored together, and the runtime refuses to go on with a file that has changed. So
// one key never seals two versions of a file.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{2} * 1024 * 1024 * 1024;

Status send_files(Step& step, const SharedCommand& command, const api::SendFiles& request);

// --- for transfers.cc
// What is to be done next about the file.
Status order_upload(Step& step, const records::Transfer& record, std::uint32_t index);
Status on_upload_news(Step& step, records::Transfer record, TransferItem& item,
                      const api::TransferNews& news);
// Forgets hash, key and what was uploaded of files that have not arrived whole.
void start_over(records::Transfer& record);

}  // namespace parley::client
