#include "client/engine/file_saving.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/file_names.h"
#include "client/engine/file_sending.h"
#include "client/engine/sending.h"
#include "client/engine/transfers.h"
#include "lib/content/message.h"

namespace parley::client {
namespace {

constexpr std::uint64_t kMaxOnePieceBytes = 64 * 1024 * 1024;  // of encAlg 1

Status check_encryption(const api::File& file) {
  const auto algorithm = static_cast<content::EncryptionAlgorithm>(file.encryption);
  const bool is_one_piece = algorithm == content::EncryptionAlgorithm::aes_128_gcm;
  if (!is_one_piece && algorithm != content::EncryptionAlgorithm::parley_chunked) {
    return fail(ErrorCode::file_damaged, "the file is not encrypted in a way that is accepted");
  }
  const std::size_t key = is_one_piece ? 16 : 32;
  const std::size_t nonce = is_one_piece ? 12 : 7;
  if (file.key.size() != key || file.nonce.size() != nonce) {
    return fail(ErrorCode::file_damaged, "the file's key does not fit its encryption");
  }
  if (file.size > (is_one_piece ? kMaxOnePieceBytes : kMaxFileBytes)) {
    return fail(ErrorCode::too_large, "the file is larger than it may be");
  }
  if (file.plaintext_sha256.size() != 32) {
    return fail(ErrorCode::file_damaged, "the sender did not commit to the file's content");
  }
  if (!file.ciphertext_sha256.empty() && file.ciphertext_sha256.size() != 32) {
    return fail(ErrorCode::file_damaged, "a hash of an unknown kind");
  }
  return {};
}

// Where the bytes are: a path of the own hub, or a URL to ask it for.
struct Source {
  std::string url;
  bool through_hub = false;
};

Result<Source> source_of(const records::Contact& contact, const records::Message& message,
                         const api::File& file) {
  const bool is_partners =
      !contact.provider.empty() && message.sender_account_id == contact.account_id;
  if (!is_partners) {
    const std::string path = own_media_path(file.url);
    if (path.empty()) return fail(ErrorCode::file_damaged, "the file is not at this hub");
    return Source{path, false};
  }
  const bool is_plain = std::all_of(file.url.begin(), file.url.end(),
                                    [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  const bool is_web = file.url.starts_with("https://") || file.url.starts_with("http://");
  if (!is_plain || !is_web) return fail(ErrorCode::file_damaged, "the file has no usable address");
  return Source{file.url, true};
}

struct Wanted {
  records::Contact contact;
  records::Message message;
  api::File file;
};

Result<Wanted> wanted(Step& step, const AccountId& peer, const Bytes& message_id,
                      std::uint32_t index) {
  PARLEY_TRY(contact, load_contact(step, peer));
  PARLEY_TRY(placed, require_message(step, peer, message_id));
  if (contact.request) return fail(ErrorCode::not_allowed, "accept the request first");
  if (contact.blocked) return fail(ErrorCode::not_allowed, "you have blocked this person");
  if (index >= placed.message.files.size()) {
    return fail(ErrorCode::unknown_reference, "the message has no such file");
  }
  api::File file = placed.message.files[index];
  PARLEY_CHECK(check_encryption(file));
  PARLEY_CHECK(source_of(contact, placed.message, file));
  return Wanted{std::move(contact), std::move(placed.message), std::move(file)};
}

}  // namespace

Status save_file(Step& step, const SharedCommand& command, const api::SaveFile& request) {
  if (!request.chat) return fail(ErrorCode::invalid_argument, "nobody is named");
  if (!request.folder.starts_with('/')) {
    return fail(ErrorCode::invalid_argument, "the folder's path must be absolute");
  }
  PARLEY_TRY(peer, resolve(step, command, *request.chat));
  if (!peer) return {};
  PARLEY_TRY(found, wanted(step, *peer, request.message_id, request.index));
  records::Transfer record;
  record.peer_account_id = found.contact.account_id;
  record.message_id = request.message_id;
  record.file_index = request.index;
  record.folder = request.folder;
  record.partial_id = to_bytes(step.random().array<16>());
  records::TransferredFile file;
  file.content_type = found.file.content_type;
  file.filename = safe_filename(request.filename.empty() ? found.file.filename : request.filename);
  file.size = found.file.size;
  record.files.push_back(std::move(file));
  PARLEY_CHECK(add_transfer(step, record));
  return answer_transfer(step, record, command->id, request.wait);
}

Status order_download(Step& step, const records::Transfer& record) {
  PARLEY_TRY(account, step.account());
  if (record.files.empty()) return fail(ErrorCode::internal, "nothing to fetch");
  PARLEY_TRY(peer, AccountId::from(record.peer_account_id));
  PARLEY_TRY(found, wanted(step, peer, record.message_id, record.file_index));
  PARLEY_TRY(source, source_of(found.contact, found.message, found.file));
  api::DownloadFile download;
  download.folder = record.folder;
  download.filename = record.files.front().filename;
  download.url = source.url;
  download.through_hub = source.through_hub;
  download.size = found.file.size;
  download.encryption = found.file.encryption;
  download.key = SecretBuffer(found.file.key);
  download.nonce = found.file.nonce;
  download.aad = found.file.aad;
  download.ciphertext_sha256 = found.file.ciphertext_sha256;
  download.sha256 = found.file.plaintext_sha256;
  download.session_token = account->session_token.clone();
  download.partial_id = record.partial_id;
  api::TransferOrder order;
  order.number = record.number;
  order.what = std::move(download);
  step.order(std::move(order));
  return {};
}

Status on_saved(Step& step, const records::Transfer& record,
                const api::TransferFinished& finished) {
  PARLEY_TRY(transfer_peer, AccountId::from(record.peer_account_id));
  PARLEY_CHECK(load_contact(step, transfer_peer));
  PARLEY_CHECK(raise_transfer(step, record, api::TransferState::completed, finished.path));
  for (const std::uint64_t command : end_transfer(step, record.number)) step.done(command);
  return {};
}

}  // namespace parley::client
