#include "hub/engine/offer.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {

// docs/protocol/versioning.md: what is not compatible is announced a year before.
constexpr std::uint32_t kNoticeDays = 365;

// As docs/protocol/service-levels.md, section 3, has them.
constexpr const char* kSuspensionGrounds[] = {
    "Tokens were issued for people who are not users of the service, or whom it had not "
    "authenticated.",
    "The declared protection is not what happens: for example, keys of END_TO_END_SIGNAL lie on a "
    "server.",
    "For 7 days in a row more than 5 of 100 first contacts were reported, after the quota had "
    "fallen to its least.",
    "JWKS or push have not been reachable for 7 days in a row.",
    "Clients break the protocol in a way that harms others: repeated malformed frames, floods "
    "above the allowances, no acknowledgements.",
    "Deletion (identity.md#6) is not carried out.",
    "A legal order, named as far as the law allows.",
    "The provider asks for it."};

}  // namespace

wc::Limits wire_limits(const EngineConfig& config) {
  wc::Limits out;
  out.max_batch_bytes = limits::kMaxBatchBytes;
  out.max_devices = limits::kMaxDevices;
  out.max_mailbox_bytes = config.max_mailbox_bytes;
  out.delivery_window = static_cast<std::uint32_t>(config.delivery_window);
  out.max_open_requests = static_cast<std::uint32_t>(config.max_open_requests);
  out.mailbox_days = static_cast<std::uint32_t>(config.mailbox_lifetime.ms / days(1).ms);
  out.ping_interval_ms = static_cast<std::uint32_t>(config.ping_interval.ms);
  out.max_one_time_prekeys = limits::kMaxOneTimePrekeys;
  out.max_ciphertext_bytes = limits::kMaxCiphertextBytes;
  return out;
}

bool is_public(const ProviderRecord& provider) {
  return provider.state == wc::ProviderState::live ||
         provider.state == wc::ProviderState::suspended;
}

wire::setup::Offer make_offer(const EngineConfig& config, const HubId& hub,
                              const Providers& providers) {
  wire::setup::Offer offer;
  offer.hub_id = hub.to_bytes();
  offer.channel_versions = {1};
  offer.countries = config.countries;
  for (const auto& [id, provider] : providers.all()) {
    if (is_public(provider)) offer.providers.push_back(public_provider(provider));
  }
  offer.limits = wire_limits(config);
  wire::setup::FirstContactTerms terms;
  terms.sends_before_acceptance = limits::kRequestSends;
  terms.max_bytes_before_acceptance = limits::kRequestBytes;
  terms.new_people_a_day_per_sender =
      static_cast<std::uint32_t>(config.quotas.new_people_third_party.burst);
  // Where nothing else was agreed; each provider's own number stands with it.
  terms.new_people_a_day_per_provider =
      static_cast<std::uint32_t>(ProviderRecord().new_people_a_day);
  offer.first_contact = terms;
  for (const char* ground : kSuspensionGrounds) offer.suspension_grounds.emplace_back(ground);
  offer.notice_days = kNoticeDays;
  offer.contact = config.contact;
  offer.specification_url = config.specification_url;
  return offer;
}

}  // namespace parley::hub
