#include "client/engine/file_sending.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/done_once.h"
#include "client/engine/file_names.h"
#include "client/engine/first_words.h"
#include "client/engine/sending.h"
#include "client/engine/third_party.h"
#include "client/engine/transfers.h"
#include "lib/content/make.h"

namespace parley::client {
namespace {

constexpr std::size_t kMaxFiles = 16;  // of the schema
constexpr std::string_view kUnknownType = "application/octet-stream";

Status check_files(Step& step, const records::Contact& contact, const api::SendFiles& request) {
  if (request.files.empty() || request.files.size() > kMaxFiles) {
    return fail(ErrorCode::invalid_argument, "1 to 16 files at a time");
  }
  for (const auto& file : request.files) {
    if (!file.path.starts_with('/')) {
      return fail(ErrorCode::invalid_argument, "a file's path must be absolute");
    }
    PARLEY_CHECK(require_feature(step, contact, feature_of_file(file.content_type)));
  }
  if (!request.in_reply_to.empty()) {
    PARLEY_CHECK(require_feature(step, contact, channel::Feature::reply));
  }
  if (request.expires_s > 0) PARLEY_CHECK(require_feature(step, contact, channel::Feature::expiry));
  return require_answer(step, contact);
}

records::Transfer transfer_of(const records::Contact& contact, const api::SendFiles& request) {
  records::Transfer record;
  record.outgoing = true;
  record.peer_account_id = contact.account_id;
  record.caption = request.caption;
  record.in_reply_to = request.in_reply_to;
  record.expires_s = request.expires_s;
  for (const auto& file : request.files) {
    records::TransferredFile one;
    one.path = file.path;
    one.content_type = file.content_type.empty() ? kUnknownType : file.content_type;
    one.filename = safe_filename(file.filename.empty() ? file.path : file.filename);
    one.description = file.description;
    record.files.push_back(std::move(one));
  }
  return record;
}

content::FilePart part_of(const records::TransferredFile& file) {
  content::FilePart part;
  part.file.content_type = file.content_type;
  part.file.url = file.url;
  part.file.size = file.size;
  part.file.encryption = content::EncryptionAlgorithm::parley_chunked;
  part.file.key = to_bytes(file.key.view());
  part.file.nonce = file.nonce;
  part.file.description = file.description;
  part.file.filename = file.filename;
  std::copy(file.sha256.begin(), file.sha256.end(), part.plaintext_sha256.begin());
  return part;
}

// All files are at the hub: the message that tells of them goes out and the transfer is over,
// in one step.
Status send_message_of(Step& step, const records::Transfer& record) {
  PARLEY_TRY(peer, AccountId::from(record.peer_account_id));
  PARLEY_TRY(contact, load_contact(step, peer));
  PARLEY_CHECK(check_open(step, contact));
  PARLEY_TRY(origin, origin_for(step, peer));
  std::vector<content::FilePart> parts;
  for (const auto& file : record.files) parts.push_back(part_of(file));
  content::Message message = content::make_files(origin, record.caption, std::move(parts));
  if (!record.in_reply_to.empty()) {
    PARLEY_TRY(target, MessageId::from(record.in_reply_to));
    message.in_reply_to = target;
  }
  if (record.expires_s > 0) message.expires = content::Expiry{true, record.expires_s};
  PARLEY_TRY(posted, post(step, contact, origin, message, record.caption));
  PARLEY_CHECK(
      raise_transfer(step, record, api::TransferState::completed, {}, posted.id.to_bytes()));
  for (const std::uint64_t command : end_transfer(step, record.number)) {
    answer_when_sent(step, command, true, posted);
  }
  return {};
}

Status finish_upload(Step& step, records::Transfer record) {
  const Status sent = send_message_of(step, record);
  if (sent || step.is_loading()) return sent;
  return stop_transfer(step, std::move(record), sent.error());
}

void save(Step& step, const records::Transfer& record) {
  step.put(RecordKind::transfer, transfer_key(record.number), record);
}

}  // namespace

Status send_files(Step& step, const SharedCommand& command, const api::SendFiles& request) {
  if (!request.to) return fail(ErrorCode::invalid_argument, "nobody is named");
  PARLEY_TRY(is_done, answer_done(step, command->id, request.once_id));
  if (is_done) return {};
  PARLEY_TRY(peer, resolve(step, command, *request.to));
  if (!peer) return {};
  PARLEY_TRY(contact, load_contact(step, *peer));
  PARLEY_CHECK(check_open(step, contact));
  PARLEY_CHECK(check_files(step, contact, request));
  if (!request.in_reply_to.empty()) {
    PARLEY_CHECK(require_message(step, *peer, request.in_reply_to));
  }
  records::Transfer record = transfer_of(contact, request);
  PARLEY_CHECK(add_transfer(step, record));
  PARLEY_CHECK(remember_done(step, request.once_id, {}));
  return answer_transfer(step, record, command->id, request.wait);
}

Status order_upload(Step& step, const records::Transfer& record, std::uint32_t index) {
  PARLEY_TRY(account, step.account());
  if (index >= record.files.size()) return fail(ErrorCode::internal, "nothing to upload");
  const auto& file = record.files[index];
  api::TransferOrder order;
  order.number = record.number;
  order.index = index;
  if (file.sha256.empty()) {
    order.what = api::DigestFile{file.path};
  } else {
    api::UploadFile upload;
    upload.path = file.path;
    upload.size = file.size;
    upload.sha256 = file.sha256;
    upload.key = file.key.clone();
    upload.nonce = file.nonce;
    upload.url = file.url;
    upload.session_token = account->session_token.clone();
    order.what = std::move(upload);
  }
  step.order(std::move(order));
  return {};
}

Status on_upload_news(Step& step, records::Transfer record, TransferItem& item,
                      const api::TransferNews& news) {
  auto& file = record.files[news.index];
  if (const auto* digested = std::get_if<api::FileDigested>(&news.what)) {
    if (digested->size > kMaxFileBytes || digested->sha256.empty()) {
      return stop_transfer(step, std::move(record),
                           {ErrorCode::too_large, "a file is at most 2 GiB", 0});
    }
    file.size = digested->size;
    file.sha256 = digested->sha256;
    file.key = SecretBuffer(step.random().secret<32>().view());
    file.nonce = to_bytes(step.random().array<7>());
    save(step, record);
    return order_upload(step, record, news.index);
  }
  if (const auto* opened = std::get_if<api::UploadOpened>(&news.what)) {
    file.url = opened->url;
    save(step, record);
    return {};
  }
  if (!std::holds_alternative<api::TransferFinished>(news.what)) return {};
  if (file.url.empty()) return fail(ErrorCode::internal, "an upload without an address");
  file.uploaded = true;
  item.running = false;
  item.done_bytes = 0;
  item.attempts = 0;
  if (++item.index < record.files.size()) {
    save(step, record);
    return raise_transfer(step, record, api::TransferState::running);
  }
  return finish_upload(step, std::move(record));
}

void start_over(records::Transfer& record) {
  for (auto& file : record.files) {
    if (file.uploaded) continue;
    file.sha256.clear();
    file.key = SecretBuffer();
    file.nonce.clear();
    file.url.clear();
    file.size = record.outgoing ? 0 : file.size;
  }
}

}  // namespace parley::client
