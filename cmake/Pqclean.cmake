# PQClean's portable C for ML-KEM-768 and ML-KEM-1024 (and Keccak), compiled from
# the npm package `pqclean`. See docs/adr/0005-kyber-on-pqclean.md.

set(PARLEY_PQCLEAN_DIR "${CMAKE_SOURCE_DIR}/.deps/npm/build/node_modules/pqclean"
    CACHE PATH "The npm package pqclean")
set(pqclean "${PARLEY_PQCLEAN_DIR}/deps/PQClean")
if(NOT EXISTS "${pqclean}/crypto_kem/ml-kem-1024/clean/kem.c")
  message(FATAL_ERROR "PQClean's sources are missing. Install them with: tools/bootstrap build")
endif()

# Each parameter set is a library of its own: their headers have the same names.
add_library(parley_pqclean INTERFACE)
foreach(set IN ITEMS 768 1024)
  set(folder "${pqclean}/crypto_kem/ml-kem-${set}/clean")
  file(GLOB sources "${folder}/*.c")
  add_library(parley_pqclean_${set} OBJECT ${sources})
  target_include_directories(parley_pqclean_${set} PRIVATE "${folder}" "${pqclean}/common")
  target_sources(parley_pqclean INTERFACE $<TARGET_OBJECTS:parley_pqclean_${set}>)
endforeach()

# Round-3 Kyber-1024's key generation differs by one byte that is hashed.
add_library(parley_kyber1024_round3 OBJECT "${CMAKE_SOURCE_DIR}/lib/crypto/kyber1024_round3.c")
target_include_directories(parley_kyber1024_round3
  PRIVATE "${CMAKE_SOURCE_DIR}" "${pqclean}/crypto_kem/ml-kem-1024/clean" "${pqclean}/common")
target_sources(parley_pqclean INTERFACE $<TARGET_OBJECTS:parley_kyber1024_round3>)

add_library(parley_pqclean_common OBJECT "${pqclean}/common/fips202.c")
target_include_directories(parley_pqclean_common PRIVATE "${pqclean}/common")
target_sources(parley_pqclean INTERFACE $<TARGET_OBJECTS:parley_pqclean_common>)
target_include_directories(parley_pqclean INTERFACE "${pqclean}")
