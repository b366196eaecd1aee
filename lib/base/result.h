// Errors as values. Every fallible function returns `Result<T>`: a value, or an
// `Error` whose code comes from the one catalogue (proto/errors.proto). Nothing
// throws across a library's border; `lib/*` and `client/engine` build with
// -fno-exceptions. Dropping a Result is a compile error.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "proto/errors.h"

namespace parley {

// What went wrong. `detail` is for logs and developers: it never holds user
// data or secrets. What a user reads comes from the catalogue.
struct Error {
  ErrorCode code = ErrorCode::unspecified;
  std::string detail = {};
  // Milliseconds after which the same request may succeed; 0 = no promise.
  std::int64_t retry_after_ms = 0;

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  Result(const Result&) = default;
  Result(Result&&) = default;
  Result& operator=(const Result&) = default;
  // Not defaulted: tl::expected 1.0 copies a value where it should move it, so a
  // move-only value could not be assigned. Nor destroyed and made again in place: GCC 12 then
  // frees a moved error's text twice (cmake/Parley.cmake).
  Result& operator=(Result&& other) noexcept {
    using Base = tl::expected<T, Error>;
    if constexpr (std::is_void_v<T>) {
      Base::operator=(std::move(other));
    } else {
      Base taken(std::move(other));
      this->swap(taken);
    }
    return *this;
  }
  ~Result() = default;
};

using Status = Result<void>;

// `return fail(ErrorCode::malformed, "counter missing");`
inline tl::unexpected<Error> fail(ErrorCode code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail), 0});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace parley

// Unwraps a Result or returns its error from the calling function.
//   PARLEY_TRY(key, parse_key(bytes));     // declares `key`
//   PARLEY_CHECK(verify(key, message));    // a Status
#define PARLEY_CONCAT_(a, b) a##b
#define PARLEY_CONCAT(a, b) PARLEY_CONCAT_(a, b)
#define PARLEY_TRY_(name, expression, temporary)                       \
  auto temporary = (expression);                                       \
  if (!temporary) return ::parley::fail(std::move(temporary).error()); \
  auto name = std::move(*temporary)
#define PARLEY_TRY(name, expression) \
  PARLEY_TRY_(name, expression, PARLEY_CONCAT(parley_try_, __LINE__))
#define PARLEY_CHECK_(expression, temporary) \
  if (auto temporary = (expression); !temporary) return ::parley::fail(std::move(temporary).error())
#define PARLEY_CHECK(expression) PARLEY_CHECK_(expression, PARLEY_CONCAT(parley_check_, __LINE__))
