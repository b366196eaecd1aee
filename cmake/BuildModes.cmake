# What the presets switch on for everything, ours and generated: hardening and sanitizers.

option(PARLEY_HARDENING "Harden the binaries (needs optimisation)" OFF)
option(PARLEY_CORE_ONLY "Build only what also runs without sockets, threads and exceptions" OFF)
option(PARLEY_FUZZ "Build the fuzz targets for libFuzzer (needs clang)" OFF)
set(PARLEY_SANITIZE "" CACHE STRING "Value of -fsanitize, empty for none")

if(PARLEY_HARDENING)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection)
  endif()
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()

# Executables are position independent wherever the linker can: addresses are then random.
include(CheckPIESupported)
check_pie_supported(LANGUAGES C CXX)

if(PARLEY_SANITIZE)
  add_compile_options(-fsanitize=${PARLEY_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PARLEY_SANITIZE})
  if(PARLEY_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not understand bare fences. Asio's stand beside its mutexes.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options(-Wno-tsan)
  endif()
endif()
