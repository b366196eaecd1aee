# The project's own CMake vocabulary, so that a module's CMakeLists.txt only says
# what it is made of and what it depends on.

set(PARLEY_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-align
    -Wunused -Woverloaded-virtual -Wimplicit-fallthrough -Werror
    # GCC 12 finds these in the inlined standard library where there is nothing to find.
    -Wno-maybe-uninitialized -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds
    -Wno-restrict)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  list(APPEND PARLEY_WARNINGS -Wno-unknown-warning-option)
endif()
set(PARLEY_CXX_WARNINGS $<$<COMPILE_LANGUAGE:CXX>:${PARLEY_WARNINGS}>)

# GCC 12's -fipa-modref takes a store for dead that a destructor in another function still reads:
# the text of an error that was moved was freed twice (hub/store/store_failure_test.cc).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-ipa-modref>)
endif()

# parley_apart(x.cc ...): never compiled as one with the module's other files, as the sanitized
# presets do (CMAKE_UNITY_BUILD), because a name of its own means something else in another.
function(parley_apart)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# parley_library(parley_x SOURCES ... DEPS ... [PRIVATE_DEPS ...])
function(parley_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE ${PARLEY_CXX_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# parley_binary(parleyd SOURCES ... DEPS ...): lands in <build>/bin.
function(parley_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${PARLEY_CXX_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
endfunction()

# `ninja unit_tests` and `ninja threaded_tests` build what the sanitizer stages run, and no more.
if(NOT TARGET unit_tests)
  add_custom_target(unit_tests)
  add_custom_target(threaded_tests)
endif()

# parley_test(x_test SOURCES ... DEPS ... [LABELS ...]): a GoogleTest binary that CTest runs
# as one test. Labels choose the stage of ./test: none means a unit test (which the sanitizer
# stages run too); interop, interop-long (only with --all) and e2e mean what they say.
function(parley_test name)
  if(NOT PARLEY_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${PARLEY_CXX_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS "unit;${ARG_LABELS}")
  if(NOT ARG_LABELS MATCHES "interop|e2e")
    add_dependencies(unit_tests ${name})
  endif()
  if(ARG_LABELS MATCHES "threads")
    add_dependencies(threaded_tests ${name})
  endif()
endfunction()

# parley_fuzzer(x_fuzz SOURCES ... DEPS ... CORPUS DIR): sources define LLVMFuzzerTestOneInput.
# With PARLEY_FUZZ it is a libFuzzer binary in <build>/bin and its test explores a fixed number
# of inputs from a fixed seed; otherwise it is a unit test that replays the corpus folder, which
# is relative to the caller's.
function(parley_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;DEPS" ${ARGN})
  if(NOT PARLEY_FUZZ AND NOT PARLEY_TESTS)
    return()
  endif()
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CORPUS}")
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${PARLEY_CXX_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  if(PARLEY_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
    # New inputs go to a scratch folder, never into the committed corpus.
    set(scratch "${CMAKE_BINARY_DIR}/fuzz-found/${name}")
    file(MAKE_DIRECTORY "${scratch}")
    add_test(NAME ${name} COMMAND ${name} -seed=1 -runs=20000 -max_len=4096 -timeout=10
      -rss_limit_mb=2048 "-artifact_prefix=${scratch}/" "${scratch}" "${corpus}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "fuzz")
  else()
    target_sources(${name} PRIVATE "${CMAKE_SOURCE_DIR}/fuzz/replay_main.cc")
    add_test(NAME ${name}_replay COMMAND ${name} "${corpus}")
    set_tests_properties(${name}_replay PROPERTIES TIMEOUT 300 LABELS "unit")
    add_dependencies(unit_tests ${name})
  endif()
endfunction()
