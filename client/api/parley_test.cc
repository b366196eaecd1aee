#include "client/api/parley.h"

#include <gtest/gtest.h>

#include "lib/wire/wire.h"
#include "proto/client.h"

extern "C" int parley_c_uses_the_interface(void);

namespace parley::client {
namespace {

namespace api = wire::client;

// Owns an engine behind the C interface.
class Handle {
 public:
  Handle() : engine_(parley_engine_new()) {}
  ~Handle() { parley_engine_free(engine_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  std::int32_t step_bytes(ByteView input) {
    return parley_engine_step(engine_, input.data(), input.size());
  }
  ByteView output_bytes() const {
    return {parley_engine_output(engine_), parley_engine_output_size(engine_)};
  }
  api::Output step(const api::Input& input) {
    EXPECT_EQ(step_bytes(wire::encode_secret(input).view()), 0);
    auto output = wire::decode<api::Output>(output_bytes());
    EXPECT_TRUE(output.has_value());
    return output ? std::move(*output) : api::Output{};
  }

 private:
  parley_engine* engine_;
};

template <typename Body>
api::Input input_of(Body body) {
  api::Input input;
  input.now_ms = 1'800'000'000'000;
  input.event = std::move(body);
  return input;
}

TEST(CInterface, IsUsableFromC) { EXPECT_EQ(parley_c_uses_the_interface(), 0); }

TEST(CInterface, ASignUpBecomesARequestOverHttp) {
  Handle handle;
  auto output = handle.step(input_of(api::Start{}));
  // An empty store answers every query with nothing.
  for (int round = 0; round < 10 && !output.queries.empty(); ++round) {
    const auto queries = std::move(output.queries);
    for (const auto& query : queries) {
      output = handle.step(input_of(api::QueryReply{.id = query.id, .records = {}}));
    }
  }
  api::Command command;
  command.id = 1;
  command.body = api::SignUp{"alice", "correct horse", "DE", "laptop"};
  output = handle.step(input_of(std::move(command)));
  for (int round = 0; round < 10 && !output.queries.empty(); ++round) {
    const auto queries = std::move(output.queries);
    for (const auto& query : queries) {
      output = handle.step(input_of(api::QueryReply{.id = query.id, .records = {}}));
    }
  }
  ASSERT_EQ(output.setup.size(), 1u);
  const auto* request = std::get_if<wire::setup::SignUp>(&output.setup[0].body);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->handle, "alice");
}

TEST(CInterface, RefusesAnInputThatIsTooLarge) {
  Handle handle;
  const Bytes large(PARLEY_MAX_INPUT_BYTES + 1);
  EXPECT_EQ(handle.step_bytes(large), static_cast<std::int32_t>(ErrorCode::too_large));
  EXPECT_TRUE(handle.output_bytes().empty());
}

TEST(CInterface, AnEngineSurvivesWhateverIsNotAnInput) {
  Handle handle;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Bytes garbage{static_cast<std::uint8_t>(byte), 0xff, 0x00,
                        static_cast<std::uint8_t>(~byte)};
    (void)handle.step_bytes(garbage);
  }
  EXPECT_EQ(handle.step_bytes(wire::encode_secret(input_of(api::Start{})).view()), 0);
}

}  // namespace
}  // namespace parley::client
