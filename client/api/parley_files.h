/* What a runtime needs that moves the bytes of files itself (proto/client.proto, TransferOrder):
 * the hash of a whole file and the encryption of its chunks, docs/protocol/media.md section 2.
 * Natively client/runtime does this in C++; this is for WebAssembly and other languages.
 *
 * Ownership, threads and memory: as in parley.h. What goes in is borrowed for the call; nothing
 * points into it afterwards. Errors are numbers of the catalogue, 0 is success; a refused call
 * writes nothing.
 */
#ifndef PARLEY_CLIENT_API_PARLEY_FILES_H_
#define PARLEY_CLIENT_API_PARLEY_FILES_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- SHA-256 of what comes in pieces. NULL without memory. */
typedef struct parley_hash parley_hash;
parley_hash* parley_hash_new(void);
void parley_hash_update(parley_hash* hash, const uint8_t* data, size_t size);
/* Writes 32 bytes and releases the hash. */
void parley_hash_finish(parley_hash* hash, uint8_t* digest);
/* Releases one that is not finished. NULL is allowed. */
void parley_hash_free(parley_hash* hash);

/* --- encAlg 0xFF01: a file in chunks */
typedef struct parley_file_cipher parley_file_cipher;
/* `key` is 32 bytes, `nonce` 7, `file_size` that of the file before padding. NULL: the file is
 * too large, or there is no memory. */
parley_file_cipher* parley_file_cipher_new(const uint8_t* key, const uint8_t* nonce,
                                           const uint8_t* aad, size_t aad_size, double file_size);
uint32_t parley_file_cipher_chunks(const parley_file_cipher* cipher);
/* Bytes of chunk `index`: of the file, and sealed. 0: there is no such chunk, or (of the file)
 * only padding. */
uint32_t parley_file_cipher_file_bytes(const parley_file_cipher* cipher, uint32_t index);
uint32_t parley_file_cipher_sealed_bytes(const parley_file_cipher* cipher, uint32_t index);
/* `file` is exactly the chunk's bytes of the file; writes its sealed bytes. The caller makes sure
 * that one key and nonce never seal two versions of a file. */
int32_t parley_file_cipher_seal(const parley_file_cipher* cipher, uint32_t index,
                                const uint8_t* file, size_t file_size, uint8_t* sealed);
/* `sealed` is exactly the chunk's sealed bytes; writes its bytes of the file, once they are
 * checked. MALFORMED: they are not what was sealed. */
int32_t parley_file_cipher_open(const parley_file_cipher* cipher, uint32_t index,
                                const uint8_t* sealed, size_t sealed_size, uint8_t* file);
void parley_file_cipher_free(parley_file_cipher* cipher);

/* --- encAlg 1: a file in one piece. `key` is 16 bytes, `nonce` 12. Writes `file_size` bytes. */
int32_t parley_open_one_piece(const uint8_t* key, const uint8_t* nonce, const uint8_t* aad,
                              size_t aad_size, const uint8_t* sealed, size_t sealed_size,
                              uint8_t* file, size_t file_size);

#ifdef __cplusplus
}
#endif

#endif /* PARLEY_CLIENT_API_PARLEY_FILES_H_ */
