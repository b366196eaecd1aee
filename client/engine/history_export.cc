#include "client/engine/history_export.h"

#include "client/engine/contacts.h"
#include "client/engine/history.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/password.h"

namespace parley::client {
namespace {

constexpr std::string_view kMagic = "parley-export-1\n";
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kMaxChunkBytes = 16 * 1024 * 1024;
constexpr std::size_t kMinPassphrase = 8;

Bytes nonce_of(std::uint64_t index) {
  return KeyBuilder().add(ByteArray<16>{}).number(index).take();
}

Bytes chunk_of(const Secret<32>& key, std::uint64_t index, bool last, ByteView page) {
  const ByteArray<1> flag{static_cast<std::uint8_t>(last ? 1 : 0)};
  const Bytes sealed = crypto::xchacha20_poly1305_encrypt(key.view(), nonce_of(index), flag, page);
  return KeyBuilder().number(static_cast<std::uint32_t>(sealed.size())).add(sealed).take();
}

struct OpenedChunk {
  SecretBuffer page;
  bool last = false;
};

Result<OpenedChunk> open_chunk(const Secret<32>& key, std::uint64_t index, ByteView sealed) {
  for (const bool last : {false, true}) {
    const ByteArray<1> flag{static_cast<std::uint8_t>(last ? 1 : 0)};
    auto page = crypto::xchacha20_poly1305_decrypt(key.view(), nonce_of(index), flag, sealed);
    if (page) return OpenedChunk{*std::move(page), last};
  }
  return fail(ErrorCode::backup_failed,
              index == 0 ? "wrong passphrase or another file" : "the file is damaged");
}

Status import_contact(Step& step, const records::Contact& imported) {
  PARLEY_TRY(id, AccountId::from(imported.account_id));
  PARLEY_TRY(known, load_contact(step, id));
  if (!known.handle.empty()) return {};
  records::Contact contact = imported;
  // Devices and keys are asked for anew; what was verified stays a claim of the file.
  contact.devices.clear();
  contact.devices_known = false;
  contact.request = false;
  contact.held_retries.clear();
  save_contact(step, contact);
  return {};
}

Status import_page(Step& step, const records::ExportPage& page) {
  // Everything is read before the first is missed, so that the store is asked once.
  for (const auto& contact : page.contacts) {
    PARLEY_TRY(id, AccountId::from(contact.account_id));
    static_cast<void>(load_contact(step, id));
  }
  for (const auto& message : page.messages) {
    PARLEY_TRY(id, MessageId::from(message.message_id));
    static_cast<void>(is_known(step, id));
  }
  if (step.is_loading()) return Step::loading();
  for (const auto& contact : page.contacts) PARLEY_CHECK(import_contact(step, contact));
  for (const auto& message : page.messages) {
    PARLEY_TRY(id, MessageId::from(message.message_id));
    PARLEY_TRY(known, is_known(step, id));
    if (known) continue;
    if (message.expires_at_ms > 0) {
      if (message.expires_at_ms <= step.now().ms) continue;
      step.write(RecordKind::expiry, time_key(message.expires_at_ms, message.message_id), {});
      step.live().expiry_loaded = false;
    }
    PARLEY_CHECK(add_message(step, message, false));
    ++step.live().transfer.messages;
  }
  return {};
}

// One complete chunk of what has arrived; nothing: more is needed.
std::optional<ByteView> next_chunk(ByteView pending) {
  if (pending.size() < kLengthBytes) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) size = (size << 8) | pending[i];
  if (pending.size() < kLengthBytes + size) return std::nullopt;
  return pending.subspan(kLengthBytes, size);
}

// Reads the head of the file once it is there.
Result<bool> read_head(Transfer& transfer, Bytes& pending, const std::string& passphrase) {
  if (transfer.key) return true;
  if (pending.size() < kMagic.size() + kSaltBytes) return false;
  if (as_text(ByteView(pending).first(kMagic.size())) != kMagic) {
    return fail(ErrorCode::backup_failed, "this is no Parley export");
  }
  const ByteView salt = ByteView(pending).subspan(kMagic.size(), kSaltBytes);
  PARLEY_TRY(key, crypto::key_from_passphrase(passphrase, salt, crypto::kInteractiveCost));
  transfer.key = std::make_shared<const Secret<32>>(std::move(key));
  pending.erase(pending.begin(), pending.begin() + kMagic.size() + kSaltBytes);
  return true;
}

}  // namespace

Status start_export(Step& step, const SharedCommand& command, const api::ExportHistory& request) {
  PARLEY_CHECK(step.account());
  Transfer& transfer = step.live().transfer;
  if (transfer.command) return fail(ErrorCode::out_of_place, "an export or import is under way");
  if (request.passphrase.size() < kMinPassphrase) {
    return fail(ErrorCode::invalid_argument, "the passphrase needs at least 8 characters");
  }
  const auto salt = step.random().array<kSaltBytes>();
  PARLEY_TRY(key, crypto::key_from_passphrase(request.passphrase, salt, crypto::kInteractiveCost));
  transfer.command = command;
  transfer.key = std::make_shared<const Secret<32>>(std::move(key));
  transfer.is_export = true;
  api::ExportChunk head;
  head.data = KeyBuilder().add(as_bytes(kMagic)).add(salt).take();
  step.event(std::move(head), command->id);
  return {};
}

namespace {

// Fills a page with the records after the cursor. True: these were the last of their kind.
template <typename Record>
Result<bool> fill_page(Step& step, RecordKind kind, std::vector<Record>& page) {
  Transfer& transfer = step.live().transfer;
  Scan scan{kind, {}, transfer.cursor};
  scan.limit = kRecordsPerExportPage;
  PARLEY_TRY(found, step.scan(std::move(scan)));
  std::size_t bytes = 0;
  for (const auto& record : found) {
    if (bytes > 0 && bytes + record.value->size() > kMaxExportPageBytes) return false;
    bytes += record.value->size();
    PARLEY_TRY(value, wire::decode<Record>(record.value->view()));
    page.push_back(std::move(value));
    transfer.cursor = record.key;
  }
  return found.size() < kRecordsPerExportPage;
}

}  // namespace

Result<bool> continue_export(Step& step) {
  Transfer& transfer = step.live().transfer;
  if (!transfer.command || !transfer.is_export) return false;
  records::ExportPage page;
  bool last = false;
  if (!transfer.contacts_done) {
    PARLEY_TRY(done, fill_page(step, RecordKind::contact, page.contacts));
    transfer.contacts_done = done;
    if (done) transfer.cursor.clear();
  } else {
    PARLEY_TRY(done, fill_page(step, RecordKind::message, page.messages));
    last = done;
    // What is still on its way belongs to this device.
    std::erase_if(page.messages,
                  [](const auto& one) { return one.state == api::MessageState::queued; });
    transfer.messages += page.messages.size();
  }
  api::ExportChunk chunk;
  chunk.data = chunk_of(*transfer.key, transfer.index++, last, wire::encode_secret(page).view());
  chunk.last = last;
  chunk.messages = transfer.messages;
  step.event(std::move(chunk), transfer.command->id);
  if (last) {
    step.done(transfer.command->id);
    transfer = {};
  }
  return true;
}

Status import_chunk(Step& step, const SharedCommand& command, const api::ImportHistory& request) {
  PARLEY_CHECK(step.account());
  Transfer& transfer = step.live().transfer;
  if (transfer.command && (transfer.is_export || transfer.command->id != command->id)) {
    return fail(ErrorCode::out_of_place, "an export or import is under way");
  }
  transfer.command = command;
  Bytes pending = transfer.pending ? *transfer.pending : Bytes{};
  append(pending, request.chunk);
  if (pending.size() > kMaxChunkBytes) return fail(ErrorCode::backup_failed, "chunk too large");
  bool ended = false;
  PARLEY_TRY(has_head, read_head(transfer, pending, request.passphrase));
  while (has_head && !ended) {
    const auto sealed = next_chunk(pending);
    if (!sealed) break;
    PARLEY_TRY(opened, open_chunk(*transfer.key, transfer.index, *sealed));
    PARLEY_TRY(page, wire::decode<records::ExportPage>(opened.page.view()));
    PARLEY_CHECK(import_page(step, page));
    ++transfer.index;
    ended = opened.last;
    pending.erase(pending.begin(), pending.begin() + kLengthBytes + sealed->size());
  }
  if (request.last && !ended) return fail(ErrorCode::backup_failed, "the file is cut off");
  if (!ended) {
    transfer.pending = std::make_shared<const Bytes>(std::move(pending));
    api::ImportProgress progress;
    progress.messages = transfer.messages;
    step.event(progress, command->id);
    return {};
  }
  api::ImportProgress progress;
  progress.messages = transfer.messages;
  step.event(progress, command->id);
  step.done(command->id);
  transfer = {};
  return {};
}

}  // namespace parley::client
