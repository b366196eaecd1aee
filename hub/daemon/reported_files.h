// The files of a reported message, for an operator who has to see them: the ciphertext is taken
// from where the message says, compared with what the message says, decrypted with the key
// that the reporter showed, and saved. What does not fit is not saved.
//
// Memory: a chunk, or a whole file of those in one piece. One thread; it waits for the disk.
#pragma once

#include <functional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/content/meaning.h"

namespace parley::hub {

// Gives the bytes at the URL from the first on; empty at their end.
using NextPiece = std::function<Result<Bytes>(std::size_t most)>;

// `path` appears when all of it is there and fits, and never takes another file's place. Errors:
// file_damaged with what does not fit; storage_unavailable; those of `next`.
Status save_reported_file(const content::Attachment& attached, const NextPiece& next,
                          const std::string& path);

// "2-1-holiday.jpg", counted from 1: nothing in a sender's name leads anywhere else.
std::string reported_file_name(std::size_t message, std::size_t file, const std::string& name);

// The id of a file of this hub's own people, from the address in a message; empty: it is none.
std::string own_media_id(std::string_view url);

}  // namespace parley::hub
