// What other people's content does to the history, also where it breaks the rules.
#include "client/engine/apply_content.h"

#include <gtest/gtest.h>

#include "client/engine/evidence.h"
#include "client/engine/history.h"
#include "client/engine/removal.h"
#include "lib/content/make.h"
#include "lib/content/uri.h"
#include "lib/crypto/system_random.h"

namespace parley::client {
namespace {

using Proofs = std::vector<records::Evidence>;

constexpr int kMaxTries = 20;

class Content : public ::testing::Test {
 protected:
  Content() {
    records::Account account;
    account.registered = true;
    account.handle = "alice";
    account.account_id = alice_.to_bytes();
    account.hub_id = hub_.to_bytes();
    store({RecordKind::account, {}}, wire::encode_secret(account));
    for (const AccountId& peer : {bob_, carol_}) {
      records::Contact contact;
      contact.account_id = peer.to_bytes();
      contact.handle = peer == bob_ ? "bob" : "carol";
      contact.accepted = true;
      store({RecordKind::contact, id_key(peer.view())}, wire::encode_secret(contact));
    }
  }

  content::Origin origin() { return {"mimi://hub/u/x", "mimi://hub/r/x", random_.array<16>()}; }
  // As if it had been decrypted from `writer` and checked.
  MessageId arrives(const AccountId& writer, const content::Message& message) {
    ArrivedContent arrived;
    arrived.mimi_content = *content::encode(message);
    arrived.id =
        content::message_id("mimi://hub/u/x", "mimi://hub/r/x", arrived.mimi_content, message.salt);
    arrived.writer = writer;
    arrived.peer = writer;
    arrived.accepted_at_us = ++clock_;
    arrived.franking_key = Bytes(32, 1);
    arrived.franking_tag = Bytes(32, 2);
    arrived.stamp = channel::FrankingStamp{1, Bytes(32, 3)};
    arrived.device_id = 1;
    const Status applied = run([&](Step& step) { return apply_content(step, arrived, message); });
    EXPECT_TRUE(applied) << applied.error().detail;
    return arrived.id;
  }
  std::optional<records::Message> shown(const MessageId& id) {
    std::optional<records::Message> message;
    const Status read = run([&](Step& step) -> Status {
      PARLEY_TRY(placed, load_message(step, id));
      if (placed) message = placed->message;
      return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
    return message;
  }
  // Of the list of chats.
  std::string preview(const AccountId& peer) {
    std::string text;
    const Status read = run([&](Step& step) -> Status {
      PARLEY_TRY(conversation, conversation_with(step, peer));
      PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, id_key(conversation.view())));
      if (chat) text = chat->preview;
      return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
    return text;
  }
  // For this device only.
  void is_removed(const AccountId& peer, const MessageId& id) {
    auto command = std::make_shared<api::Command>();
    command->id = 1;
    api::RemoveMessage request;
    request.chat = api::Peer{.handle = {}, .account_id = peer.to_bytes()};
    request.message_id = id.to_bytes();
    const Status removed = run([&](Step& step) { return remove_message(step, command, request); });
    EXPECT_TRUE(removed) << removed.error().detail;
  }
  std::uint32_t unread(const AccountId& peer) {
    std::uint32_t count = 0;
    const Status read = run([&](Step& step) -> Status {
      PARLEY_TRY(conversation, conversation_with(step, peer));
      PARLEY_TRY(chat, step.get<records::Chat>(RecordKind::chat, id_key(conversation.view())));
      if (chat) count = chat->unread;
      return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
    return count;
  }
  Proofs evidence(const AccountId& peer) {
    Proofs found;
    const Status read = run([&](Step& step) -> Status {
      PARLEY_TRY(kept, evidence_with(step, peer));
      found = std::move(kept);
      return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
    return found;
  }
  // Whatever the records are, and the chat's own count of them.
  std::size_t stored_evidence() const {
    std::size_t count = 0;
    for (const auto& [id, value] : stored_) {
      count += id.kind == RecordKind::evidence && value ? 1 : 0;
    }
    return count;
  }
  std::size_t stored_evidence_bytes() const {
    std::size_t bytes = 0;
    for (const auto& [id, value] : stored_) {
      if (id.kind == RecordKind::evidence && value) bytes += value->size();
    }
    return bytes;
  }
  std::size_t evidence_times() const {
    std::size_t count = 0;
    for (const auto& [id, value] : stored_) {
      count += id.kind == RecordKind::evidence_until && value ? 1 : 0;
    }
    return count;
  }
  void is_cleaned_after(Duration time) {
    clock_ += time.ms * 1000;
    const Status cleaned = run([&](Step& step) -> Status {
      PARLEY_CHECK(clean_evidence(step));
      return {};
    });
    EXPECT_TRUE(cleaned) << cleaned.error().detail;
  }
  std::uint32_t orphans() {
    std::uint32_t count = 0;
    const Status read = run([&](Step& step) -> Status {
      PARLEY_TRY(account, step.account());
      count = account->orphans;
      return {};
    });
    EXPECT_TRUE(read) << read.error().detail;
    return count;
  }
  void expires(const MessageId& id) {
    const Status erased = run([&](Step& step) -> Status {
      PARLEY_TRY(placed, load_message(step, id));
      return placed ? erase_message(step, *placed) : Status{};
    });
    EXPECT_TRUE(erased) << erased.error().detail;
  }

 private:
  // With the store that a step asks.
  template <typename Work>
  Status run(Work work) {
    RecordCache cache;
    ScanResults scans;
    LiveState live;
    std::optional<OpenedDelivery> opened;
    for (int i = 0; i < kMaxTries; ++i) {
      Step step(Time{clock_ / 1000}, cache, scans, live, random_, opened);
      const Status done = work(step);
      if (!step.is_loading()) {
        step.finish();
        for (auto& [id, value] : step.written()) stored_[id] = value;
        return done;
      }
      for (const RecordId& id : step.missing()) cache.put(id, stored_[id]);
      for (const Scan& scan : step.missing_scans()) scans[scan] = scanned(scan);
    }
    return fail(ErrorCode::internal, "it goes on loading");
  }
  std::vector<ScannedRecord> scanned(const Scan& scan) {
    std::vector<ScannedRecord> found;
    for (const auto& [id, value] : stored_) {
      const bool fits = id.kind == scan.kind && value != nullptr &&
                        as_text(id.key).starts_with(as_text(scan.prefix));
      if (fits) found.push_back({id.key, value});
    }
    if (scan.descending) std::reverse(found.begin(), found.end());
    return found;
  }
  void store(RecordId id, SecretBuffer value) {
    stored_[std::move(id)] = std::make_shared<const SecretBuffer>(std::move(value));
  }

 protected:
  crypto::SeededRandom random_{7};
  HubId hub_ = *HubId::from(to_bytes(random_.array<16>()));
  AccountId alice_ = *AccountId::from(to_bytes(random_.array<16>()));
  AccountId bob_ = *AccountId::from(to_bytes(random_.array<16>()));
  AccountId carol_ = *AccountId::from(to_bytes(random_.array<16>()));

 private:
  std::map<RecordId, RecordValue> stored_;
  std::int64_t clock_ = 1'700'000'000'000'000;
};

content::ExternalPart some_file() {
  content::ExternalPart file;
  file.content_type = "image/png";
  file.url = "https://hub.example/v1/media/x";
  file.size = 10;
  file.encryption = content::EncryptionAlgorithm::parley_chunked;
  file.key = Bytes(32, 1);
  file.nonce = Bytes(7, 2);
  file.content_hash = Bytes(32, 3);
  file.filename = "cat.png";
  return file;
}

TEST_F(Content, AFileNameThatIsTooLongIsCutBetweenCharacters) {
  content::ExternalPart file = some_file();
  file.filename.clear();
  for (int i = 0; i < 100; ++i) file.filename += "\u732b";  // three bytes
  const auto message = shown(arrives(bob_, content::make_attachment(origin(), file, {})));
  ASSERT_TRUE(message);
  ASSERT_EQ(message->files.size(), 1u);
  EXPECT_EQ(message->files[0].filename, file.filename.substr(0, 255));
  EXPECT_FALSE(message->unsupported);
}

TEST_F(Content, AFileWhoseFieldsFitNoRecordIsNotSupportedAndStaysReadable) {
  for (const auto& spoil : std::vector<std::function<void(content::ExternalPart&)>>{
           [](auto& file) { file.content_type = "image/" + std::string(200, 'x'); },
           [](auto& file) { file.url = "https://hub.example/" + std::string(3'000, 'x'); },
           [](auto& file) { file.key = Bytes(100, 1); },
           [](auto& file) { file.nonce = Bytes(40, 1); },
           [](auto& file) { file.aad = Bytes(2'000, 1); },
           [](auto& file) { file.content_hash = Bytes(20, 1); }}) {
    content::ExternalPart file = some_file();
    spoil(file);
    const auto made = content::make_attachment(origin(), file, {});
    if (!content::encode(made)) continue;
    const auto message = shown(arrives(bob_, made));
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->unsupported);
    EXPECT_TRUE(message->files.empty());
  }
}

TEST_F(Content, AChangeThatComesEarlyIsAppliedInItsOwnChatOnly) {
  const content::Message text = content::make_text(origin(), "hello");
  const MessageId id =
      content::message_id("mimi://hub/u/x", "mimi://hub/r/x", *content::encode(text), text.salt);
  arrives(carol_, content::make_reaction(origin(), id, "\U0001f44e"));
  arrives(bob_, content::make_reaction(origin(), id, "\U0001f44d"));
  EXPECT_EQ(arrives(bob_, text), id);
  const auto message = shown(id);
  ASSERT_TRUE(message);
  ASSERT_EQ(message->reactions.size(), 1u);
  EXPECT_EQ(message->reactions[0].account_id, bob_.to_bytes());
}

TEST_F(Content, AReactionIsTakenBackByItsName) {
  const MessageId id = arrives(bob_, content::make_text(origin(), "hello"));
  const MessageId first = arrives(bob_, content::make_reaction(origin(), id, "\U0001f44d"));
  const MessageId second = arrives(bob_, content::make_reaction(origin(), id, "\u2764"));
  arrives(bob_, content::make_reaction_removal(origin(), first, id));
  ASSERT_EQ(shown(id)->reactions.size(), 1u) << "the newer one stays";
  arrives(bob_, content::make_reaction_removal(origin(), second, id));
  EXPECT_TRUE(shown(id)->reactions.empty());
}

TEST_F(Content, WhatIsEditedDeletedOrExpiredChangesInTheListOfChatsToo) {
  const MessageId id = arrives(bob_, content::make_text(origin(), "helo"));
  arrives(bob_, content::make_edit(origin(), id, "hello"));
  EXPECT_EQ(preview(bob_), "hello");
  arrives(bob_, content::make_deletion(origin(), id));
  EXPECT_EQ(preview(bob_), "");

  const MessageId older = arrives(carol_, content::make_text(origin(), "older"));
  const MessageId newest = arrives(carol_, content::make_text(origin(), "newest"));
  arrives(carol_, content::make_deletion(origin(), older));
  EXPECT_EQ(preview(carol_), "newest");
  expires(newest);
  EXPECT_EQ(preview(carol_), "");
}

TEST_F(Content, NothingBringsBackWhatWasRemovedHere) {
  const content::Message text = content::make_text(origin(), "look at this");
  const MessageId id = arrives(bob_, text);
  is_removed(bob_, id);
  arrives(bob_, text);
  arrives(bob_, content::make_edit(origin(), id, "look at that"));
  arrives(bob_, content::make_reaction(origin(), id, "\u2764"));
  arrives(bob_, content::make_deletion(origin(), id));
  EXPECT_FALSE(shown(id));
  EXPECT_EQ(orphans(), 0u) << "a change that can never be applied is not kept";
}

TEST_F(Content, TheListOfChatsShowsWhatIsLeftAfterARemoval) {
  const MessageId first = arrives(bob_, content::make_text(origin(), "first"));
  arrives(bob_, content::make_text(origin(), "second"));
  const MessageId third = arrives(bob_, content::make_text(origin(), "third"));
  EXPECT_EQ(unread(bob_), 3u);
  is_removed(bob_, third);
  EXPECT_EQ(preview(bob_), "second");
  is_removed(bob_, first);
  EXPECT_EQ(preview(bob_), "second");
  EXPECT_EQ(unread(bob_), 1u);
}

TEST_F(Content, AReplyStaysWhenWhatItAnswersIsRemoved) {
  const MessageId question = arrives(bob_, content::make_text(origin(), "tea?"));
  const MessageId answer = arrives(bob_, content::make_reply(origin(), question, "yes"));
  is_removed(bob_, question);
  ASSERT_TRUE(shown(answer));
  EXPECT_EQ(shown(answer)->text, "yes");
}

TEST_F(Content, OfEvidenceOnlyTheNewestIsKept) {
  const MessageId id = arrives(bob_, content::make_text(origin(), "hi"));
  for (std::uint32_t i = 0; i < kMaxEvidence + 10; ++i) {
    arrives(bob_, content::make_edit(origin(), id, std::to_string(i)));
  }
  EXPECT_EQ(stored_evidence(), kMaxEvidence);
  EXPECT_EQ(evidence_times(), kMaxEvidence);
  const auto kept = evidence(bob_);
  ASSERT_EQ(kept.size(), kMaxEvidence);
  EXPECT_LT(kept.front().accepted_at_us, kept.back().accepted_at_us);
  EXPECT_TRUE(evidence(carol_).empty());
}

TEST_F(Content, EvidenceIsBoundedInBytesToo) {
  const MessageId id = arrives(bob_, content::make_text(origin(), "hi"));
  for (int i = 0; i < 100; ++i) {
    arrives(bob_, content::make_edit(origin(), id, std::string(32'000, 'x')));
  }
  EXPECT_LE(stored_evidence_bytes(), kMaxEvidenceBytes);
  EXPECT_GT(stored_evidence_bytes(), kMaxEvidenceBytes - 100'000);
}

TEST_F(Content, EvidenceGoesWhenNobodyCanCheckItAnyMore) {
  const MessageId id = arrives(bob_, content::make_text(origin(), "hi"));
  arrives(bob_, content::make_edit(origin(), id, "abuse"));
  is_cleaned_after(days(89));
  EXPECT_EQ(stored_evidence(), 1u);
  is_cleaned_after(days(2));
  EXPECT_EQ(stored_evidence(), 0u);
  EXPECT_EQ(evidence_times(), 0u);
}

TEST_F(Content, AnEditThatCameBeforeItsMessageIsEvidenceToo) {
  const content::Message text = content::make_text(origin(), "hi");
  const Bytes bytes = *content::encode(text);
  const MessageId id = content::message_id("mimi://hub/u/x", "mimi://hub/r/x", bytes, text.salt);
  const MessageId edit = arrives(bob_, content::make_edit(origin(), id, "abuse"));
  EXPECT_TRUE(evidence(bob_).empty());
  arrives(bob_, text);
  EXPECT_EQ(shown(id)->text, "abuse");
  const auto kept = evidence(bob_);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].message_id, edit.to_bytes());
  EXPECT_TRUE(is_provable(kept[0], Time{kept[0].accepted_at_us / 1000}));
}

}  // namespace
}  // namespace parley::client
