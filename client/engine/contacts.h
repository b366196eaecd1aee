// The people this account has to do with, their names, identity keys and devices.
//
// An identity key is trusted at first sight; when it changes, a notice goes into the
// chat before anything else happens, and if it had been verified, sending stops
// until somebody says yes.
#pragma once

#include "client/engine/step.h"

namespace parley::client {

// As the hub knows a name.
std::string normalised_handle(std::string handle);
// An empty contact (no handle) where there is none.
Result<records::Contact> load_contact(Step& step, const AccountId& id);
void save_contact(Step& step, const records::Contact& contact);
Result<AccountId> contact_id(const records::Contact& contact);
bool is_verified(const records::Contact& contact);
// Their key is another one than the one that was verified, and nobody agreed to it: nothing is
// sent to it.
bool is_change_undecided(const records::Contact& contact);
// A block counts for a name as it is seen: where the account behind it is a new one, about which
// nothing was decided, it is blocked like the one before. The caller saves the contact.
Status inherit_block(Step& step, records::Contact& contact);

// The time of a decision that replaces one of `earlier_ms`: the own devices take the latest, also
// where two were made at once or another device's clock is ahead.
std::int64_t after(std::int64_t earlier_ms, Time now);
// What is known and decided about somebody, as the own devices tell each other.
e2e::ContactState contact_state(const records::Contact& contact);
// Tells the own devices what was decided here.
Status sync_contact(Step& step, const records::Contact& contact);

// The contact a command names. Nothing: unknown so far; the hub was asked, and the
// command waits for the answer. Fails for a name that cannot exist.
Result<std::optional<AccountId>> resolve(Step& step, const SharedCommand& command,
                                         const api::Peer& peer);
// False where the command now waits for the link.
Result<bool> require_link(Step& step, const SharedCommand& command);
// Asks for the name of somebody who wrote.
void look_up_account(Step& step, const AccountId& id);

// The hub's answers.
Status on_account(Step& step, const OpenRequest& request, const channel::Account& account);
Status on_lookup_failed(Step& step, const OpenRequest& request, const Error& error);

// A key the contact uses now. `order_us` is where a notice belongs in the chat.
Status note_identity(Step& step, records::Contact& contact, const crypto::PublicKey& key,
                     std::int64_t order_us);

// --- commands
Status get_contact(Step& step, const SharedCommand& command, const api::GetContact& request);
Status set_verified(Step& step, const SharedCommand& command, const api::SetVerified& request);
Status accept_identity(Step& step, const SharedCommand& command,
                       const api::AcceptIdentity& request);
}  // namespace parley::client
