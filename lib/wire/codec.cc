#include "lib/wire/codec.h"

#include "lib/base/encoding.h"

namespace parley::wire::codec {

bool check_bytes(Reader& in, const Field& field, std::string_view where, BytesRule rule) {
  if (!has_type(in, field, WireType::length_delimited, where)) return false;
  const std::size_t size = field.bytes.size();
  if (rule.max_bytes != 0 && size > rule.max_bytes) return in.reject(where, "too long");
  if (rule.exact_bytes != 0 && size != 0 && size != rule.exact_bytes) {
    return in.reject(where, "wrong length");
  }
  if (rule.is_text && !is_valid_utf8(field.bytes)) return in.reject(where, "not UTF-8");
  return true;
}

}  // namespace parley::wire::codec
