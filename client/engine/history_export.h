// The history as an encrypted file, and back.
//
// The file: "parley-export-1\n", a salt of 16 bytes, then chunks, each u32be length ‖
// sealed bytes. Key: Argon2id(passphrase, salt). A chunk is XChaCha20-Poly1305 with
// the nonce 0×16 ‖ u64be index and a final flag as associated data, so that chunks
// cannot be reordered and a cut-off file is noticed; the key is used for one file.
// Inside are contacts and messages (client_records.ExportPage), no keys: sessions
// and the identity are never exported.
//
// One page is written or read for each call of the engine: memory stays bounded.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::uint32_t kRecordsPerExportPage = 200;
// With one more record of any size it stays below what an ExportChunk may hold.
inline constexpr std::size_t kMaxExportPageBytes = 768 * 1024;

Status start_export(Step& step, const SharedCommand& command, const api::ExportHistory& request);
Status import_chunk(Step& step, const SharedCommand& command, const api::ImportHistory& request);

// Writes the next page of an export under way. False: there is none.
Result<bool> continue_export(Step& step);

}  // namespace parley::client
