#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

/// What every fuzz target shares: taking an input apart, and promises whose breach is a crash.
namespace alidade::fuzz {

/// Takes an input apart front to back; what is missing reads as zero. Views borrow from the input.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const std::byte*>(data), size) {}

  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  /// At most `size_bytes`, fewer when the input ends.
  std::span<const std::byte> bytes(std::size_t size_bytes) {
    const auto part = bytes_.first(size_bytes < bytes_.size() ? size_bytes : bytes_.size());
    bytes_ = bytes_.subspan(part.size());
    return part;
  }
  std::string_view text(std::size_t size_bytes) { return base::as_text(bytes(size_bytes)); }
  std::span<const std::byte> rest() { return bytes(bytes_.size()); }
  std::string_view rest_text() { return base::as_text(rest()); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::uint64_t number(std::size_t size_bytes) {
    std::uint64_t value = 0;
    for (const std::byte b : bytes(size_bytes)) value = (value << 8) | std::to_integer<unsigned>(b);
    return value;
  }

  std::span<const std::byte> bytes_;
};

/// Ends the program, naming the promise: the fuzzer then keeps the input.
[[noreturn]] void broken(std::string_view promise, std::string_view detail);

inline void require(bool holds, std::string_view promise, std::string_view detail = {}) {
  if (!holds) broken(promise, detail);
}

/// A refusal carries one of the codes that the decoder documents.
void require_code(const Status& status, std::initializer_list<StatusCode> documented);

}  // namespace alidade::fuzz
