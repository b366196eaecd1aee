// Deterministic CBOR (RFC 8949 §4.2.1), item by item and without a document tree. What
// a general library accepts is refused: longer forms than needed, indefinite lengths,
// text that is not UTF-8, unsorted or repeated map keys.
//
// Reader and Writer are for this folder. A Reader borrows its input, reads no byte
// outside of it, allocates nothing, and stays failed after its first problem, so
// that calls can be chained and checked once. Not for concurrent use.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/base/bytes.h"

namespace parley::content::cbor {

// Arrays, maps and tags inside one another in a value that is skipped: bounds
// the recursion of raw_value().
inline constexpr int kMaxNesting = 8;

enum class Kind : std::uint8_t;
enum class Major : std::uint8_t;

class Reader {
 public:
  explicit Reader(ByteView input) : input_(input) {}

  // Each reads the next item if it has this type; false otherwise.
  bool array(std::uint64_t& count);
  bool map(std::uint64_t& count);
  bool unsigned_number(std::uint64_t& value, std::uint64_t max);
  bool bytes(ByteView& value);
  bool text(std::string_view& value);
  bool boolean(bool& value);
  // Consumes a null if it comes next; never fails.
  bool null();
  // Any one value with all that it contains, checked to be deterministic.
  bool raw_value(ByteView& value);

  bool at_end() const { return at_ == input_.size(); }
  // `what` must outlive the reader (a literal). Returns false.
  bool reject(std::string_view what);
  bool failed() const { return failed_; }
  std::string_view problem() const { return problem_; }

 private:
  struct Item;

  bool next(Item& item);
  bool next(Item& item, Kind kind, std::string_view what);
  // Items of major type 7: simple values and floats.
  static void read_other(Item& item, std::uint8_t width);
  bool is_shortest(const Item& item, std::size_t size) const;
  bool skip(int nesting);
  bool skip_map(std::uint64_t count, int nesting);

  ByteView input_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::string_view problem_;
};

// Appends items in their shortest form; the caller keeps counts and key order.
class Writer {
 public:
  explicit Writer(Bytes& to) : to_(to) {}

  void array(std::size_t count);
  void map(std::size_t count);
  void unsigned_number(std::uint64_t value);
  void integer(std::int64_t value);
  void bytes(ByteView value);
  void text(std::string_view value);
  void boolean(bool value);
  void null();
  // Bytes that are CBOR already.
  void raw(ByteView value);

 private:
  void head(Major major, std::uint64_t argument);

  Bytes& to_;
};

}  // namespace parley::content::cbor
