// What Debian's compiler run time for WebAssembly asks of its host: the stack protector's
// guard, and what happens when it was overwritten.
#include <wasi/api.h>

#include <cstdint>
#include <cstdlib>

extern "C" {

uintptr_t __stack_chk_guard = 0x7ea51e57;  // NOLINT: the name is the compiler's

[[noreturn]] void __stack_chk_fail() { abort(); }  // NOLINT: the name is the compiler's

// Runs before every other constructor. No guarded function is active then.
__attribute__((constructor(101))) void parley_seed_stack_guard() {
  auto* guard = reinterpret_cast<uint8_t*>(&__stack_chk_guard);
  if (__wasi_random_get(guard, sizeof __stack_chk_guard) != 0) abort();
}

}  // extern "C"
