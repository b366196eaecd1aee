// A MIMI content message (draft-ietf-mimi-content, towards -08): what one person
// says to another, independent of the service. This header has its parts and their
// bytes; make.h makes the messages a person sends, meaning.h says what a received
// one does.
//
// The bytes of a message are kept and forwarded as they came: its id and its
// franking tag are computed over them, so nothing may encode it again. decode()
// accepts deterministic CBOR only, hence decode → encode gives the same bytes.
// Plain values; free functions without state; nothing throws.
//
// Errors: too_large for more than limits::kMaxContentBytes; malformed, with the
// reason in the detail, for everything else that the draft or a limit below rules
// out. encode() checks the same rules and reports invalid_argument.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/ids.h"
#include "lib/base/limits.h"
#include "lib/base/random.h"

namespace parley::content {

// Of the draft.
inline constexpr int kMaxPartDepth = 4;
inline constexpr std::size_t kMaxExtensionNameBytes = 255;
inline constexpr std::size_t kMaxExtensionValueBytes = 4095;  // encoded
// Our own, so that a small message cannot become a large structure.
inline constexpr std::size_t kMaxParts = 64;
inline constexpr std::size_t kMaxExtensions = 32;

// Numbers without a name here (up to 255) are kept.
enum class Disposition : std::uint8_t {
  unspecified = 0,
  render = 1,
  reaction = 2,
  profile = 3,
  inline_ = 4,
  icon = 5,
  attachment = 6,
  session = 7,
  preview = 8,
};

enum class PartSemantics : std::uint8_t {
  choose_one = 0,   // the receiver takes the part it likes best
  single_unit = 1,  // all parts or nothing
  process_all = 2,  // as many as the receiver can
};

// AEADs of the IANA registry; 0xff01 is in its private range.
enum class EncryptionAlgorithm : std::uint16_t {
  none = 0,
  aes_128_gcm = 1,
  // Parley's for blobs above 16 MiB: 1 MiB chunks, each with its index and a final
  // flag under the AEAD.
  parley_chunked = 0xff01,
};

// Of the IANA Named Information registry.
enum class HashAlgorithm : std::uint8_t { none = 0, sha256 = 1 };

// No content: what remains after a delete or an unlike.
struct NullPart {
  friend bool operator==(const NullPart&, const NullPart&) = default;
};

struct SinglePart {
  std::string content_type{};
  Bytes content{};
  friend bool operator==(const SinglePart&, const SinglePart&) = default;
};

// Content at a URL. The key lives as long as the message that carries it, so it is
// no better protected than the message: plain bytes.
struct ExternalPart {
  std::string content_type{};
  std::string url{};
  std::uint32_t expires_s = 0;  // Unix seconds; 0: does not expire
  std::uint64_t size = 0;       // bytes; 0: not stated
  EncryptionAlgorithm encryption = EncryptionAlgorithm::none;
  Bytes key{};
  Bytes nonce{};
  Bytes aad{};
  HashAlgorithm hash = HashAlgorithm::none;
  Bytes content_hash{};  // of the bytes at the URL
  std::string description{};
  std::string filename{};
  friend bool operator==(const ExternalPart&, const ExternalPart&) = default;
};

struct NestedPart;

// At least two parts.
struct MultiPart {
  PartSemantics semantics = PartSemantics::choose_one;
  std::vector<NestedPart> parts;  // no initializer: NestedPart is not complete here
  friend bool operator==(const MultiPart& a, const MultiPart& b);
};

struct NestedPart {
  Disposition disposition = Disposition::unspecified;
  std::string language{};  // RFC 5646 tags, comma-separated, or empty
  std::variant<NullPart, SinglePart, ExternalPart, MultiPart> body{};
  friend bool operator==(const NestedPart&, const NestedPart&) = default;
};

inline bool operator==(const MultiPart& a, const MultiPart& b) {
  return a.semantics == b.semantics && a.parts == b.parts;
}

struct Expiry {
  bool relative = false;  // true: seconds after it was read; false: Unix seconds
  std::uint32_t time_s = 0;
  friend bool operator==(const Expiry&, const Expiry&) = default;
};

// Numbers above 0 are registered, negative numbers and text are private.
using ExtensionKey = std::variant<std::int64_t, std::string>;

inline const ExtensionKey kSenderUriExtension = std::int64_t{1};
inline const ExtensionKey kRoomUriExtension = std::int64_t{2};

struct Extension {
  ExtensionKey key;
  Bytes value;  // one deterministic CBOR value
  friend bool operator==(const Extension&, const Extension&) = default;
};

// In any order; encode() sorts them. A key occurs once.
class Extensions {
 public:
  void set(ExtensionKey key, Bytes value);
  void set_text(ExtensionKey key, std::string_view value);
  void set_bytes(ExtensionKey key, ByteView value);
  // Absent, or of another type: nothing.
  std::optional<std::string> text(const ExtensionKey& key) const;
  std::optional<Bytes> bytes(const ExtensionKey& key) const;
  const Bytes* find(const ExtensionKey& key) const;
  const std::vector<Extension>& all() const { return all_; }

  // Regardless of order.
  friend bool operator==(const Extensions& a, const Extensions& b);

 private:
  std::vector<Extension> all_;
};

using Salt = ByteArray<16>;

struct Message {
  Salt salt{};                          // random for each message
  std::optional<MessageId> replaces{};  // the first version of what this changes
  Bytes topic_id{};                     // empty: no topic
  std::optional<Expiry> expires{};
  std::optional<MessageId> in_reply_to{};  // exactly the version replied to
  Extensions extensions{};
  NestedPart body{};
  friend bool operator==(const Message&, const Message&) = default;
};

Result<Bytes> encode(const Message& message);
Result<Message> decode(ByteView bytes);

// 0x01 and 31 bytes of SHA-256 over both URIs, the message's bytes and its salt.
// `message` is the exact bytes, as sent or received. URIs up to 65,535 bytes.
MessageId message_id(std::string_view sender_uri, std::string_view room_uri, ByteView message,
                     const Salt& salt);

// The part with this index, counted depth first from 0; null if there is none.
// "cid:N@local.invalid" in a part refers to it. Borrows from `body`.
const NestedPart* part_at(const NestedPart& body, std::size_t index);
std::size_t count_parts(const NestedPart& body);

// sender_mismatch unless extensions 1 and 2 are exactly these: what the channel
// authenticated. Every receiver checks this before it shows a message.
Status check_origin(const Message& message, std::string_view sender_uri, std::string_view room_uri);

}  // namespace parley::content
