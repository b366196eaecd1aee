/* What a program in C does with the interface; called by parley_test.cc. That this file
 * compiles shows that the header is C. */
#include "client/api/parley.h"

int parley_c_uses_the_interface(void);

static int steps(parley_engine* engine, const uint8_t* input, size_t size) {
  if (parley_engine_step(engine, input, size) != 0) return 1;
  return parley_engine_output_size(engine) > 0 && !parley_engine_output(engine);
}

/* The number of the first thing that was not as documented; 0: all was. */
int parley_c_uses_the_interface(void) {
  /* Input{now_ms: 1, start: {}} */
  static const uint8_t start[] = {0x08, 0x01, 0x12, 0x00};
  static const uint8_t garbage[] = {0x0a, 0xff};
  parley_engine* engine;
  uint8_t* memory;

  if (parley_abi_version() != PARLEY_ABI_VERSION) return 1;
  if (parley_version()[0] == '\0') return 2;

  engine = parley_engine_new();
  if (!engine) return 3;
  if (parley_engine_output_size(engine) != 0) return 4;
  memory = parley_alloc(sizeof start);
  if (!memory) return 5;
  for (size_t i = 0; i < sizeof start; ++i) memory[i] = start[i];
  if (steps(engine, memory, sizeof start)) return 6;
  parley_free(memory, sizeof start);
  if (parley_engine_output_size(engine) == 0) return 7; /* it asks for its account */

  if (parley_engine_step(engine, garbage, sizeof garbage) == 0) return 8;
  if (parley_engine_output_size(engine) != 0) return 9;

  if (steps(engine, start, sizeof start)) return 10;
  parley_engine_clear_output(engine);
  if (parley_engine_output_size(engine) != 0) return 11;
  parley_engine_free(engine);
  parley_engine_free(NULL);
  parley_free(NULL, 0);
  return 0;
}
