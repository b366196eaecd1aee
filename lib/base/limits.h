// The limits that several modules share. Each has a unit and a reason; a limit
// that only one module needs stands in that module. Those on the wire are also
// stated in proto/.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/time.h"

namespace parley::limits {

// --- the channel
// One WebSocket message: large enough for a full prekey upload (100 EC and 100
// Kyber keys, about 175 KiB), small enough to buffer for every connection.
inline constexpr std::size_t kMaxBatchBytes = 256 * 1024;
inline constexpr std::size_t kMaxFramesPerBatch = 1024;
// Content is text and references; files travel as attachments.
inline constexpr std::size_t kMaxCiphertextBytes = 128 * 1024;
inline constexpr std::size_t kMaxContentBytes = 64 * 1024;
// Unacknowledged deliveries a device may have: the back-pressure of a slow reader. A device stores
// what it has in one go, which takes about as long for many messages as for few.
inline constexpr std::size_t kDeliveryWindow = 1024;
inline constexpr std::size_t kMaxOpenRequests = 64;
inline constexpr Duration kPingInterval = seconds(45);
inline constexpr Duration kHelloTimeout = seconds(10);

// --- accounts
// Every message is encrypted once per device, so the count bounds a send's cost.
inline constexpr std::size_t kMaxDevices = 8;
inline constexpr std::uint32_t kMaxDeviceId = 127;          // Signal's address space
inline constexpr std::uint32_t kMaxRegistrationId = 16380;  // Signal's 14 bits
inline constexpr std::size_t kMinHandleBytes = 3;
inline constexpr std::size_t kMaxHandleBytes = 32;
inline constexpr std::size_t kMinPasswordBytes = 8;
inline constexpr std::size_t kMaxPasswordBytes = 1024;
inline constexpr std::size_t kMaxProfileNameBytes = 256;
inline constexpr Duration kLoginTokenLifetime = minutes(10);
inline constexpr Duration kLinkSlotLifetime = minutes(10);
// A session that was not used for this long must log in again.
inline constexpr Duration kSessionLifetime = days(90);

// --- people who have not accepted each other
// Messages that get through before the other person accepts, and their size: a word to say
// who one is, and no way to fill a mailbox.
inline constexpr std::uint32_t kRequestSends = 3;
inline constexpr std::size_t kRequestBytes = 4096;

// --- prekeys
inline constexpr std::size_t kMaxOneTimePrekeys = 200;  // kept for a device and kind
inline constexpr std::size_t kPrekeysPerUpload = 100;
inline constexpr std::size_t kPrekeysLowMark = 20;

// --- mailboxes
inline constexpr std::uint64_t kMaxMailboxBytes = 64ull * 1024 * 1024;  // for a device
inline constexpr Duration kMailboxLifetime = days(30);
// Results of sends are replayed for as long as a client may resend.
inline constexpr Duration kSendResultLifetime = days(30);

// --- files
// Ciphertext of a file of 2 GiB as docs/protocol/media.md, section 2.2, makes it: a tag of 16
// bytes behind each of 2,048 chunks.
inline constexpr std::uint64_t kMaxMediaBytes = (std::uint64_t{1} << 31) + 2'048 * 16;
inline constexpr Duration kMediaLifetime = days(30);
// An upload that nobody went on with.
inline constexpr Duration kMediaUnfinishedLifetime = hours(24);
// Of one account, begun and not finished: each reserves its length.
inline constexpr std::uint64_t kMediaUploadsAtATime = 4;

}  // namespace parley::limits
