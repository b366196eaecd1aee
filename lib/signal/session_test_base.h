// For tests of sessions: Alice and Bob in either protocol, and hands that reach
// into stored records where the interface has no way to.
#pragma once

#include <gtest/gtest.h>

#include "lib/signal/chain.h"
#include "lib/signal/test_device.h"
#include "lib/wire/wire.h"
#include "proto/signal.h"
#include "proto/signal_store.h"

namespace parley::signal::testing {

template <typename T>
ErrorCode code(const Result<T>& result) {
  return result ? ErrorCode::unspecified : result.error().code;
}

inline Bytes stored(const SessionRecord& record) { return to_bytes(record.serialize().view()); }

inline std::string version_name(const ::testing::TestParamInfo<Protocol>& version) {
  return version.param == Protocol::x3dh ? "X3dh" : "Pqxdh";
}

class SessionTest : public ::testing::TestWithParam<Protocol> {
 protected:
  BundleOptions with_kyber(BundleOptions options = {}) {
    options.kyber = GetParam() == Protocol::pqxdh;
    return options;
  }

  // Alice starts, Bob answers: both have an acknowledged session.
  void establish() {
    ASSERT_TRUE(alice.start(bob.bundle(with_kyber())));
    ASSERT_EQ(bob.receive(alice.send("hello").value()), "hello");
    ASSERT_EQ(alice.receive(bob.send("hi").value()), "hi");
  }

  using State = wire::signal_store::SessionState;

  // Changes the stored form of the current session.
  template <typename Change>
  static void edit(TestDevice& device, Change&& change) {
    auto record = wire::decode<wire::signal_store::SessionRecord>(stored(device.record)).value();
    auto state = wire::decode<State>(record.current.view()).value();
    change(state);
    record.current = wire::encode_secret(state);
    device.record = SessionRecord::parse(wire::encode_secret(record).view()).value();
  }
  // As if `count` messages had been sent and lost.
  static void skip_messages(TestDevice& device, std::uint32_t count) {
    edit(device, [&](State& state) {
      ChainKey chain{Secret<32>(state.sender_chain_key.view().first<32>()), state.sender_index};
      for (std::uint32_t i = 0; i < count; ++i) chain = chain.next();
      state.sender_chain_key = SecretBuffer(chain.key.view());
      state.sender_index = chain.index;
    });
  }
  static void set_sender_index(TestDevice& device, std::uint32_t index) {
    edit(device, [&](State& state) { state.sender_index = index; });
  }
  static void set_pq_ratchet(TestDevice& device, std::string_view text) {
    edit(device, [&](State& state) { state.pq_ratchet = SecretBuffer(as_bytes(text)); });
  }
  static std::string pq_ratchet(TestDevice& device) {
    std::string text;
    edit(device, [&](State& state) { text = as_text(state.pq_ratchet.view()); });
    return text;
  }
  static std::uint32_t previous_counter(const Message& message) {
    const ByteView body = ByteView(message.bytes).subspan(1, message.bytes.size() - 9);
    return *wire::decode<wire::signal::SignalMessage>(body).value().previous_counter;
  }

  TestDevice alice{1, GetParam()};
  TestDevice bob{2, GetParam()};
};

}  // namespace parley::signal::testing
