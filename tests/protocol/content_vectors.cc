// What lies inside a ciphertext: padding, MIMI content, franking.
#include <algorithm>

#include "hub/engine/franking.h"
#include "lib/content/make.h"
#include "lib/content/padding.h"
#include "lib/franking/franking.h"
#include "proto/e2e.h"
#include "tests/protocol/vectors.h"

namespace parley::vectors {
namespace {

using content::Message;

content::Origin origin(std::string_view salt_of) {
  return {alice_uri(), room_uri(), drawn_first<16>(salt_of)};
}

Bytes envelope_of(const Bytes& mimi, const Bytes& franking_key) {
  wire::e2e::Content inside;
  inside.franking_key = franking_key;
  inside.mimi_content = mimi;
  wire::e2e::Envelope envelope;
  envelope.body = std::move(inside);
  return wire::encode(envelope);
}

Bytes tag_of(const Bytes& mimi, const Bytes& key) {
  return to_bytes(franking::make_tag(key, {alice_uri(), bob_uri(), conversation(), mimi}));
}

struct Made {
  MessageId id;
  Json json;
};

// All are by Alice, in the conversation with Bob.
Made made(std::string_view name, std::string_view about, const Message& message,
          bool is_report = false) {
  const Bytes mimi = must(content::encode(message));
  const MessageId id = content::message_id(alice_uri(), room_uri(), mimi, message.salt);
  Json json = Json::object();
  json.add("name", name).add("about", about).add("salt", message.salt);
  json.add("mimi_content", mimi).add("message_id", id.view());
  const Bytes key = is_report ? Bytes{} : to_bytes(drawn("franking key of " + std::string(name)));
  json.add("franking_key", key);
  json.add("franking_tag", is_report ? Bytes{} : tag_of(mimi, key));
  json.add("envelope", envelope_of(mimi, key));
  return {id, std::move(json)};
}

content::ExternalPart a_file() {
  content::ExternalPart file;
  file.content_type = "image/png";
  file.url = "https://media.nordlys.example/f/3q2r";
  file.expires_s = static_cast<std::uint32_t>(kNow_s + 30 * 86'400);
  file.size = 1'500'000;
  file.encryption = content::EncryptionAlgorithm::parley_chunked;
  file.key = to_bytes(drawn("file key"));
  file.nonce = to_bytes(drawn_first<7>("file nonce"));
  file.hash = content::HashAlgorithm::sha256;
  file.content_hash = to_bytes(drawn("hash of the ciphertext"));
  file.description = "a boat";
  file.filename = "boat.png";
  return file;
}

Json refused(std::string_view why, Bytes bytes) {
  if (content::decode(bytes)) std::exit(1);
  Json json = Json::object();
  json.add("why", why).add("mimi_content", bytes);
  return json;
}

Json what_is_refused(const Bytes& good) {
  Json all = Json::array();
  Bytes bytes = good;
  bytes.push_back(0);
  all.push(refused("bytes behind the message", bytes));
  bytes = good;
  bytes[0] = 0x9f;
  bytes.push_back(0xff);
  all.push(refused("an array of indefinite length", bytes));
  bytes = good;
  bytes[0] = 0x86;
  all.push(refused("six fields", bytes));
  bytes = good;
  bytes.erase(bytes.begin());
  bytes.insert(bytes.begin(), {0x98, 0x07});
  all.push(refused("an array's count in a longer form than needed", bytes));
  bytes = good;
  bytes[1] = 0x4f;
  bytes.erase(bytes.begin() + 2);
  all.push(refused("a salt of 15 bytes", bytes));
  // Behind head, salt, four fields and the map's head stands the first key.
  constexpr std::size_t kFirstKey = 1 + 17 + 4 + 1;
  bytes = good;
  bytes[kFirstKey] = 0x02;
  all.push(refused("a map key twice", bytes));
  bytes[kFirstKey] = 0x03;
  all.push(refused("map keys out of order", bytes));
  bytes = good;
  const std::string_view type = "text/markdown";
  *std::search(bytes.begin(), bytes.end(), type.begin(), type.end()) = 0xff;
  all.push(refused("a content type that is not UTF-8", bytes));
  return all;
}

}  // namespace

Greeting greeting() {
  Greeting out;
  out.content = must(content::encode(content::make_text(origin("salt of text"), "hello")));
  out.franking_key = to_bytes(drawn("franking key of text"));
  out.tag = tag_of(out.content, out.franking_key);
  out.envelope = envelope_of(out.content, out.franking_key);
  return out;
}

Json padding() {
  Json lengths = Json::array();
  for (const std::int64_t size : {0, 1, 255, 256, 1023, 1024, 4095, 4096, 8191, 8192, 65'536}) {
    Json one = Json::object();
    one.add("length", size);
    one.add("padded",
            static_cast<std::int64_t>(content::padded_size(static_cast<std::size_t>(size))));
    lengths.push(std::move(one));
  }
  Bytes few_zeros = to_bytes(as_bytes("hello"));
  append(few_zeros, Bytes{0x80, 0, 0});
  Json refused_ones = Json::array();
  for (const Bytes& bytes : {Bytes{}, Bytes(256, 0), Bytes{0x68, 0x69}}) {
    if (content::unpad(bytes)) std::exit(1);
    refused_ones.push(Json::hex(bytes));
  }
  Json json = Json::object();
  json.add("lengths", std::move(lengths));
  json.add("plaintext", as_bytes("hello"));
  json.add("padded", content::pad(to_bytes(as_bytes("hello"))));
  json.add("accepted_too", few_zeros);
  json.add("refused", std::move(refused_ones));
  return json;
}

Json content() {
  Json all = Json::array();
  const auto add = [&](std::string_view name, std::string_view about, const Message& message,
                       bool is_report = false) {
    Made one = made(name, about, message, is_report);
    all.push(std::move(one.json));
    return one.id;
  };
  const auto text = add("text", "hello", content::make_text(origin("salt of text"), "hello"));
  add("plain text", "gr\xc3\xbc\xc3\x9f dich, as text/plain",
      content::make_text(origin("salt of plain text"), "gr\xc3\xbc\xc3\x9f dich",
                         content::kPlainText));
  add("reply", "to the first", content::make_reply(origin("salt of reply"), text, "indeed"));
  const auto reaction =
      add("reaction", "to the first",
          content::make_reaction(origin("salt of reaction"), text, "\xe2\x9d\xa4"));
  add("reaction removal", "of the reaction",
      content::make_reaction_removal(origin("salt of removal"), reaction, text));
  add("edit", "of the first", content::make_edit(origin("salt of edit"), text, "hello, Bob"));
  add("delete", "of the first", content::make_deletion(origin("salt of delete"), text));
  Message expiring = content::make_text(origin("salt of expiry"), "for a minute");
  expiring.expires = content::Expiry{true, 60};
  add("expiry", "60 seconds after reading", expiring);
  add("file", "chunked, with the hash of the file itself",
      content::make_attachment(origin("salt of file"), a_file(), drawn("hash of the file")));
  const content::ReportedStatus statuses[] = {{text, content::DeliveryStatus::delivered},
                                              {reaction, content::DeliveryStatus::read}};
  add("report", "the first delivered, another read; no tag, no franking key",
      content::make_status_report(origin("salt of report"), statuses), true);

  Json json = Json::object();
  json.add("sender_uri", alice_uri()).add("recipient_uri", bob_uri());
  json.add("room_uri", room_uri()).add("conversation_id", conversation().view());
  json.add("messages", std::move(all));
  json.add("refused", what_is_refused(greeting().content));
  return json;
}

Json franking() {
  const Greeting said = greeting();
  hub::StampKeys keys(days(7), days(90));
  std::vector<hub::StampKey> known;
  known.push_back({3, Secret<32>(drawn("stamp key")), Time{0}});
  keys.restore(std::move(known));
  const AcceptedAt accepted{kNow_s * 1'000'000 + 123};
  Json json = Json::object();
  json.add("franking_key", said.franking_key);
  json.add("sender_uri", alice_uri()).add("recipient_uri", bob_uri());
  json.add("conversation_id", conversation().view());
  json.add("mimi_content", said.content).add("franking_tag", said.tag);
  json.add("stamp_key", drawn("stamp key")).add("stamp_key_id", std::int64_t{3});
  json.add("sender_account_id", kAlice.view()).add("recipient_account_id", kBob.view());
  json.add("accepted_at_us", accepted.value);
  json.add("stamp", keys.stamp({said.tag, kAlice, kBob, conversation(), accepted}));
  return json;
}

}  // namespace parley::vectors
