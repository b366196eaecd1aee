// What an operator enters about a service, and what the engine keeps of it.
#pragma once

#include "hub/engine/records.h"
#include "hub/net/service_entry.h"

namespace parley::hub {

inline ProviderRecord record_of(const ServiceEntry& e) {
  ProviderRecord r;
  r.id = e.id;
  r.display_name = e.display_name;
  r.id_form = e.id_form;
  r.protection = e.protection;
  r.features = e.features;
  r.jwks_url = e.jwks_url;
  r.push_url = e.push_url;
  r.media_base_url = e.media_base_url;
  r.data_policy = e.data_policy;
  r.logo = e.logo;
  r.contact = e.contact;
  r.state = e.state;
  r.state_reason = e.state_reason;
  r.new_people_a_day = e.new_people_a_day;
  r.sandbox_accounts = e.sandbox_accounts;
  r.allow_private_addresses = e.allow_private_addresses;
  return r;
}

inline ServiceEntry entry_of(const ProviderRecord& r) {
  ServiceEntry e;
  e.id = r.id;
  e.display_name = r.display_name;
  e.id_form = r.id_form;
  e.protection = r.protection;
  e.features = r.features;
  e.jwks_url = r.jwks_url;
  e.push_url = r.push_url;
  e.media_base_url = r.media_base_url;
  e.data_policy = r.data_policy;
  e.logo = r.logo;
  e.contact = r.contact;
  e.state = r.state;
  e.state_reason = r.state_reason;
  e.new_people_a_day = r.new_people_a_day;
  e.sandbox_accounts = r.sandbox_accounts;
  e.allow_private_addresses = r.allow_private_addresses;
  return e;
}

}  // namespace parley::hub
