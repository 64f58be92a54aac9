#include "index/payload/values.h"

#include <cmath>
#include <cstring>

namespace alidade::index {

std::optional<std::int64_t> integer_of(const base::json::Value& value) {
  if (value.is_int()) return value.as_int();
  if (!value.is_double()) return std::nullopt;
  const double number = value.as_double();
  // 2^63 itself is no int64; -2^63 is.
  if (!(number >= -0x1p63 && number < 0x1p63) || std::trunc(number) != number) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

void write_bits(const base::Bitset& bits, base::ByteWriter& out) {
  out.put(static_cast<std::uint64_t>(bits.size()));
  out.put_array(std::span<const std::uint64_t>(bits.to_words()));
}

Result<base::Bitset> read_bits(base::ByteReader& in) {
  ALD_ASSIGN(const auto size, in.get<std::uint64_t>());
  const std::uint64_t bytes = (size / 64 + (size % 64 != 0 ? 1 : 0)) * sizeof(std::uint64_t);
  ALD_ASSIGN(const auto raw, in.get_bytes(bytes));
  std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t));
  if (bytes > 0) std::memcpy(words.data(), raw.data(), bytes);
  if (size % 64 != 0 && (words.back() >> (size % 64)) != 0) {
    return base::data_loss("a set of rows has bits behind its end");
  }
  return base::Bitset::from_words(words, size);
}

}  // namespace alidade::index
