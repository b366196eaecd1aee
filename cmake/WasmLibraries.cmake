# The C libraries of the WebAssembly module, compiled from Debian's sources without change and
# without their configure scripts: parley_wasm_sodium and parley_wasm_bearssl.
# tools/wasm/fetch-sources brings the sources.

set(wasm_sources "${CMAKE_SOURCE_DIR}/.deps/wasm")
if(NOT EXISTS "${wasm_sources}/complete")
  message(FATAL_ERROR "The sources of libsodium and BearSSL are missing. Get them with: tools/wasm/fetch-sources")
endif()

# libsodium: the portable C of what lib/crypto calls. Without HAVE_TI_MODE, whose 128-bit
# arithmetic WebAssembly emulates: X25519 would take more than twice as long.
set(sodium "${wasm_sources}/libsodium/src/libsodium")
set(sodium_generated "${CMAKE_BINARY_DIR}/wasm-libraries/sodium")
set(VERSION 1.0.18)
set(SODIUM_LIBRARY_VERSION_MAJOR 10)
set(SODIUM_LIBRARY_VERSION_MINOR 3)
set(SODIUM_LIBRARY_MINIMAL_DEF "")
configure_file("${sodium}/include/sodium/version.h.in" "${sodium_generated}/sodium/version.h" @ONLY)
set(sodium_files
  crypto_aead/xchacha20poly1305/sodium/aead_xchacha20poly1305.c
  crypto_aead/chacha20poly1305/sodium/aead_chacha20poly1305.c
  crypto_core/ed25519/core_ed25519.c
  crypto_core/ed25519/ref10/ed25519_ref10.c
  crypto_core/hchacha20/core_hchacha20.c
  crypto_core/hsalsa20/ref2/core_hsalsa20_ref2.c
  crypto_core/salsa/ref/core_salsa_ref.c
  crypto_generichash/blake2b/generichash_blake2.c
  crypto_generichash/blake2b/ref/blake2b-compress-ref.c
  crypto_generichash/blake2b/ref/blake2b-ref.c
  crypto_generichash/blake2b/ref/generichash_blake2b.c
  crypto_generichash/crypto_generichash.c
  crypto_hash/sha256/cp/hash_sha256_cp.c
  crypto_hash/sha256/hash_sha256.c
  crypto_hash/sha512/cp/hash_sha512_cp.c
  crypto_hash/sha512/hash_sha512.c
  crypto_auth/hmacsha256/auth_hmacsha256.c
  crypto_auth/hmacsha512/auth_hmacsha512.c
  crypto_onetimeauth/crypto_onetimeauth.c
  crypto_onetimeauth/poly1305/donna/poly1305_donna.c
  crypto_onetimeauth/poly1305/onetimeauth_poly1305.c
  crypto_pwhash/argon2/argon2-core.c
  crypto_pwhash/argon2/argon2-encoding.c
  crypto_pwhash/argon2/argon2-fill-block-ref.c
  crypto_pwhash/argon2/argon2.c
  crypto_pwhash/argon2/blake2b-long.c
  crypto_pwhash/argon2/pwhash_argon2i.c
  crypto_pwhash/argon2/pwhash_argon2id.c
  crypto_pwhash/crypto_pwhash.c
  crypto_scalarmult/crypto_scalarmult.c
  crypto_scalarmult/curve25519/ref10/x25519_ref10.c
  crypto_scalarmult/curve25519/scalarmult_curve25519.c
  crypto_scalarmult/ed25519/ref10/scalarmult_ed25519_ref10.c
  crypto_sign/crypto_sign.c
  crypto_sign/ed25519/ref10/keypair.c
  crypto_sign/ed25519/ref10/open.c
  crypto_sign/ed25519/ref10/sign.c
  crypto_sign/ed25519/sign_ed25519.c
  crypto_stream/chacha20/ref/chacha20_ref.c
  crypto_stream/chacha20/stream_chacha20.c
  crypto_stream/salsa20/ref/salsa20_ref.c
  crypto_stream/salsa20/stream_salsa20.c
  crypto_verify/sodium/verify.c
  randombytes/randombytes.c
  randombytes/sysrandom/randombytes_sysrandom.c
  sodium/codecs.c
  sodium/core.c
  sodium/runtime.c
  sodium/utils.c
  sodium/version.c)
list(TRANSFORM sodium_files PREPEND "${sodium}/")
add_library(parley_wasm_sodium STATIC ${sodium_files})
target_include_directories(parley_wasm_sodium SYSTEM
  PUBLIC "${sodium}/include" "${sodium}/include/sodium" "${sodium_generated}"
  PRIVATE "${sodium_generated}/sodium")
target_compile_definitions(parley_wasm_sodium
  PRIVATE _WASI_EMULATED_SIGNAL _WASI_EMULATED_MMAN
  PUBLIC CONFIGURED=1 SODIUM_STATIC)
target_compile_options(parley_wasm_sodium PRIVATE -w)
target_link_libraries(parley_wasm_sodium PUBLIC wasi-emulated-mman wasi-emulated-signal)

# BearSSL: AES and GHASH in constant time without special instructions.
set(bearssl "${wasm_sources}/bearssl")
set(bearssl_files
  aead/gcm.c
  codec/ccopy.c codec/dec32be.c codec/dec32le.c codec/dec64be.c codec/dec64le.c
  codec/enc32be.c codec/enc32le.c codec/enc64be.c codec/enc64le.c
  hash/ghash_ctmul64.c
  symcipher/aes_common.c symcipher/aes_ct64.c symcipher/aes_ct64_enc.c symcipher/aes_ct64_dec.c
  symcipher/aes_ct64_cbcenc.c symcipher/aes_ct64_cbcdec.c symcipher/aes_ct64_ctr.c)
list(TRANSFORM bearssl_files PREPEND "${bearssl}/src/")
add_library(parley_wasm_bearssl STATIC ${bearssl_files})
target_include_directories(parley_wasm_bearssl SYSTEM
  PUBLIC "${bearssl}/inc" PRIVATE "${bearssl}/src")
target_compile_options(parley_wasm_bearssl PRIVATE -w)

# All C is built for its size, but for what every message passes: AES and SHA-256.
set(hot "${sodium}/crypto_hash/sha256/cp/hash_sha256_cp.c")
foreach(name IN ITEMS aes_ct64 aes_ct64_enc aes_ct64_dec aes_ct64_cbcenc aes_ct64_cbcdec)
  list(APPEND hot "${bearssl}/src/symcipher/${name}.c")
endforeach()
set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS -O2)

# Header-only libraries of the machine, without the rest of its /usr/include.
set(wasm_headers "${CMAKE_BINARY_DIR}/wasm-libraries/include")
file(MAKE_DIRECTORY "${wasm_headers}")
file(CREATE_LINK /usr/include/tl "${wasm_headers}/tl" SYMBOLIC)
include_directories(SYSTEM "${wasm_headers}")
