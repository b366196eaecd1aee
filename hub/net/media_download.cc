// Files of this hub's people, for whoever has their address: docs/protocol/media.md, section 3.
#include "hub/net/media_request.h"
#include "hub/net/media_url.h"

namespace parley::hub {
namespace {
namespace http = boost::beast::http;
}

Task<void> MediaSession::download(std::string id, bool head_only) {
  const auto find = [id](MediaStore& store) { return store.find(id); };
  const auto media = co_await on_disk(find);
  if (!media) co_return co_await refuse(media.error());
  // A part of a file is nobody's business.
  if (!media->complete()) co_return co_await refuse(ErrorCode::not_found);
  ByteRange range{0, media->length - 1};
  Fields fields;
  fields.emplace_back("Accept-Ranges", "bytes");
  fields.emplace_back("ETag", "\"" + id + "\"");
  if (head_only) {
    // Whoever uploads learns that nothing is missing.
    fields.emplace_back("Upload-Offset", std::to_string(media->length));
    fields.emplace_back("Upload-Length", std::to_string(media->length));
  }
  const std::string asked = field(http::field::range);
  if (!asked.empty()) {
    const auto parsed = parse_range(asked, media->length);
    if (!parsed) {
      fields.emplace_back("Content-Range", "bytes */" + std::to_string(media->length));
      co_return co_await answer(416, std::move(fields));
    }
    range = *parsed;
    fields.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                             std::to_string(range.last) + "/" +
                                             std::to_string(media->length));
  }
  fields.emplace_back("Content-Type", "application/octet-stream");
  fields.emplace_back("Content-Disposition", "attachment");
  fields.emplace_back("Content-Length", std::to_string(range.last - range.first + 1));
  const auto open = [media = *media](MediaStore& store) { return store.open_for_reading(media); };
  const auto file = co_await on_disk(open);
  if (!file) co_return co_await refuse(file.error());
  const bool begun = co_await begin_answer(asked.empty() ? 200 : 206, std::move(fields));
  if (begun && !head_only) co_await send_file(*file, range.first, range.last + 1);
}

Task<void> MediaSession::send_file(std::shared_ptr<MediaFile> file, std::uint64_t first,
                                   std::uint64_t end) {
  while (first < end) {
    const std::size_t most = std::min<std::uint64_t>(kMediaPieceBytes, end - first);
    const auto read = [file, first, most](MediaStore&) { return file->read(first, most); };
    const auto piece = co_await on_disk(read);
    // A file that is gone midway ends the connection before its length.
    if (!piece || piece->empty()) co_return abort();
    const bool written = co_await write(piece->data(), piece->size());
    if (!written) co_return abort();
    first += piece->size();
  }
}

}  // namespace parley::hub
