// Services behind the door and reports about people, as rows.
#include <utility>

#include "hub/store/rows.h"

namespace parley::hub {

namespace wc = wire::channel;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "\n") + name;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> names;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    names.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return names;
}

std::vector<ProviderRecord> read_providers(Database& db) {
  std::vector<ProviderRecord> providers;
  auto& row = db.prepared("SELECT * FROM providers ORDER BY id").bind();
  while (row.next()) {
    ProviderRecord& provider = providers.emplace_back();
    provider.id = row.text(0);
    provider.display_name = row.text(1);
    provider.id_form = static_cast<wc::IdForm>(row.integer(2));
    provider.protection = static_cast<wc::Protection>(row.integer(3));
    for (const std::uint8_t feature : row.blob(4)) {
      provider.features.push_back(static_cast<wc::Feature>(feature));
    }
    provider.jwks_url = row.text(5);
    provider.push_url = row.text(6);
    provider.media_base_url = row.text(7);
    provider.data_policy = {row.text(8), row.text(9), row.text(10), row.text(11), row.text(12)};
    provider.logo = row.bytes(13);
    provider.contact = row.text(14);
    provider.state = static_cast<wc::ProviderState>(row.integer(15));
    provider.state_reason = row.text(16);
    provider.live_since = Time{row.integer(17)};
    provider.new_people_a_day = static_cast<std::uint64_t>(row.integer(18));
    provider.sandbox_accounts = split(row.text(19));
    provider.allow_private_addresses = row.integer(20) != 0;
    provider.resumed = Time{row.integer(21)};
    provider.suspended_from = static_cast<wc::ProviderState>(row.integer(22));
  }
  return providers;
}

void write_provider(Database& db, const ProviderRecord& p) {
  Bytes features;
  for (const wc::Feature feature : p.features) {
    features.push_back(static_cast<std::uint8_t>(feature));
  }
  db.prepared(
        "INSERT OR REPLACE INTO providers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?)")
      .bind(p.id, p.display_name, static_cast<int>(p.id_form), static_cast<int>(p.protection),
            features, p.jwks_url, p.push_url, p.media_base_url, p.data_policy.retention,
            p.data_policy.jurisdiction, p.data_policy.who_can_read, p.data_policy.contact,
            p.data_policy.url, p.logo, p.contact, static_cast<int>(p.state), p.state_reason,
            p.live_since.ms, p.new_people_a_day, joined(p.sandbox_accounts),
            p.allow_private_addresses, p.resumed.ms, static_cast<int>(p.suspended_from))
      .run();
}

std::vector<ProviderDay> read_provider_days(Database& db) {
  std::vector<ProviderDay> found;
  auto& row = db.prepared(
                    "SELECT provider, day, first_contacts, reports FROM provider_days"
                    " ORDER BY provider, day")
                  .bind();
  while (row.next()) {
    found.push_back({row.text(0), row.integer(1), static_cast<std::uint64_t>(row.integer(2)),
                     static_cast<std::uint64_t>(row.integer(3))});
  }
  return found;
}

std::vector<PeopleCount> read_people(Database& db) {
  std::vector<PeopleCount> found;
  auto& row = db.prepared(
                    "SELECT provider, count(*) FROM accounts WHERE provider <> '' AND deleted = 0"
                    " GROUP BY provider ORDER BY provider")
                  .bind();
  while (row.next()) found.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1))});
  return found;
}

std::vector<std::string> read_leaving(Database& db) {
  std::vector<std::string> found;
  auto& row = db.prepared("SELECT id FROM leaving_providers ORDER BY id").bind();
  while (row.next()) found.push_back(row.text(0));
  return found;
}

std::vector<ReportRecord> read_reports(Database& db, const Store::ReportQuery& query) {
  std::vector<ReportRecord> found;
  auto& row =
      db.prepared(
            "SELECT number, reporter, accused, provider, proven, received, report, resolution, "
            "note,"
            " resolved FROM reports WHERE number > ?1 AND (?2 = '' OR provider = ?2) AND"
            " (?3 = 0 OR resolution = '') ORDER BY number LIMIT ?4")
          .bind(query.after, query.provider, query.open_only, std::uint64_t{query.max_count});
  while (row.next()) {
    ReportRecord& report = found.emplace_back();
    report.number = static_cast<std::uint64_t>(row.integer(0));
    report.reporter = row.id<AccountId>(1);
    report.accused = row.id<AccountId>(2);
    report.provider = row.text(3);
    report.proven = row.integer(4) != 0;
    report.received = Time{row.integer(5)};
    auto decoded = wire::decode<wc::Report>(row.blob(6));
    if (!decoded) throw SqliteError(SQLITE_CORRUPT, "a report does not decode");
    report.report = std::move(*decoded);
    report.resolution = row.text(7);
    report.note = row.text(8);
    report.resolved = Time{row.integer(9)};
  }
  return found;
}

void write_report(Database& db, const ReportRecord& report, std::uint64_t size) {
  const Bytes encoded = wire::encode(report.report);
  db.prepared(
        "INSERT INTO reports (reporter, report_id, accused, provider, proven, received, report,"
        " resolution, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(report.reporter, report.report.report_id, report.accused, report.provider,
            report.proven, report.received.ms, encoded, report.resolution, report.note)
      .run();
  db.prepared(
        "INSERT INTO report_sizes VALUES (?1, ?2)"
        " ON CONFLICT DO UPDATE SET bytes = bytes + ?2")
      .bind(report.provider, size)
      .run();
}

void remove_report(Database& db, std::uint64_t number) {
  db.prepared(
        "UPDATE report_sizes SET bytes = bytes - (SELECT length(report) + ?2 FROM reports WHERE"
        " number = ?1) WHERE provider = (SELECT provider FROM reports WHERE number = ?1)")
      .bind(number, std::uint64_t{kReportOverheadBytes})
      .run();
  db.prepared("DELETE FROM reports WHERE number = ?").bind(number).run();
}

std::uint64_t report_bytes_of(Database& db, const std::string& provider) {
  auto& row = db.prepared("SELECT bytes FROM report_sizes WHERE provider = ?").bind(provider);
  const std::uint64_t bytes = row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
  row.reset();
  return bytes;
}

std::uint64_t report_bytes(Database& db) {
  auto& row = db.prepared("SELECT coalesce(sum(bytes), 0) FROM report_sizes").bind();
  const std::uint64_t bytes = row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
  row.reset();
  return bytes;
}

}  // namespace parley::hub
