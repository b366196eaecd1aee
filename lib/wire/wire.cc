#include "lib/wire/wire.h"

namespace parley::wire {

void append_length_delimited(Bytes& to, std::uint32_t number, ByteView content) {
  const std::size_t before = to.size();
  to.resize(before + length_delimited_size(number, content.size()));
  Writer out(MutableByteView(to).subspan(before));
  out.put_raw(content);
  out.put_length_prefix(number, content.size());
}

}  // namespace parley::wire
