// Another service in a test: its record, its people and their devices.
#pragma once

#include "hub/engine/token_rules.h"
#include "hub/engine/world_for_tests.h"
#include "lib/crypto/ed25519.h"

namespace parley::hub::testing {

// A device of a service's person, before and after it enlisted.
struct Phone {
  std::string name;                                 // visible id
  std::shared_ptr<const crypto::KeyPair> identity;  // the person's, shared by its devices
  crypto::Ed25519KeyPair auth;
  RegistrationId registration;
  std::unique_ptr<Client> client;  // once enlisted
};

class Partner {
 public:
  explicit Partner(World& world, std::string id = "nordlys");

  ProviderRecord record() const;
  Status put(ProviderRecord provider);
  Status set_state(wc::ProviderState state, const std::string& reason = "");

  Phone make_phone(const std::string& name);
  // The claims of a good token, with a fresh jti.
  TokenClaims claims(const Phone& phone);
  // The text by which the hub's port knows them.
  std::string token(const Result<TokenClaims>& claims);

  Result<ws::Enlisted> enlist(Phone& phone, const std::string& token, bool reset = false);
  Result<ws::EnlistmentEnded> end(const std::string& token, std::uint32_t device = 0);
  wc::Hello hello(const Phone& phone, ByteView nonce, const std::string& token) const;

  // A person with one enlisted, connected device that has published keys.
  Phone join(const std::string& name);
  void enter(Phone& phone);

  World& world;
  std::string id;

 private:
  std::uint64_t tokens_ = 0;
};

// Turns third-party chats on for an account of the hub.
wc::ServerFrame opt_in(Client& client, bool reachable = true,
                       std::vector<std::string> providers = {"nordlys"});

}  // namespace parley::hub::testing
