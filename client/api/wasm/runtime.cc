// What Debian's compiler run time for WebAssembly asks of its host: the stack protector's
// guard, and what happens when it was overwritten, or when a library meets what cannot be. Those
// just end the module: there is nowhere to print to, and the libraries' own would bring printf
// and the names of all errors of the system with them, which every browser would load.
#include <wasi/api.h>

#include <__verbose_abort>
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

[[noreturn]] void __assert_fail(const char*, const char*, int, const char*) { abort(); }  // NOLINT
[[noreturn]] void abort_message(const char*, ...) { abort(); }  // NOLINT: of libc++abi

}  // extern "C"

_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { abort(); }
_LIBCPP_END_NAMESPACE_STD
