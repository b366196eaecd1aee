// What a fuzz target says when a property does not hold: the process ends, in every
// kind of build, so that libFuzzer and the replay test both see it.
#pragma once

#include <cstdio>
#include <cstdlib>

#define PARLEY_FUZZ_CHECK(condition)                                                      \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
