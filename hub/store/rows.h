// Records as rows of a database. Free functions; each throws SqliteError.
#pragma once

#include <optional>

#include "hub/engine/store.h"
#include "hub/store/sqlite.h"

namespace parley::hub {

inline constexpr int kCurveKind = 1;
inline constexpr int kKyberKind = 2;

// Of the device with that number.
PrekeyState prekey_state(Database& db, std::int64_t number);

std::optional<HubRecord> read_hub(Database& db);
std::optional<AccountRecord> read_account(Database& db, const AccountId& id);
std::optional<AccountId> read_handle(Database& db, const std::string& handle);
std::optional<Credentials> read_credentials(Database& db, const std::string& handle);
std::optional<DeviceAddress> read_session(Database& db, const TokenHash& token);
Bytes read_recovery(Database& db, const AccountId& id);
std::optional<Ticket> read_ticket(Database& db, const TicketKey& key);
Store::MailboxPage read_page(Database& db, const DeviceAddress& of, AcceptedAt after,
                             std::size_t max_count, std::size_t max_bytes);
std::optional<SendResult> read_send(Database& db, const DeviceAddress& sender, const SendId& id);
std::optional<std::vector<std::uint32_t>> read_sends(Database& db, const DeviceAddress& sender,
                                                     std::size_t max_count);
std::uint64_t read_message_count(Database& db, std::uint64_t most);
// --- provider_rows.cc
std::vector<ProviderRecord> read_providers(Database& db);
std::vector<ProviderDay> read_provider_days(Database& db);
std::vector<ReportRecord> read_reports(Database& db, const Store::ReportQuery& query);
std::vector<PeopleCount> read_people(Database& db);
std::vector<std::string> read_leaving(Database& db);
void write_provider(Database& db, const ProviderRecord& provider);
void write_report(Database& db, const ReportRecord& report, std::uint64_t size);
void remove_report(Database& db, std::uint64_t number);
// Of one service, or of this hub's own people; and of all.
std::uint64_t report_bytes_of(Database& db, const std::string& provider);
std::uint64_t report_bytes(Database& db);
// Lists in one column.
std::string joined(const std::vector<std::string>& names);
std::vector<std::string> split(const std::string& text);

}  // namespace parley::hub
