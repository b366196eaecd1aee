// Text forms of bytes: hexadecimal, base64 (RFC 4648 §4 and the URL alphabet of
// §5) and unpadded lower-case base32 (§6). Decoders accept exactly what the
// encoders produce (one text per value) and report anything else as
// ErrorCode::malformed.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

namespace parley {

std::string hex_encode(ByteView bytes);
Result<Bytes> hex_decode(std::string_view text);

std::string base64_encode(ByteView bytes);
Result<Bytes> base64_decode(std::string_view text);

// Without padding.
std::string base64url_encode(ByteView bytes);
Result<Bytes> base64url_decode(std::string_view text);

// Without padding, a-z2-7.
std::string base32_encode(ByteView bytes);
Result<Bytes> base32_decode(std::string_view text);

// True where `bytes` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong
// forms, nothing above U+10FFFF).
bool is_valid_utf8(ByteView bytes);

}  // namespace parley
