// What an operator may tune about the engine. The defaults work. Plain data; the daemon
// fills it from the configuration file and `check` names the first wrong field.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/engine/eea.h"
#include "lib/base/limits.h"
#include "lib/base/result.h"
#include "lib/base/time.h"
#include "proto/channel.h"

namespace parley::hub {

// A token bucket: `burst` at once, then `per_minute` more every minute.
struct Allowance {
  double burst;
  double per_minute;
};

// Quotas. Those of an account are shared by its devices.
struct QuotaConfig {
  Allowance sends{600, 3'000};       // per account: messages
  Allowance send_bytes{16e6, 60e6};  // per account: bytes over all targets
  Allowance key_fetches{120, 120};   // per account: bundles asked for
  // Per account asked about, by others: fetches that give one-time keys; beyond, lasting ones.
  Allowance key_fetches_of{200, 60};
  Allowance lookups{60, 60};        // per account
  Allowance typing{30, 120};        // per account; more is dropped silently
  Allowance changes{120, 120};      // per account: uploads, profile, devices, relations
  Allowance sign_ups{10, 1};        // per address
  Allowance logins{20, 10};         // per address
  Allowance password_tries{10, 2};  // per handle
  Allowance links{20, 20};          // per address
  Allowance polls{120, 120};        // per address
  Allowance connects{240, 240};     // per address
  // People written to for the first time: per account, of this hub and of other services.
  Allowance new_people{20, 0.014};
  Allowance new_people_third_party{10, 0.007};
  Allowance enlistments{60, 60};  // per address; a service's server speaks for many people
  // Per service, over all addresses, and only what came with a good token of it.
  Allowance service_enlistments{600, 120};
  Allowance service_deletions{600, 120};
  Allowance reports{20, 1};       // per account
  Allowance questions{120, 120};  // per account: requests that change nothing and have no quota
  Allowance files{600, 1'200};    // per address: requests; a service's proxy asks for many people
};

// One-time keys of a device that one account gets, in tokens of a bucket. Not for tuning: the
// protocol promises the first (channel.md#5.3), and the second is what the devices of one account
// need to begin their sessions.
inline constexpr Allowance kOneTimeKeysForStrangers{1, 1.0 / (24 * 60)};
inline constexpr Allowance kOneTimeKeysForFriends{10, 10.0 / (24 * 60)};

struct EngineConfig {
  // --- what this hub offers
  std::string software = "parleyd";
  bool open_registration = true;
  // By which push services of browsers know this hub, an uncompressed P-256 point. Empty: no
  // pushes to browsers.
  Bytes push_key;
  // Whether endpoints may be http, for tests.
  bool private_push_addresses = false;

  // --- sessions
  Duration session_lifetime = limits::kSessionLifetime;
  Duration hello_timeout = limits::kHelloTimeout;
  // Hellos checked at a time; more are turned away for a moment. After a restart everybody
  // comes at once, and each costs a few reads.
  std::size_t max_joining = 2'000;
  Duration ping_interval = limits::kPingInterval;

  // A device of another service that was silent for this long is dropped.
  Duration enlistment_lifetime = days(30);
  // Accounts of one service's people that there may be at a time.
  std::uint64_t max_people_of_service = 1'000'000;

  // --- reports
  // What is kept of them in bytes: about one service's people (or this hub's own), and in all.
  // Beyond, resolved ones make room, and where there are none a report is refused.
  std::uint64_t max_report_bytes_of_service = 256ull * 1024 * 1024;
  std::uint64_t max_report_bytes = 1024ull * 1024 * 1024;
  // After an operator resolved it; and whether one did or not.
  Duration resolved_report_lifetime = days(90);
  Duration report_lifetime = days(365);

  // --- third-party chats
  // Countries whose accounts are offered them, ISO 3166-1 alpha-2; empty: all. The European
  // Economic Area, where the law asks for it.
  std::vector<std::string> countries{kEea.begin(), kEea.end()};
  // What this hub says about itself beside other services.
  wire::channel::DataPolicy data_policy{
      "Messages wait until each device has fetched them, at most 30 days; files stay 30 days.", "",
      "Nobody but the people in the chat. The operator sees who writes to whom, when, how much.",
      "", ""};
  std::string contact;
  std::string specification_url;

  // --- mailboxes
  std::uint64_t max_mailbox_bytes = limits::kMaxMailboxBytes;
  Duration mailbox_lifetime = limits::kMailboxLifetime;
  Duration send_result_lifetime = limits::kSendResultLifetime;
  std::size_t delivery_window = limits::kDeliveryWindow;
  std::size_t max_open_requests = limits::kMaxOpenRequests;

  // --- group commit
  // How long an accepted message may wait for company before it is written. Messages that
  // all their targets acknowledge within this time are never written.
  Duration commit_delay = milliseconds(5);
  // A batch this large is written without waiting.
  std::size_t commit_ops = 2'000;
  // Beyond this much unwritten data new messages are refused (OVERLOADED).
  std::size_t max_pending_bytes = 128 * 1024 * 1024;
  // After a failed commit new messages are refused for this long, then one is tried.
  Duration storage_retry = seconds(2);

  // --- memory
  std::size_t max_cached_accounts = 100'000;
  std::size_t max_remembered_sends = 200'000;

  // --- franking
  // A new stamp key this often; each stays verifiable for 90 days after its last use.
  Duration stamp_key_rotation = days(7);
  Duration stamp_key_lifetime = days(90);

  QuotaConfig quotas;
};

// ErrorCode::bad_config with the name of the first field that makes no sense.
Status check(const EngineConfig& config);

}  // namespace parley::hub
