// The fields of each message of setup.proto, in the schema's order, as calls of a
// visitor: field("schema_name", member). Reading and writing share this one list.
// The test compares it with the schema. Internal to lib/json.
#pragma once

#include <concepts>
#include <type_traits>

#include "lib/base/secret.h"
#include "proto/setup.h"

namespace parley::json {

template <typename Value, typename Message>
concept Is = std::same_as<std::remove_const_t<Value>, Message>;

namespace setup = wire::setup;
namespace channel = wire::channel;

// A secret that the schema calls a string, so that its JSON is the text itself.
template <typename Buffer>
struct SecretText {
  Buffer& bytes;
};
template <typename Buffer>
SecretText(Buffer&) -> SecretText<Buffer>;

void fields_of(Is<setup::HubInfo> auto& m, auto& field) {
  field("hub_id", m.hub_id);
  field("software", m.software);
  field("channel_versions", m.channel_versions);
  field("open_registration", m.open_registration);
  field("push_key", m.push_key);
}

void fields_of(Is<setup::NewDevice> auto& m, auto& field) {
  field("registration_id", m.registration_id);
  field("identity_key", m.identity_key);
  field("name", m.name);
}

void fields_of(Is<setup::SignUp> auto& m, auto& field) {
  field("handle", m.handle);
  field("password", m.password);
  field("country", m.country);
  field("device", m.device);
}

void fields_of(Is<setup::Registered> auto& m, auto& field) {
  field("account_id", m.account_id);
  field("device_id", m.device_id);
  field("session_token", m.session_token);
  field("hub_id", m.hub_id);
  field("handle", m.handle);
}

void fields_of(Is<setup::LogIn> auto& m, auto& field) {
  field("handle", m.handle);
  field("password", m.password);
}

void fields_of(Is<setup::LoginGranted> auto& m, auto& field) {
  field("account_id", m.account_id);
  field("login_token", m.login_token);
  field("identity_key", m.identity_key);
  field("has_recovery", m.has_recovery);
  field("device_count", m.device_count);
}

void fields_of(Is<setup::AddDevice> auto& m, auto& field) {
  field("login_token", m.login_token);
  field("device", m.device);
  field("proof", m.proof);
  field("reset_identity", m.reset_identity);
}

void fields_of(Is<setup::FetchRecovery> auto& m, auto& field) {
  field("login_token", m.login_token);
}

void fields_of(Is<setup::Recovery> auto& m, auto& field) { field("blob", m.blob); }

void fields_of(Is<setup::OpenLink> auto&, auto&) {}

void fields_of(Is<setup::LinkOpened> auto& m, auto& field) {
  field("slot", m.slot);
  field("poll_token", m.poll_token);
  field("expires_in_ms", m.expires_in_ms);
}

void fields_of(Is<setup::PollLink> auto& m, auto& field) { field("poll_token", m.poll_token); }

void fields_of(Is<setup::LinkResult> auto& m, auto& field) {
  field("ready", m.ready);
  field("envelope", m.envelope);
  field("account_id", m.account_id);
  field("login_token", m.login_token);
}

void fields_of(Is<setup::ChangePassword> auto& m, auto& field) {
  field("handle", m.handle);
  field("old_password", m.old_password);
  field("new_password", m.new_password);
}

void fields_of(Is<setup::DeleteAccount> auto& m, auto& field) {
  field("handle", m.handle);
  field("password", m.password);
}

void fields_of(Is<setup::SetPush> auto& m, auto& field) {
  field("session_token", m.session_token);
  field("endpoint", m.endpoint);
}

void fields_of(Is<setup::Enlist> auto& m, auto& field) {
  field("provider_id", m.provider_id);
  field("token", SecretText{m.token});
  field("device", m.device);
  field("device_auth_key", m.device_auth_key);
  field("reset_identity", m.reset_identity);
}

void fields_of(Is<setup::Enlisted> auto& m, auto& field) {
  field("account_id", m.account_id);
  field("device_id", m.device_id);
  field("hub_id", m.hub_id);
  field("handle", m.handle);
}

void fields_of(Is<setup::EndEnlistment> auto& m, auto& field) {
  field("provider_id", m.provider_id);
  field("token", SecretText{m.token});
  field("device_id", m.device_id);
}

void fields_of(Is<setup::EnlistmentEnded> auto& m, auto& field) {
  field("devices_removed", m.devices_removed);
  field("account_removed", m.account_removed);
}

void fields_of(Is<channel::DataPolicy> auto& m, auto& field) {
  field("retention", m.retention);
  field("jurisdiction", m.jurisdiction);
  field("who_can_read", m.who_can_read);
  field("contact", m.contact);
  field("url", m.url);
}

void fields_of(Is<channel::Provider> auto& m, auto& field) {
  field("provider_id", m.provider_id);
  field("display_name", m.display_name);
  field("id_form", m.id_form);
  field("protection", m.protection);
  field("features", m.features);
  field("data_policy", m.data_policy);
  field("state", m.state);
  field("state_reason", m.state_reason);
  field("logo_sha256", m.logo_sha256);
  field("live_since_ms", m.live_since_ms);
}

void fields_of(Is<channel::Limits> auto& m, auto& field) {
  field("max_batch_bytes", m.max_batch_bytes);
  field("max_devices", m.max_devices);
  field("max_mailbox_bytes", m.max_mailbox_bytes);
  field("delivery_window", m.delivery_window);
  field("max_open_requests", m.max_open_requests);
  field("mailbox_days", m.mailbox_days);
  field("ping_interval_ms", m.ping_interval_ms);
  field("max_one_time_prekeys", m.max_one_time_prekeys);
  field("max_ciphertext_bytes", m.max_ciphertext_bytes);
}

void fields_of(Is<setup::FirstContactTerms> auto& m, auto& field) {
  field("sends_before_acceptance", m.sends_before_acceptance);
  field("max_bytes_before_acceptance", m.max_bytes_before_acceptance);
  field("new_people_a_day_per_sender", m.new_people_a_day_per_sender);
  field("new_people_a_day_per_provider", m.new_people_a_day_per_provider);
}

void fields_of(Is<setup::Offer> auto& m, auto& field) {
  field("hub_id", m.hub_id);
  field("channel_versions", m.channel_versions);
  field("countries", m.countries);
  field("providers", m.providers);
  field("limits", m.limits);
  field("first_contact", m.first_contact);
  field("suspension_grounds", m.suspension_grounds);
  field("notice_days", m.notice_days);
  field("contact", m.contact);
  field("specification_url", m.specification_url);
}

void fields_of(Is<setup::SetupFailure> auto& m, auto& field) {
  field("code", m.code);
  field("text", m.text);
  field("advice", m.advice);
  field("detail", m.detail);
  field("retry_after_ms", m.retry_after_ms);
}

}  // namespace parley::json
