// Uploads of this hub's accounts: docs/protocol/media.md, section 3.1.
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <charconv>

#include "hub/net/clock.h"
#include "hub/net/media_request.h"

namespace parley::hub {
namespace {

namespace http = boost::beast::http;

constexpr char kOffset[] = "Upload-Offset";
constexpr char kLength[] = "Upload-Length";
constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// While it lives nobody else writes to this upload.
class Turn {
 public:
  Turn(std::set<std::string>& taken, const std::string& id)
      : taken_(taken), id_(id), mine_(taken.insert(id).second) {}
  ~Turn() {
    if (mine_) taken_.erase(id_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool mine() const { return mine_; }

 private:
  std::set<std::string>& taken_;
  std::string id_;
  bool mine_;
};

}  // namespace

Task<void> MediaSession::begin_upload() {
  const auto who = co_await caller();
  if (!who) co_return co_await refuse(who.error());
  const auto length = number(field(kLength));
  if (!length)
    co_return co_await refuse(ErrorCode::invalid_argument, "Upload-Length: bytes of ciphertext");
  const auto create = [owner = who->account, length = *length, now = wall_now()](
                          MediaStore& store) { return store.create(owner, length, now); };
  const auto media = co_await on_disk(create);
  if (!media) co_return co_await refuse(media.error());
  Fields fields;
  fields.emplace_back("Location", "/v1/media/" + media->id);
  fields.emplace_back(kOffset, "0");
  co_await answer(201, std::move(fields));
}

Task<Result<MediaInfo>> MediaSession::own_media(std::string id) {
  const auto who = co_await caller();
  if (!who) co_return fail(who.error());
  co_return co_await media_of(who->account, std::move(id));
}

// A file of somebody else looks like none.
Task<Result<MediaInfo>> MediaSession::media_of(AccountId owner, std::string id) {
  const auto find = [id](MediaStore& store) { return store.find(id); };
  auto media = co_await on_disk(find);
  if (media && media->owner != owner) co_return fail(ErrorCode::not_found);
  co_return media;
}

Task<void> MediaSession::take_upload(std::string id) {
  const auto who = co_await caller();
  if (!who) co_return co_await refuse(who.error());
  // Before the offset is looked up: nobody moves it from then on.
  const Turn turn(services_.uploading, id);
  const auto media = co_await media_of(who->account, id);
  if (!media) co_return co_await refuse(media.error());
  Fields now;
  now.emplace_back(kOffset, std::to_string(media->offset));
  const auto announced = head_->content_length();
  const auto offset = number(field(kOffset));
  std::optional<Error> problem;
  if (!offset) {
    problem = Error{ErrorCode::invalid_argument, "Upload-Offset: where these bytes begin", 0};
  } else if (field(http::field::content_type) != "application/offset+octet-stream") {
    problem =
        Error{ErrorCode::invalid_argument, "Content-Type: application/offset+octet-stream", 0};
  } else if (!turn.mine() || *offset != media->offset || media->complete()) {
    problem = Error{ErrorCode::out_of_place, "go on at Upload-Offset", 0};
  } else if (announced && *announced > media->length - media->offset) {
    problem = Error{ErrorCode::too_large, "more than Upload-Length", 0};
  }
  if (problem) co_return co_await refuse(*problem, now);
  const auto open = [media = *media](MediaStore& store) { return store.open_for_writing(media); };
  const auto file = co_await on_disk(open);
  if (!file) co_return co_await refuse(file.error(), now);
  const Status taken = co_await take_body(*media, *file);
  const auto find = [id](MediaStore& store) { return store.find(id); };
  const auto after = co_await on_disk(find);
  Fields then;
  if (after) then.emplace_back(kOffset, std::to_string(after->offset));
  if (!taken) co_return co_await refuse(taken.error(), std::move(then));
  co_await answer(204, std::move(then));
}

Task<Status> MediaSession::settle(const MediaInfo& media, std::shared_ptr<MediaFile> file,
                                  std::uint64_t offset) {
  const auto keep = [id = media.id, file, offset, now = wall_now()](MediaStore& store) -> Status {
    PARLEY_CHECK(file->sync());
    return store.advance(id, offset, now);
  };
  co_return co_await on_disk(keep);
}

Task<Status> MediaSession::take_body(MediaInfo media, std::shared_ptr<MediaFile> file) {
  if (field(http::field::expect) == "100-continue") {
    const bool written = co_await write(kContinue, sizeof kContinue - 1);
    if (!written) co_return fail(ErrorCode::malformed, "the connection ended");
  }
  http::request_parser<http::buffer_body> parser(std::move(*head_));
  parser.body_limit(boost::none);
  std::uint64_t at = media.offset, settled = at;
  Status result;
  while (result && !parser.is_done()) {
    const auto piece = std::make_shared<Bytes>(kMediaPieceBytes);
    parser.get().body().data = piece->data();
    parser.get().body().size = piece->size();
    wait_at_most(services_.limits.stall);
    auto [error, read] = co_await http::async_read(transport_, buffer_, parser, kTuple);
    if (error && error != http::error::need_buffer) {
      result = fail(ErrorCode::malformed, "the body ended early");
    }
    piece->resize(kMediaPieceBytes - parser.get().body().size);
    if (at + piece->size() > media.length) {
      result = fail(ErrorCode::too_large, "more than Upload-Length");
      break;
    }
    if (piece->empty()) continue;
    const auto store_piece = [file, piece, at](MediaStore&) {
      const Status stored = file->write(at, *piece);
      if (!stored) file->cut(at);
      return stored;
    };
    const Status written = co_await on_disk(store_piece);
    if (!written) {
      result = written;
      break;
    }
    at += piece->size();
    if (at - settled < kMediaSyncBytes) continue;
    settled = at;
    const Status kept = co_await settle(media, file, at);
    if (!kept) co_return kept;
  }
  // What came is kept, also where the connection broke; a piece that the disk refused is not.
  const Status kept = co_await settle(media, file, at);
  if (result && !kept) result = kept;
  co_return result;
}

// Of a whole file everybody who knows its id may know the size.
Task<void> MediaSession::tell_upload(std::string id) {
  const auto find = [id](MediaStore& store) { return store.find(id); };
  const auto found = co_await on_disk(find);
  if (found && found->complete()) co_return co_await download(std::move(id), true);
  const auto media = co_await own_media(id);
  if (!media) co_return co_await refuse(media.error());
  Fields fields;
  fields.emplace_back(kOffset, std::to_string(media->offset));
  fields.emplace_back(kLength, std::to_string(media->length));
  co_await answer(200, std::move(fields));
}

Task<void> MediaSession::remove(std::string id) {
  const auto media = co_await own_media(id);
  if (!media) co_return co_await refuse(media.error());
  const auto erase = [id](MediaStore& store) { return store.remove(id); };
  const Status removed = co_await on_disk(erase);
  if (!removed) co_return co_await refuse(removed.error());
  Fields none;
  co_await answer(204, std::move(none));
}

}  // namespace parley::hub
