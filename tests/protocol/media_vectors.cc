// Files: padded sizes and the chunked encryption of docs/protocol/media.md, which is computed
// here from its description.
#include "lib/crypto/cipher.h"
#include "tests/protocol/vectors.h"

namespace parley::vectors {
namespace {

constexpr std::size_t kChunkBytes = 1'048'576;

unsigned floor_log2(std::uint64_t value) {
  unsigned result = 0;
  while (value >>= 1) ++result;
  return result;
}

std::uint64_t padded_size(std::uint64_t size) {
  constexpr std::uint64_t kSmallest = 1024;
  if (size <= kSmallest) return kSmallest;
  const unsigned exponent = floor_log2(size);
  const std::uint64_t mask = (std::uint64_t{1} << (exponent - floor_log2(exponent) - 1)) - 1;
  return (size + mask) & ~mask;
}

Bytes sealed_chunks(ByteView key, ByteView prefix, ByteView padded) {
  Bytes out;
  for (std::size_t at = 0, index = 0; at < padded.size(); at += kChunkBytes, ++index) {
    const ByteView chunk = padded.subspan(at, std::min(kChunkBytes, padded.size() - at));
    Bytes nonce = to_bytes(prefix);
    for (int shift = 24; shift >= 0; shift -= 8) {
      nonce.push_back(static_cast<std::uint8_t>(index >> shift));
    }
    nonce.push_back(at + kChunkBytes >= padded.size() ? 1 : 0);
    append(out, crypto::aes_gcm_encrypt(key, nonce, {}, chunk));
  }
  return out;
}

// Byte i of the file is i modulo 251.
Json file_of(std::size_t size, std::string_view name) {
  Bytes file(size);
  for (std::size_t i = 0; i < size; ++i) file[i] = static_cast<std::uint8_t>(i % 251);
  const auto key = drawn(std::string(name) + " key");
  const auto prefix = drawn_first<7>(std::string(name) + " nonce");
  const auto plaintext_hash = crypto::sha256(file);
  file.resize(padded_size(size), 0);
  const Bytes sealed = sealed_chunks(key, prefix, file);
  Json json = Json::object();
  json.add("name", name).add("size", static_cast<std::int64_t>(size));
  json.add("key", key).add("nonce", prefix);
  json.add("plaintext_sha256", plaintext_hash);
  json.add("padded_size", static_cast<std::int64_t>(file.size()));
  json.add("sealed_size", static_cast<std::int64_t>(sealed.size()));
  json.add("content_hash", crypto::sha256(sealed));
  json.add("first_bytes", ByteView(sealed).first(48));
  json.add("last_bytes", ByteView(sealed).last(48));
  return json;
}

}  // namespace

Json media() {
  Json sizes = Json::array();
  for (const std::int64_t size :
       {0, 1, 1024, 1025, 1'500'000, 16'777'216, 16'777'217, 2'147'483'647}) {
    Json one = Json::object();
    one.add("size", size);
    one.add("padded", static_cast<std::int64_t>(padded_size(static_cast<std::uint64_t>(size))));
    sizes.push(std::move(one));
  }
  Json files = Json::array();
  files.push(file_of(5, "small file"));
  files.push(file_of(1'048'576, "file of exactly one chunk"));
  files.push(file_of(2'500'000, "file of three chunks"));
  Json json = Json::object();
  json.add("file_bytes_text", "byte i of each file is i modulo 251");
  json.add("padded_sizes", std::move(sizes));
  json.add("files", std::move(files));
  return json;
}

}  // namespace parley::vectors
