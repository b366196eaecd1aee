// The draft's own example messages (tests/data/mimi-content): an outside oracle for
// the codec and for message ids.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "lib/base/encoding.h"
#include "lib/content/make.h"
#include "lib/content/meaning.h"
#include "lib/content/message.h"

namespace parley::content {
namespace {

const std::string kFolder = "tests/data/mimi-content/";

Bytes read_file(const std::string& name) {
  std::FILE* file = std::fopen((kFolder + name).c_str(), "rb");
  if (file == nullptr) return {};
  Bytes bytes(64 * 1024);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  return bytes;
}

struct Example {
  std::string name;
  std::string id;  // as the draft states it
  Bytes bytes;
};

std::vector<Example> examples() {
  std::vector<Example> all;
  const Bytes table = read_file("ids.txt");
  for (std::string_view rest = as_text(table); !rest.empty();) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    const auto space = line.find(' ');
    const std::string name(line.substr(0, space));
    all.push_back({name, std::string(line.substr(space + 1)), read_file(name + ".cbor")});
    rest.remove_prefix(end + 1);
  }
  return all;
}

Message example(const std::string& name) {
  auto message = decode(read_file(name + ".cbor"));
  EXPECT_TRUE(message) << name;
  return message ? *message : Message{};
}

TEST(Examples, AreAllThere) { EXPECT_EQ(examples().size(), 14u); }

TEST(Examples, DecodeAndEncodeToTheSameBytes) {
  for (const auto& [name, id, bytes] : examples()) {
    const auto message = decode(bytes);
    ASSERT_TRUE(message) << name << ": " << message.error().detail;
    const auto again = encode(*message);
    ASSERT_TRUE(again) << name << ": " << again.error().detail;
    EXPECT_EQ(*again, bytes) << name;
  }
}

TEST(Examples, HaveTheIdsThatTheDraftStates) {
  for (const auto& [name, id, bytes] : examples()) {
    const auto message = decode(bytes);
    ASSERT_TRUE(message) << name;
    const auto sender = message->extensions.text(kSenderUriExtension);
    const auto room = message->extensions.text(kRoomUriExtension);
    ASSERT_TRUE(sender && room) << name;
    EXPECT_EQ(hex_encode(message_id(*sender, *room, bytes, message->salt).view()), id) << name;
  }
}

TEST(Examples, AreRefusedWhenCutOffAnywhere) {
  for (const auto& [name, id, bytes] : examples()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode(ByteView(bytes).first(size))) << name << " at " << size;
    }
  }
}

TEST(Examples, MeanWhatTheDraftSays) {
  const MessageId original = *MessageId::from(
      *hex_decode("017ce54837404c3696e0c747b985cb172716d0ed0a3d249ca63ace7d82a096f4"));
  const MessageId reply = *MessageId::from(
      *hex_decode("015354973c2b65ca937bf1e035ae53a5ab80e947afa43d46920d4202e5cc0b27"));
  const MessageId reaction = *MessageId::from(
      *hex_decode("0158c4288911e50a8f6be3f47746b6682f10fd91bc8c05557aa589a3157aff68"));

  Meaning meaning = interpret(example("original"));
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_TRUE(meaning.is_markdown);
  EXPECT_EQ(meaning.text, "Hi everyone, we just shipped release 2.0. __Good  work__!");
  EXPECT_EQ(meaning.in_reply_to, std::nullopt);

  meaning = interpret(example("reply"));
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_EQ(meaning.in_reply_to, original);
  EXPECT_EQ(meaning.text, "Right on! _Congratulations_ 'all!");

  meaning = interpret(example("reaction"));
  EXPECT_EQ(meaning.action, Action::reaction);
  EXPECT_EQ(meaning.in_reply_to, original);
  EXPECT_EQ(meaning.text, "\xe2\x9d\xa4");

  meaning = interpret(example("unlike"));
  EXPECT_EQ(meaning.action, Action::reaction_removal);
  EXPECT_EQ(meaning.replaces, reaction);

  meaning = interpret(example("edit"));
  EXPECT_EQ(meaning.action, Action::edit);
  EXPECT_EQ(meaning.replaces, reply);
  EXPECT_EQ(meaning.text, "Right on! _Congratulations_ y'all!");

  meaning = interpret(example("delete"));
  EXPECT_EQ(meaning.action, Action::deletion);
  EXPECT_EQ(meaning.replaces, reply);

  meaning = interpret(example("expiring"));
  EXPECT_EQ(meaning.action, Action::post);
  EXPECT_EQ(meaning.expires, (Expiry{.relative = false, .time_s = 1644390004}));

  meaning = interpret(example("mention-html"));
  EXPECT_EQ(meaning.action, Action::unsupported);
}

TEST(Examples, NameTheirAttachments) {
  const Meaning meaning = interpret(example("attachment"));
  EXPECT_EQ(meaning.action, Action::post);
  ASSERT_EQ(meaning.attachments.size(), 1u);
  const Attachment& attachment = meaning.attachments[0];
  EXPECT_EQ(attachment.disposition, Disposition::attachment);
  EXPECT_EQ(attachment.file.content_type, "video/mp4");
  EXPECT_EQ(attachment.file.url, "https://example.com/storage/8ksB4bSrrRE.mp4");
  EXPECT_EQ(attachment.file.size, 708234961u);
  EXPECT_EQ(attachment.file.encryption, EncryptionAlgorithm::aes_128_gcm);
  EXPECT_EQ(attachment.file.hash, HashAlgorithm::sha256);
  EXPECT_EQ(attachment.file.filename, "bigfile.mp4");
  EXPECT_EQ(attachment.plaintext_sha256, std::nullopt);
}

TEST(Examples, NumberTheirPartsDepthFirst) {
  const Message message = example("multipart-3");
  EXPECT_EQ(count_parts(message.body), 11u);
  const NestedPart* gif = part_at(message.body, 5);
  ASSERT_NE(gif, nullptr);
  EXPECT_EQ(gif->disposition, Disposition::inline_);
  EXPECT_EQ(std::get<SinglePart>(gif->body).content_type, "image/gif");
  EXPECT_EQ(std::get<SinglePart>(part_at(message.body, 10)->body).content_type, "image/png");
  EXPECT_EQ(part_at(message.body, 11), nullptr);
}

}  // namespace
}  // namespace parley::content
