// The table of all fields.
#include "hub/daemon/config.h"

namespace parley::hub {
namespace {

constexpr std::uint64_t kMib = 1024 * 1024;
constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr double kManyDays = 3'650;

ConfigField text(std::string name, std::string& place, std::string meaning,
                 std::vector<std::string> choices = {}) {
  return {.name = std::move(name),
          .place = &place,
          .choices = std::move(choices),
          .meaning = std::move(meaning)};
}

ConfigField number(std::string name, std::uint64_t& place, double least, double most,
                   std::string meaning, std::uint64_t factor = 1) {
  return {.name = std::move(name),
          .place = NumberField{&place, factor},
          .least = least,
          .most = most,
          .choices = {},
          .meaning = std::move(meaning)};
}

ConfigField duration(std::string name, Duration& place, std::int64_t unit_ms, double least,
                     double most, std::string meaning) {
  return {.name = std::move(name),
          .place = DurationField{&place, unit_ms},
          .least = least,
          .most = most,
          .choices = {},
          .meaning = std::move(meaning)};
}

void add_general(std::vector<ConfigField>& to, DaemonConfig& c) {
  to.push_back(text("listen", c.net.listen,
                    "Address and port of the hub; port 0 lets the system choose. Without TLS "
                    "only addresses of this machine are accepted."));
  to.push_back(text("data", c.data, "Folder of the database; it is made if it does not exist."));
  to.push_back(text("tls.certificate", c.net.tls_certificate,
                    "PEM file with the certificate and its chain. Empty: no TLS. Read again on "
                    "SIGHUP."));
  to.push_back(text("tls.key", c.net.tls_key, "PEM file with the certificate's private key."));
  to.push_back(text("log.level", c.log_level, "The least that is logged.",
                    {"debug", "info", "warning", "error"}));
  to.push_back(text("log.format", c.log_format,
                    "JSON lines or lines for people; auto: for people on a terminal. The log "
                    "holds no user data.",
                    {"auto", "json", "text"}));
  to.push_back(text("metrics.listen", c.net.metrics_listen,
                    "Address and port for /metrics alone, without TLS. Empty: /metrics is served "
                    "on `listen`, but only to programs on this machine that come directly, not "
                    "through a proxy."));
  to.push_back({.name = "proxy.trusted",
                .place = &c.net.trusted_proxies,
                .choices = {},
                .meaning = "Addresses or networks of reverse proxies whose X-Forwarded-For is "
                           "believed. Without it everyone behind a proxy shares one quota."});
}

void add_web(std::vector<ConfigField>& to, NetConfig& net) {
  to.push_back({.name = "web.enabled",
                .place = &net.web,
                .choices = {},
                .meaning = "Whether the web app is served at the hub's address."});
  to.push_back(text("web.folder", net.web_folder,
                    "The web app's files. Empty: the folder `web` beside the program; where there "
                    "is none, no app is served. Read again on SIGHUP."));
}

void add_admin(std::vector<ConfigField>& to, NetConfig& net) {
  to.push_back(text("admin.password_file", net.admin_password_file,
                    "The file with the hash of the password for the operator's page, made by "
                    "`parleyd admin password FILE`. Empty: there is no such page. Read again on "
                    "SIGHUP, which logs everybody out of the page."));
  to.push_back(
      text("admin.listen", net.admin_listen,
           "Address and port of the operator's page, /admin, and of nothing else. On "
           "addresses of this machine without TLS, elsewhere with the hub's certificate."));
}

void add_limits(std::vector<ConfigField>& to, DaemonConfig& c) {
  NetConfig& net = c.net;
  to.push_back(number("limits.max_connections", net.max_connections, 1, 10'000'000,
                      "Most sockets at a time. Each takes about 8 KiB, with TLS 24."));
  to.push_back(number("limits.max_connections_per_address", net.max_connections_per_address, 1,
                      10'000'000, "Of these, most from one IPv4 address or IPv6 /64."));
  to.push_back(number("limits.password_threads", net.password_threads, 1, 256,
                      "Passwords checked at a time. Each takes 64 MiB and about 0.1 s of a core."));
  to.push_back(number("limits.password_queue", net.password_queue, 1, 100'000,
                      "Passwords that may wait; more are refused as overload."));
  to.push_back(number("limits.cached_accounts", c.engine.max_cached_accounts, 1, 1e9,
                      "Accounts kept in memory."));
  to.push_back(number("limits.remembered_sends", c.engine.max_remembered_sends, 1, 1e9,
                      "Results of sends kept in memory, to answer repeats."));
  to.push_back(number("limits.open_requests", c.engine.max_open_requests, 1, 10'000,
                      "Requests a connection may have open."));
  to.push_back(number("limits.delivery_window", c.engine.delivery_window, 1, 1'024,
                      "Messages a device may leave unacknowledged before it gets no more."));
}

void add_timeouts(std::vector<ConfigField>& to, DaemonConfig& c) {
  to.push_back(duration("timeouts.request_s", c.net.request_timeout, kSecondMs, 1, 600,
                        "For a TLS handshake, a request to arrive, an answer to leave."));
  to.push_back(duration("timeouts.hello_s", c.engine.hello_timeout, kSecondMs, 1, 600,
                        "For a client to say who it is on a new channel."));
  to.push_back(duration("timeouts.keep_alive_s", c.net.keep_alive, kSecondMs, 1, 3'600,
                        "How long an HTTP connection without a request is kept."));
  to.push_back(duration("timeouts.ping_interval_s", c.engine.ping_interval, kSecondMs, 5, 3'600,
                        "Clients send a sign of life after this much silence."));
  to.push_back(duration("timeouts.stall_s", c.net.stall_timeout, kSecondMs, 1, 3'600,
                        "A client that takes no byte for this long is disconnected."));
  to.push_back(duration("timeouts.closing_s", c.net.closing_timeout, kSecondMs, 1, 600,
                        "For the closing handshake of a channel."));
  to.push_back(duration("timeouts.shutdown_s", c.net.shutdown_timeout, kSecondMs, 1, 600,
                        "For everything when the hub stops."));
}

void add_accounts(std::vector<ConfigField>& to, DaemonConfig& c) {
  EngineConfig& engine = c.engine;
  to.push_back({.name = "accounts.open_registration",
                .place = &engine.open_registration,
                .choices = {},
                .meaning = "Whether anybody may sign up."});
  to.push_back(duration("accounts.session_days", engine.session_lifetime, kDayMs, 1, kManyDays,
                        "A device that was not seen for this long must sign in again."));
  to.push_back(number("mailboxes.max_mib", engine.max_mailbox_bytes, 1, 1e6,
                      "Most that waits for one device.", kMib));
  to.push_back(duration("mailboxes.days", engine.mailbox_lifetime, kDayMs, 1, kManyDays,
                        "Messages that nobody fetched are dropped after this."));
  to.push_back(duration("mailboxes.send_result_days", engine.send_result_lifetime, kDayMs, 1,
                        kManyDays, "How long a repeated send is answered with its first result."));
}

void add_storage(std::vector<ConfigField>& to, DaemonConfig& c) {
  EngineConfig& engine = c.engine;
  to.push_back(duration("storage.commit_delay_ms", engine.commit_delay, 1, 0, 1'000,
                        "How long a message may wait to be written together with others."));
  to.push_back(number("storage.commit_operations", engine.commit_ops, 1, 1e6,
                      "So many operations are written without waiting."));
  to.push_back(number("storage.max_pending_mib", engine.max_pending_bytes, 1, 1e6,
                      "With more than this unwritten, new messages are refused.", kMib));
  to.push_back(duration("storage.retry_ms", engine.storage_retry, 1, 1, 3'600'000,
                        "After a failed write new messages are refused for this long."));
}

void add_third_party(std::vector<ConfigField>& to, EngineConfig& engine) {
  to.push_back({.name = "third_party.countries",
                .place = &engine.countries,
                .choices = {},
                .meaning = "Countries whose accounts are offered third-party chats (ISO 3166-1 "
                           "alpha-2); empty: all."});
  to.push_back(text("third_party.contact", engine.contact, "Whom services write to."));
  to.push_back(text("third_party.specification_url", engine.specification_url,
                    "Where services read the specification."));
  to.push_back(duration("third_party.enlistment_days", engine.enlistment_lifetime, kDayMs, 1,
                        kManyDays, "A service's device that was silent for this long is dropped."));
  to.push_back(number("third_party.max_people", engine.max_people_of_service, 1, 1e9,
                      "People of one service that may be enlisted at a time."));
  auto& policy = engine.data_policy;
  to.push_back(text("third_party.policy.retention", policy.retention,
                    "What this hub says about itself beside a service: how long it keeps what."));
  to.push_back(text("third_party.policy.jurisdiction", policy.jurisdiction, "Whose law applies."));
  to.push_back(
      text("third_party.policy.who_can_read", policy.who_can_read, "Who can read messages here."));
  to.push_back(
      text("third_party.policy.contact", policy.contact, "Whom users ask about their data."));
  to.push_back(text("third_party.policy.url", policy.url, "Where the policy is read in full."));
}

void add_reports(std::vector<ConfigField>& to, EngineConfig& engine) {
  to.push_back(duration("reports.resolved_days", engine.resolved_report_lifetime, kDayMs, 1,
                        kManyDays, "A report is dropped so long after it was resolved."));
  to.push_back(duration("reports.days", engine.report_lifetime, kDayMs, 1, kManyDays,
                        "And so long after it came, resolved or not."));
  to.push_back(number("reports.service_mib", engine.max_report_bytes_of_service, 1, 1e6,
                      "Most that is kept about one service's people, or about this hub's own. "
                      "Beyond, resolved reports make room; where there are none, new ones are "
                      "refused.",
                      kMib));
  to.push_back(number("reports.total_mib", engine.max_report_bytes, 1, 1e6,
                      "Most that is kept of all reports.", kMib));
}

void add_web_push(std::vector<ConfigField>& to, BrowserPushSettings& web_push) {
  to.push_back(
      text("web_push.contact", web_push.contact,
           "A mailto: or https: address by which those who run the browsers' push services "
           "reach you. With it, browsers can be told that something waits while the web "
           "app is closed: their push service then learns when, and nothing else. Empty: "
           "nothing is sent."));
  to.push_back({.name = "web_push.allow_private_addresses",
                .place = &web_push.private_addresses,
                .choices = {},
                .meaning = "Whether pushes may go to private addresses and without TLS. For tests; "
                           "otherwise anybody could make the hub ask its neighbours."});
}

void add_media(std::vector<ConfigField>& to, MediaConfig& media) {
  to.push_back({.name = "media.enabled",
                .place = &media.enabled,
                .choices = {},
                .meaning = "Whether accounts may upload files here, and fetch those of other "
                           "services through the hub."});
  to.push_back(text("media.folder", media.folder,
                    "Folder of the files; it is made if it does not exist. Empty: media in the "
                    "folder of the database."));
  to.push_back(number("media.account_mib", media.account_bytes, 1, 1e9,
                      "Most that one account keeps here.", kMib));
  to.push_back(number("media.account_files", media.account_files, 1, 1e9,
                      "Files that one account keeps here."));
  to.push_back(number("media.total_mib", media.total_bytes, 0, 1e12,
                      "Most over all accounts; 0: what the disk holds.", kMib));
  to.push_back(number("media.free_mib", media.free_bytes, 0, 1e12,
                      "So much of the disk is left free: new uploads that need it are refused. 0: "
                      "nobody looks.",
                      kMib));
  to.push_back(duration("media.days", media.lifetime, kDayMs, 1, kManyDays,
                        "Files are dropped after this."));
}

void add_allowance(std::vector<ConfigField>& to, const std::string& name, Allowance& place,
                   const std::string& what) {
  to.push_back({.name = "quotas." + name + ".burst",
                .place = &place.burst,
                .least = 1,
                .most = 1e15,
                .choices = {},
                .meaning = what + ": at once."});
  to.push_back({.name = "quotas." + name + ".per_minute",
                .place = &place.per_minute,
                .least = 0.001,
                .most = 1e15,
                .choices = {},
                .meaning = what + ": more every minute."});
}

void add_quotas(std::vector<ConfigField>& to, QuotaConfig& q) {
  add_allowance(to, "sends", q.sends, "Messages of an account");
  add_allowance(to, "send_bytes", q.send_bytes,
                "Bytes of messages of an account, over all devices");
  add_allowance(to, "key_fetches", q.key_fetches, "Key bundles an account asks for");
  add_allowance(to, "key_fetches_of", q.key_fetches_of,
                "Fetches of an account's one-time keys by others (lasting keys beyond)");
  add_allowance(to, "lookups", q.lookups, "Names an account looks up");
  add_allowance(to, "typing", q.typing, "Typing notices of an account (more are dropped)");
  add_allowance(to, "changes", q.changes, "Changes of an account's keys, profile and devices");
  add_allowance(to, "sign_ups", q.sign_ups, "New accounts from an address");
  add_allowance(to, "logins", q.logins, "Logins from an address");
  add_allowance(to, "password_tries", q.password_tries, "Passwords tried for a name");
  add_allowance(to, "links", q.links, "Link codes shown from an address");
  add_allowance(to, "polls", q.polls, "Questions for a link's result from an address");
  add_allowance(to, "new_people", q.new_people, "People an account writes to for the first time");
  add_allowance(to, "new_people_third_party", q.new_people_third_party,
                "The same of an account of another service");
  add_allowance(to, "enlistments", q.enlistments, "Enlistments from an address");
  add_allowance(to, "service_enlistments", q.service_enlistments,
                "Enlistments with good tokens of one service");
  add_allowance(to, "service_deletions", q.service_deletions,
                "Deletions with good tokens of one service");
  add_allowance(to, "reports", q.reports, "Reports of an account");
  add_allowance(to, "questions", q.questions,
                "Requests of an account that change nothing and have no quota of their own");
  add_allowance(to, "files", q.files, "Requests for files from an address");
  add_allowance(to, "connects", q.connects, "Channels opened from an address");
}

}  // namespace

std::vector<ConfigField> config_fields(DaemonConfig& config) {
  std::vector<ConfigField> fields;
  add_general(fields, config);
  add_web(fields, config.net);
  add_admin(fields, config.net);
  add_limits(fields, config);
  add_timeouts(fields, config);
  add_accounts(fields, config);
  add_storage(fields, config);
  add_third_party(fields, config.engine);
  add_reports(fields, config.engine);
  add_media(fields, config.media);
  add_web_push(fields, config.web_push);
  add_quotas(fields, config.engine.quotas);
  return fields;
}

}  // namespace parley::hub
