/* The client engine behind a C interface, for WebAssembly and other languages.
 *
 * An engine is one account on one device: a state machine without I/O. It takes one encoded
 * message and gives one back; proto/client.proto has the messages and the contract of the
 * caller (store, then send, then show):
 *
 *   parley_engine* engine = parley_engine_new();
 *   if (parley_engine_step(engine, input, input_size) != 0) ...   // parley.client.Input
 *   const uint8_t* output = parley_engine_output(engine);         // parley.client.Output
 *   size_t output_size = parley_engine_output_size(engine);
 *   ... write the records durably, send, show ...
 *   parley_engine_free(engine);
 *
 * Ownership: what goes in is borrowed for the call. The output belongs to the engine and is
 * valid until the next step, clear or free on the same engine, which wipe it: it holds
 * records with private keys. Nothing else needs to be released.
 * Threads: different engines may run on different threads at once; one engine on one thread
 * at a time. There is no global state.
 * Randomness: the operating system's; random_get of the host in WebAssembly, which must be
 * cryptographically secure (crypto.getRandomValues). If it fails, the process (instance) ends.
 * Errors: numbers of the catalogue, proto/errors.proto; 0 is success. Everything else an
 * engine reports comes as events in the output.
 * Memory: where memory for a step runs out, the process (instance) ends; nothing was sent.
 *
 * In WebAssembly these functions are exports; pointers and sizes are 32-bit offsets into the
 * exported memory. Call `_initialize` once, then place input into parley_alloc()ed memory.
 * Growing the memory detaches old views of it: look at the output through a new view. Beside a
 * few functions of WASI the module imports parley.is_absent(kind, key, key_size): not 0 where no
 * record of this kind with this key is stored, nor wanted stored by an output so far; 0 where it
 * may be, so that a host that cannot tell at once returns 0. It is called during steps and must not
 * call the engine. What it answers saves a query, and the work until there.
 */
#ifndef PARLEY_CLIENT_API_PARLEY_H_
#define PARLEY_CLIENT_API_PARLEY_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a function of this header changes its meaning. proto/client.proto grows by new
 * fields only and needs no version. */
#define PARLEY_ABI_VERSION 1u

/* Longest input of a step in bytes; larger ones are refused (TOO_LARGE). Bounded by the largest
 * reply to a query. */
#define PARLEY_MAX_INPUT_BYTES (64u * 1024u * 1024u)

typedef struct parley_engine parley_engine;

/* PARLEY_ABI_VERSION of the library, to be compared with the header's. */
uint32_t parley_abi_version(void);

/* "0.1.0"; lives as long as the program. */
const char* parley_version(void);

/* Checks cryptography, randomness and codecs against known answers; about 0.1 s. 0: all is
 * well. Otherwise the number of the first check that failed (self_test.h): do not go on. */
uint32_t parley_self_test(void);

/* A new engine; its first input is a Start. NULL without memory. */
parley_engine* parley_engine_new(void);

/* Takes one encoded parley.client.Input. 0: the output is ready. MALFORMED, TOO_LARGE: the
 * input was refused, the engine's state is unchanged and the output empty. */
int32_t parley_engine_step(parley_engine* engine, const uint8_t* input, size_t input_size);

/* The encoded parley.client.Output of the last step. NULL only if its size is 0. */
const uint8_t* parley_engine_output(const parley_engine* engine);
size_t parley_engine_output_size(const parley_engine* engine);

/* Wipes and releases the output before the next step does. */
void parley_engine_clear_output(parley_engine* engine);

/* Wipes and releases the engine. NULL is allowed. */
void parley_engine_free(parley_engine* engine);

/* Memory for inputs where the caller has no other way to it (WebAssembly). NULL where there
 * is none. parley_free wipes it first; `size` is what was asked for; NULL is allowed. */
uint8_t* parley_alloc(size_t size);
void parley_free(uint8_t* memory, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* PARLEY_CLIENT_API_PARLEY_H_ */
