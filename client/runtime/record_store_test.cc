#include "client/runtime/record_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "client/runtime/temporary_folder.h"

namespace parley::client {
namespace {

namespace api = wire::client;

class RecordStoreTest : public testing::Test {
 protected:
  static std::unique_ptr<RecordStore> open(const std::filesystem::path& folder) {
    auto store = RecordStore::open(folder);
    if (!store) {
      ADD_FAILURE() << error_info(store.error().code).name << ": " << store.error().detail;
      return nullptr;
    }
    return std::move(*store);
  }
  static ErrorCode open_error(const std::filesystem::path& folder) {
    auto store = RecordStore::open(folder);
    return store ? ErrorCode::unspecified : store.error().code;
  }

  static api::Write put(std::uint32_t kind, std::string_view key, std::string_view value) {
    api::Write write;
    write.kind = kind;
    write.key = to_bytes(as_bytes(key));
    write.value = SecretBuffer(as_bytes(value));
    return write;
  }
  static api::Write remove(std::uint32_t kind, std::string_view key) {
    auto write = put(kind, key, "");
    write.remove = true;
    return write;
  }
  template <typename... Writes>
  static std::vector<api::Write> list(Writes... writes) {
    std::vector<api::Write> all;
    (all.push_back(std::move(writes)), ...);
    return all;
  }

  static std::vector<std::string> texts(const api::QueryReply& reply) {
    std::vector<std::string> found;
    for (const auto& record : reply.records) {
      found.push_back(std::string(as_text(record.key)) + "=" +
                      std::string(as_text(record.value.view())));
    }
    return found;
  }
  static std::vector<std::string> get(RecordStore& store, std::uint32_t kind,
                                      std::string_view key) {
    api::Query query;
    query.kind = kind;
    query.what = api::GetRecord{to_bytes(as_bytes(key))};
    auto reply = store.answer(query);
    EXPECT_TRUE(reply.has_value());
    return reply ? texts(*reply) : std::vector<std::string>{};
  }
  static std::vector<std::string> scan(RecordStore& store, std::uint32_t kind,
                                       std::string_view prefix, std::string_view after = "",
                                       bool descending = false, std::uint32_t limit = 100) {
    api::ScanRecords what;
    what.prefix = to_bytes(as_bytes(prefix));
    what.after = to_bytes(as_bytes(after));
    what.descending = descending;
    what.limit = limit;
    api::Query query;
    query.kind = kind;
    query.what = what;
    auto reply = store.answer(query);
    EXPECT_TRUE(reply.has_value());
    return reply ? texts(*reply) : std::vector<std::string>{};
  }

  static Bytes account(std::string_view name) {
    Bytes id = to_bytes(as_bytes(name));
    id.resize(16);
    return id;
  }
  static api::Event message_from(std::string_view peer, std::string text) {
    api::Message message;
    message.peer_account_id = account(peer);
    message.text = std::move(text);
    api::Event event;
    event.body = api::MessageAdded{std::move(message)};
    return event;
  }
  static std::vector<std::string> inbox(RecordStore& store, std::uint64_t after = 0) {
    std::vector<std::string> found;
    auto entries = store.read_inbox(after, 100);
    EXPECT_TRUE(entries.has_value());
    if (!entries) return found;
    for (const auto& entry : *entries) {
      found.push_back(std::get<api::MessageAdded>(entry.event->body).message->text);
    }
    return found;
  }

  TemporaryFolder temporary_;
  const std::filesystem::path folder_ = temporary_.path() / "account";
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(RecordStoreTest, keeps_what_was_applied_over_a_restart) {
  {
    auto store = open(folder_);
    ASSERT_TRUE(store->apply(list(put(1, "a", "one"), put(2, "a", "two"), put(1, "b", ""))));
    ASSERT_TRUE(store->apply(list(put(1, "a", "changed"), remove(2, "a"))));
  }
  auto store = open(folder_);
  EXPECT_THAT(get(*store, 1, "a"), ElementsAre("a=changed"));
  EXPECT_THAT(get(*store, 1, "b"), ElementsAre("b="));
  EXPECT_THAT(get(*store, 2, "a"), IsEmpty());
}

TEST_F(RecordStoreTest, scans_by_prefix_in_both_directions_and_by_page) {
  auto store = open(folder_);
  ASSERT_TRUE(store->apply(list(put(1, "m1", ""), put(1, "m2", ""), put(1, "m3", ""),
                                put(1, "n", ""), put(1, "l", ""), put(2, "m9", ""))));
  EXPECT_THAT(scan(*store, 1, "m"), ElementsAre("m1=", "m2=", "m3="));
  EXPECT_THAT(scan(*store, 1, ""), ElementsAre("l=", "m1=", "m2=", "m3=", "n="));
  EXPECT_THAT(scan(*store, 1, "m", "m1"), ElementsAre("m2=", "m3="));
  EXPECT_THAT(scan(*store, 1, "m", "", true, 2), ElementsAre("m3=", "m2="));
  EXPECT_THAT(scan(*store, 1, "m", "m2", true), ElementsAre("m1="));
  EXPECT_THAT(scan(*store, 3, ""), IsEmpty());
}

TEST_F(RecordStoreTest, a_prefix_of_the_highest_bytes_has_no_upper_bound) {
  auto store = open(folder_);
  ASSERT_TRUE(store->apply(list(put(1, "\xff", ""), put(1, "\xff\xff\x01", ""), put(1, "a", ""),
                                put(1, "a\xff", ""), put(1, "b", ""))));
  EXPECT_THAT(scan(*store, 1, "\xff"), ElementsAre("\xff=", "\xff\xff\x01="));
  EXPECT_THAT(scan(*store, 1, "a\xff"), ElementsAre("a\xff="));
}

TEST_F(RecordStoreTest, only_the_owner_can_read_it) {
  auto store = open(folder_);
  ASSERT_TRUE(store->apply(list(put(1, "a", "secret"))));
  struct stat facts{};
  ASSERT_EQ(::stat(folder_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    ASSERT_EQ(::stat(file.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << file.path();
  }
}

TEST_F(RecordStoreTest, a_second_holder_is_refused_until_the_first_is_gone) {
  auto first = open(folder_);
  EXPECT_EQ(open_error(folder_), ErrorCode::store_locked);
  first.reset();
  EXPECT_EQ(open_error(folder_), ErrorCode::unspecified);
}

TEST_F(RecordStoreTest, a_killed_holder_leaves_a_usable_store) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = RecordStore::open(folder_);
    if (store) (void)(*store)->apply(list(put(1, "a", "before the end")));
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  auto store = open(folder_);
  EXPECT_THAT(get(*store, 1, "a"), ElementsAre("a=before the end"));
}

TEST_F(RecordStoreTest, a_full_disk_changes_nothing_and_is_said) {
  auto store = open(folder_);
  ASSERT_TRUE(store->apply(list(put(1, "a", "kept"))));
  ASSERT_TRUE(store->limit_pages(20));
  const std::string large(200'000, 'x');
  auto result = store->apply(list(put(1, "a", "lost"), put(1, "b", large)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::store_unwritable);
  EXPECT_THAT(get(*store, 1, "a"), ElementsAre("a=kept"));
  // It goes on once there is room.
  ASSERT_TRUE(store->limit_pages(10'000));
  EXPECT_TRUE(store->apply(list(put(1, "b", large))));
}

TEST_F(RecordStoreTest, a_write_that_the_system_refuses_changes_nothing) {
  open(folder_)->apply(list(put(1, "a", "kept"))).value();
  const pid_t child = ::fork();
  if (child == 0) {
    // A limit on the size of files stands for a full disk, down to the system call.
    ::signal(SIGXFSZ, SIG_IGN);
    auto store = RecordStore::open(folder_);
    if (!store) ::_exit(1);
    const rlimit small{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const std::string large(300'000, 'x');
    auto result = (*store)->apply(list(put(1, "a", "lost"), put(1, "b", large)));
    ::_exit(!result && result.error().code == ErrorCode::store_unwritable ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_THAT(get(*open(folder_), 1, "a"), ElementsAre("a=kept"));
}

TEST_F(RecordStoreTest, a_folder_that_cannot_be_made_is_unwritable) {
  EXPECT_EQ(open_error("/proc/nowhere/account"), ErrorCode::store_unwritable);
}

TEST_F(RecordStoreTest, a_file_that_is_no_database_is_damaged_and_left_alone) {
  std::filesystem::create_directories(folder_);
  const std::string garbage(5000, 'g');
  std::ofstream(folder_ / "records.db") << garbage;
  EXPECT_EQ(open_error(folder_), ErrorCode::store_damaged);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "records.db"), garbage.size());
}

TEST_F(RecordStoreTest, overwritten_pages_are_found_at_the_start) {
  {
    auto store = open(folder_);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(store->apply(list(put(1, "key" + std::to_string(i), std::string(500, 'v')))));
    }
  }
  std::fstream file(folder_ / "records.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5 * 4096);
  file << std::string(20 * 4096, '\x5a');
  file.close();
  EXPECT_EQ(open_error(folder_), ErrorCode::store_damaged);
}

TEST_F(RecordStoreTest, a_store_of_a_newer_program_is_not_touched) {
  open(folder_).reset();
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "records.db").c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "PRAGMA user_version=2", nullptr, nullptr, nullptr);
  sqlite3_close(raw);
  EXPECT_EQ(open_error(folder_), ErrorCode::store_too_new);
}

TEST_F(RecordStoreTest, the_inbox_gets_its_events_with_the_records_or_not_at_all) {
  auto store = open(folder_);
  const auto first = message_from("alice", "one");
  const auto second = message_from("carol", "two");
  const std::vector<const api::Event*> events{&first, &second};
  auto positions = store->apply({}, events);
  ASSERT_TRUE(positions);
  EXPECT_THAT(*positions, ElementsAre(1, 2));
  ASSERT_TRUE(store->limit_pages(20));
  EXPECT_FALSE(store->apply(list(put(1, "b", std::string(200'000, 'x'))), events));
  EXPECT_THAT(inbox(*store), ElementsAre("one", "two"));
  EXPECT_THAT(inbox(*store, 1), ElementsAre("two"));
}

TEST_F(RecordStoreTest, the_inbox_forgets_what_was_shown_and_never_reuses_a_position) {
  auto store = open(folder_);
  const auto one = message_from("alice", "one");
  const auto two = message_from("carol", "two");
  const auto three = message_from("alice", "three");
  const std::vector<const api::Event*> events{&one, &two, &three};
  ASSERT_TRUE(store->apply({}, events));
  ASSERT_TRUE(store->drop_inbox(1));
  EXPECT_THAT(inbox(*store), ElementsAre("two", "three"));
  ASSERT_TRUE(store->drop_inbox_of(account("alice")));
  EXPECT_THAT(inbox(*store), ElementsAre("two"));
  ASSERT_TRUE(store->drop_inbox(3));
  EXPECT_THAT(*store->apply({}, events), ElementsAre(4, 5, 6));
}

TEST_F(RecordStoreTest, wiping_removes_all_that_was_and_keeps_what_comes_with_it) {
  auto store = open(folder_);
  const auto event = message_from("alice", "one");
  const std::vector<const api::Event*> events{&event};
  ASSERT_TRUE(store->apply(list(put(1, "a", "old"), put(2, "b", "old")), events));
  ASSERT_TRUE(store->apply(list(put(3, "c", "new")), {}, true));
  EXPECT_THAT(scan(*store, 1, ""), IsEmpty());
  EXPECT_THAT(scan(*store, 2, ""), IsEmpty());
  EXPECT_THAT(scan(*store, 3, ""), ElementsAre("c=new"));
  EXPECT_THAT(inbox(*store), IsEmpty());
}

TEST_F(RecordStoreTest, destroying_leaves_nothing_behind) {
  auto store = open(folder_);
  ASSERT_TRUE(store->apply(list(put(1, "a", "secret"))));
  ASSERT_TRUE(store->destroy());
  store.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

}  // namespace
}  // namespace parley::client
