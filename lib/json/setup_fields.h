// The fields of each message of setup.proto, in the schema's order, as calls of a
// visitor: field("schema_name", member). Reading and writing share this one list.
// The test compares it with the schema. Internal to lib/json.
#pragma once

#include <concepts>
#include <type_traits>

#include "proto/setup.h"

namespace parley::json {

template <typename Value, typename Message>
concept Is = std::same_as<std::remove_const_t<Value>, Message>;

namespace setup = wire::setup;

void fields_of(Is<setup::HubInfo> auto& m, auto& field) {
  field("hub_id", m.hub_id);
  field("software", m.software);
  field("channel_versions", m.channel_versions);
  field("open_registration", m.open_registration);
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

void fields_of(Is<setup::SetupFailure> auto& m, auto& field) {
  field("code", m.code);
  field("text", m.text);
  field("advice", m.advice);
  field("detail", m.detail);
  field("retry_after_ms", m.retry_after_ms);
}

}  // namespace parley::json
