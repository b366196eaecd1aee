// What can go wrong with a database on a disk, and what the SQLite store says about it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "hub/store/schema.h"
#include "hub/store/store_for_tests.h"

namespace parley::hub::testing {
namespace {

AccountId account_id(std::uint8_t n) {
  AccountId id;
  id.bytes.fill(n);
  return id;
}
const DeviceAddress kDevice{account_id(1), DeviceId{1}};

op::Boxed<op::CreateAccount> account() {
  op::CreateAccount create;
  create.id = account_id(1);
  create.handle = "alice";
  return create;
}
op::PutMessage message(std::int64_t at, std::size_t size) {
  return {kDevice, {AcceptedAt{at}, Bytes(size, 7)}};
}

Result<std::unique_ptr<SqliteStore>> open(const std::string& path) {
  return SqliteStore::open(path, [](std::function<void()>) {});
}
ErrorCode code_of_opening(const std::string& path) {
  const auto opened = open(path);
  return opened ? ErrorCode::unspecified : opened.error().code;
}

std::vector<std::int64_t> stored(SqliteAdapter& adapter) {
  const auto page = ask<Store::MailboxPage>(adapter, &Store::read_mailbox, kDevice, AcceptedAt{0},
                                            std::size_t{1'000'000}, std::size_t{1} << 40);
  std::vector<std::int64_t> times;
  for (const auto& stored_message : page->messages)
    times.push_back(stored_message.accepted_at.value);
  return times;
}

TEST(SqliteStore, writes_nothing_of_a_batch_that_does_not_fit_and_recovers) {
  SqliteAdapter adapter;
  apply(adapter, account());
  adapter.opened->limit_pages_for_tests(60);
  WriteBatch large;
  large.push_back(op::SetProfile{account_id(1), "changed"});
  for (std::int64_t at = 1; at <= 100; ++at) large.push_back(message(at, 10'000));
  const auto refused = commit(adapter, std::move(large));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::storage_unavailable);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  EXPECT_TRUE(stored(adapter).empty());
  const auto loaded =
      ask<std::optional<AccountRecord>>(adapter, &Store::load_account, account_id(1));
  EXPECT_EQ((*loaded)->profile_name, "") << "half a batch was written";
  WriteBatch small;
  small.push_back(message(1, 10));
  EXPECT_TRUE(commit(adapter, std::move(small))) << "what fits is written";
  adapter.opened->limit_pages_for_tests(0);
  WriteBatch again;
  for (std::int64_t at = 2; at <= 100; ++at) again.push_back(message(at, 10'000));
  EXPECT_TRUE(commit(adapter, std::move(again)));
  adapter.reopen();
  EXPECT_EQ(stored(adapter).size(), 100u);
}

TEST(SqliteStore, forgets_what_it_knew_of_devices_when_a_batch_fails) {
  SqliteAdapter adapter;
  adapter.opened->limit_pages_for_tests(40);
  WriteBatch large;
  large.push_back(account());
  for (std::int64_t at = 1; at <= 100; ++at) large.push_back(message(at, 10'000));
  EXPECT_FALSE(commit(adapter, std::move(large)));
  adapter.opened->limit_pages_for_tests(0);
  WriteBatch again;
  again.push_back(message(1, 10));  // no such device
  again.push_back(account());
  again.push_back(message(2, 10));
  EXPECT_TRUE(commit(adapter, std::move(again)));
  EXPECT_EQ(stored(adapter), std::vector<std::int64_t>{2});
}

TEST(SqliteStore, counts_messages_that_wait_up_to_a_limit) {
  SqliteAdapter adapter;
  apply(adapter, account());
  WriteBatch batch;
  for (std::int64_t at = 1; at <= 5; ++at) batch.push_back(message(at, 10));
  EXPECT_TRUE(commit(adapter, std::move(batch)));
  const auto count = [&](std::uint64_t most) {
    std::optional<std::uint64_t> counted;
    adapter.opened->count_messages(
        most, [&](Result<std::uint64_t> result) { counted = result.value_or(99); });
    while (!counted) adapter.loop.run_one();
    return *counted;
  };
  EXPECT_EQ(count(10), 5u);
  EXPECT_EQ(count(3), 3u);
}

TEST(SqliteStore, is_locked_while_another_process_has_it) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  auto first = open(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of_opening(path), ErrorCode::store_locked);
  first->reset();
  EXPECT_EQ(code_of_opening(path), ErrorCode::unspecified);
}

TEST(SqliteStore, is_locked_while_a_foreign_program_writes) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  ASSERT_TRUE(open(path));
  Database foreign(path, SQLITE_OPEN_READWRITE);
  foreign.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  EXPECT_EQ(code_of_opening(path), ErrorCode::store_locked);
}

TEST(SqliteStore, refuses_a_file_that_is_no_database) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  std::ofstream(path) << std::string(10'000, 'x');
  EXPECT_EQ(code_of_opening(path), ErrorCode::store_damaged);
}

TEST(SqliteStore, notices_damage_at_the_start) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  {
    SqliteAdapter adapter;
    apply(adapter, account());
    WriteBatch batch;
    for (std::int64_t at = 1; at <= 200; ++at) batch.push_back(message(at, 1'000));
    ASSERT_TRUE(commit(adapter, std::move(batch)));
    const std::string source = adapter.folder.file("hub.db");
    adapter.opened.reset();  // the log is copied back when the last connection closes
    std::filesystem::copy_file(source, path);
  }
  EXPECT_EQ(code_of_opening(path), ErrorCode::unspecified);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 20; page < 30; ++page) {
      file.seekp(page * 4096);
      file << std::string(64, '\xff');
    }
  }
  EXPECT_EQ(code_of_opening(path), ErrorCode::store_damaged);
}

TEST(SqliteStore, refuses_a_database_of_a_newer_program) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  ASSERT_TRUE(open(path));
  Database(path, SQLITE_OPEN_READWRITE).execute("PRAGMA user_version = 1000");
  EXPECT_EQ(code_of_opening(path), ErrorCode::store_too_new);
}

// A database of the first version, made of a present one by taking away what came later.
TEST(SqliteStore, brings_a_database_of_the_first_version_up_to_date) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  ASSERT_TRUE(open(path));
  {
    Database old(path, SQLITE_OPEN_READWRITE);
    old.execute(
        "DROP TABLE leaving_providers; DROP TABLE report_sizes;"
        "DROP INDEX people; DROP INDEX gone_people; DROP INDEX relations_to;"
        "ALTER TABLE accounts DROP COLUMN deleted_at;"
        "DROP TABLE providers; DROP TABLE provider_days; DROP TABLE reports;"
        "ALTER TABLE relations DROP COLUMN was_accepted;"
        "ALTER TABLE relations DROP COLUMN requests_sent;"
        "ALTER TABLE accounts DROP COLUMN provider;"
        "ALTER TABLE accounts DROP COLUMN third_party_enabled;"
        "ALTER TABLE accounts DROP COLUMN third_party_reachable;"
        "ALTER TABLE accounts DROP COLUMN third_party_providers;"
        "ALTER TABLE devices DROP COLUMN auth_key;"
        "ALTER TABLE devices DROP COLUMN push_endpoint;"
        "INSERT INTO relations VALUES (zeroblob(16), zeroblob(16), 1), (x'01', zeroblob(16), 2);"
        "PRAGMA user_version = 1;");
  }
  ASSERT_TRUE(open(path));
  Database now(path, SQLITE_OPEN_READWRITE);
  EXPECT_EQ(now.integer("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(now.integer("SELECT was_accepted FROM relations WHERE relation = 1"), 1);
  EXPECT_EQ(now.integer("SELECT was_accepted FROM relations WHERE relation = 2"), 0);
  EXPECT_EQ(now.integer("SELECT count(*) FROM providers"), 0);
}

// Of the third version, in which a removed service left its people behind.
TEST(SqliteStore, ends_the_people_of_services_that_were_removed_before) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  ASSERT_TRUE(open(path));
  {
    Database old(path, SQLITE_OPEN_READWRITE);
    old.execute(
        "DROP TABLE leaving_providers; DROP TABLE report_sizes;"
        "DROP INDEX people; DROP INDEX gone_people; DROP INDEX relations_to;"
        "DROP INDEX reports_of; DROP INDEX reports_by_time; DROP INDEX resolved_reports;"
        "ALTER TABLE accounts DROP COLUMN deleted_at;"
        "ALTER TABLE reports DROP COLUMN resolved;"
        "ALTER TABLE providers DROP COLUMN suspended_from;"
        "INSERT INTO accounts (id, handle, country, password_hash, identity_key, provider, deleted)"
        " VALUES (x'01', 'a', '', '', x'', '', 0), (x'02', 'b@gone', '', '', x'', 'gone', 0),"
        " (x'03', 'deleted', '', '', x'', 'long gone', 1);"
        "INSERT INTO provider_days VALUES ('gone', 1, 2, 3);"
        "INSERT INTO reports (reporter, report_id, accused, provider, proven, received, report,"
        " resolution, note) VALUES (x'01', x'01', x'02', 'gone', 0, 5, x'0102', 'upheld', ''),"
        " (x'01', x'02', x'02', 'gone', 0, 6, x'01', '', '');"
        "PRAGMA user_version = 3;");
  }
  ASSERT_TRUE(open(path));
  Database now(path, SQLITE_OPEN_READWRITE);
  EXPECT_EQ(now.text("SELECT group_concat(id) FROM leaving_providers"), "gone");
  EXPECT_EQ(now.integer("SELECT count(*) FROM provider_days"), 0);
  EXPECT_GT(now.integer("SELECT deleted_at FROM accounts WHERE id = x'03'"), 1'700'000'000'000);
  EXPECT_EQ(now.integer("SELECT deleted_at FROM accounts WHERE id = x'01'"), 0);
  EXPECT_EQ(now.integer("SELECT group_concat(resolved) = '5,0' FROM reports"), 1);
  EXPECT_EQ(now.integer("SELECT bytes FROM report_sizes WHERE provider = 'gone'"), 3 + 512);
}

TEST(SqliteStore, keeps_a_suspension_of_the_fourth_version_until_somebody_resumes_it) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  ASSERT_TRUE(open(path));
  {
    Database old(path, SQLITE_OPEN_READWRITE);
    old.execute(
        "ALTER TABLE providers DROP COLUMN suspended_from;"
        "INSERT INTO providers VALUES"
        " ('a', '', 1, 1, x'', '', '', '', '', '', '', '', '', x'', '', 4, 'r', 0, 1, '', 0, 0),"
        " ('b', '', 1, 1, x'', '', '', '', '', '', '', '', '', x'', '', 4, 'r', 0, 1, 'c', 0, 0),"
        " ('c', '', 1, 1, x'', '', '', '', '', '', '', '', '', x'', '', 3, '', 0, 1, '', 0, 0);"
        "PRAGMA user_version = 4;");
  }
  ASSERT_TRUE(open(path));
  Database now(path, SQLITE_OPEN_READWRITE);
  // Statements are kept by their text's address: one literal for each.
  const auto state = [&](const char* ask) {
    return static_cast<wire::channel::ProviderState>(now.integer(ask));
  };
  EXPECT_EQ(state("SELECT suspended_from FROM providers WHERE id = 'a'"),
            wire::channel::ProviderState::live);
  EXPECT_EQ(state("SELECT suspended_from FROM providers WHERE id = 'b'"),
            wire::channel::ProviderState::sandbox)
      << "it names accounts";
  EXPECT_EQ(state("SELECT suspended_from FROM providers WHERE id = 'c'"),
            wire::channel::ProviderState::unspecified);
}

TEST(SqliteStore, says_when_the_folder_cannot_be_written) {
  EXPECT_EQ(code_of_opening("/nowhere/at/all/hub.db"), ErrorCode::store_unwritable);
}

TEST(SqliteStore, writes_what_is_queued_when_it_is_closed) {
  TemporaryFolder folder;
  const std::string path = folder.file("hub.db");
  {
    auto store = open(path);
    ASSERT_TRUE(store);
    for (int i = 0; i < 20; ++i) {
      auto batch = std::make_shared<WriteBatch>();
      if (i == 0) batch->push_back(account());
      batch->push_back(message(i + 1, 10));
      (*store)->commit(batch, [](const Result<CommitReplies>&) {});
    }
  }
  Loop loop;
  auto reopened = SqliteStore::open(path, loop.executor());
  ASSERT_TRUE(reopened);
  std::size_t found = 0;
  bool done = false;
  (*reopened)->read_mailbox(kDevice, AcceptedAt{0}, 100, 100'000,
                            [&](Result<Store::MailboxPage> page) {
                              found = page->messages.size();
                              done = true;
                            });
  while (!done) loop.run_one();
  EXPECT_EQ(found, 20u);
}

// ------------------------------------------------------------------- SIGKILL

constexpr std::int64_t kMessagesOfBatch = 50;

// Commits batches and reports the number of each through the pipe once it is durable.
[[noreturn]] void write_until_killed(const std::string& path, int report) {
  Loop loop;
  auto store = SqliteStore::open(path, loop.executor());
  if (!store) _exit(1);
  std::int64_t next = 1;
  std::int64_t durable = 0;
  const auto send = [&](std::int64_t number) {
    auto batch = std::make_shared<WriteBatch>();
    if (number == 1) batch->push_back(account());
    for (std::int64_t i = 0; i < kMessagesOfBatch; ++i) {
      batch->push_back(message((number - 1) * kMessagesOfBatch + i + 1, 700));
    }
    (*store)->commit(batch, [&](const Result<CommitReplies>& result) {
      if (!result) _exit(2);
      ++durable;
      if (write(report, &durable, sizeof durable) != sizeof durable) _exit(3);
    });
  };
  for (;;) {
    while (next - durable <= 3) send(next++);  // some are always on their way
    loop.run_one();
  }
}

TEST(SqliteStore, loses_nothing_it_reported_when_it_is_killed) {
  for (int round = 0; round < 4; ++round) {
    TemporaryFolder folder;
    const std::string path = folder.file("hub.db");
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      write_until_killed(path, ends[1]);
    }
    close(ends[1]);
    std::int64_t reported = 0;
    while (reported < 3 + round * 7) {
      ASSERT_EQ(read(ends[0], &reported, sizeof reported), ssize_t{sizeof reported});
    }
    kill(child, SIGKILL);
    for (std::int64_t more = 0; read(ends[0], &more, sizeof more) == ssize_t{sizeof more};) {
      reported = more;
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);

    Loop loop;
    auto store = SqliteStore::open(path, loop.executor());
    ASSERT_TRUE(store) << store.error().detail;
    bool done = false;
    (*store)->read_mailbox(
        kDevice, AcceptedAt{0}, 1'000'000, std::size_t{1} << 40,
        [&](Result<Store::MailboxPage> page) {
          const auto count = static_cast<std::int64_t>(page->messages.size());
          EXPECT_GE(count, reported * kMessagesOfBatch) << "a durable batch was lost";
          EXPECT_EQ(count % kMessagesOfBatch, 0) << "half a batch was written";
          for (std::int64_t i = 0; i < count; ++i) {
            ASSERT_EQ(page->messages[static_cast<std::size_t>(i)].accepted_at.value, i + 1);
          }
          done = true;
        });
    while (!done) loop.run_one();
  }
}

}  // namespace
}  // namespace parley::hub::testing
