#include "client/api/parley.h"

#include <cstdlib>
#include <new>
#include <utility>

#include "client/api/self_test.h"
#include "client/engine/engine.h"
#include "lib/base/secret.h"
#include "lib/crypto/system_random.h"
#include "lib/wire/wire.h"
#include "proto/client.h"

#ifdef __wasm__
#define PARLEY_EXPORT(name) __attribute__((export_name(#name)))
#else
#define PARLEY_EXPORT(name) __attribute__((visibility("default")))
#endif

#ifdef __wasm__
// Of the host; parley.h says what it answers.
extern "C" __attribute__((import_module("parley"), import_name("is_absent"))) int32_t
parley_host_is_absent(uint32_t kind, const uint8_t* key, size_t key_size);
#endif

namespace {

parley::client::IsAbsent hosts_word() {
#ifdef __wasm__
  return [](parley::client::RecordKind kind, parley::ByteView key) {
    return parley_host_is_absent(static_cast<uint32_t>(kind), key.data(), key.size()) != 0;
  };
#else
  return {};
#endif
}

}  // namespace

struct parley_engine {
  parley::crypto::SystemRandom random;
  parley::client::Engine engine{random, hosts_word()};
  parley::SecretBuffer output;
};

namespace {

int32_t number_of(parley::ErrorCode code) { return static_cast<int32_t>(code); }

}  // namespace

extern "C" {

PARLEY_EXPORT(parley_abi_version) uint32_t parley_abi_version(void) { return PARLEY_ABI_VERSION; }

PARLEY_EXPORT(parley_version) const char* parley_version(void) { return PARLEY_VERSION; }

PARLEY_EXPORT(parley_self_test) uint32_t parley_self_test(void) {
  return static_cast<uint32_t>(parley::client::run_self_test());
}

PARLEY_EXPORT(parley_engine_new) parley_engine* parley_engine_new(void) {
  return new (std::nothrow) parley_engine;
}

PARLEY_EXPORT(parley_engine_step)
int32_t parley_engine_step(parley_engine* engine, const uint8_t* input, size_t input_size) {
  engine->output = {};
  if (input_size > PARLEY_MAX_INPUT_BYTES) return number_of(parley::ErrorCode::too_large);
  auto decoded = parley::wire::decode<parley::wire::client::Input>({input, input_size});
  if (!decoded) return number_of(decoded.error().code);
  engine->output = parley::wire::encode_secret(engine->engine.step(std::move(*decoded)));
  return 0;
}

PARLEY_EXPORT(parley_engine_output)
const uint8_t* parley_engine_output(const parley_engine* engine) {
  return engine->output.view().data();
}

PARLEY_EXPORT(parley_engine_output_size)
size_t parley_engine_output_size(const parley_engine* engine) { return engine->output.size(); }

PARLEY_EXPORT(parley_engine_clear_output)
void parley_engine_clear_output(parley_engine* engine) { engine->output = {}; }

PARLEY_EXPORT(parley_engine_free) void parley_engine_free(parley_engine* engine) { delete engine; }

PARLEY_EXPORT(parley_alloc) uint8_t* parley_alloc(size_t size) {
  return static_cast<uint8_t*>(std::malloc(size == 0 ? 1 : size));
}

PARLEY_EXPORT(parley_free) void parley_free(uint8_t* memory, size_t size) {
  if (memory) parley::wipe({memory, size});
  std::free(memory);
}

}  // extern "C"
