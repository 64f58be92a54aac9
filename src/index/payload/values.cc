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
  out.put_array(std::span<const std::uint64_t>(bits.words(), bits.word_count()));
}

Result<base::Bitset> read_bits(base::ByteReader& in) {
  ALD_ASSIGN(const auto size, in.get<std::uint64_t>());
  const std::uint64_t bytes = (size / 64 + (size % 64 != 0 ? 1 : 0)) * sizeof(std::uint64_t);
  ALD_ASSIGN(const auto raw, in.get_bytes(bytes));
  base::Bitset bits(size);
  if (bytes > 0) std::memcpy(bits.words(), raw.data(), bytes);
  return bits;
}

void add_to_posting(Posting& posting, std::uint32_t row) {
  if (posting.empty() || posting.back() < row) {
    posting.push_back(row);
    return;
  }
  const auto at = std::lower_bound(posting.begin(), posting.end(), row);
  if (at == posting.end() || *at != row) posting.insert(at, row);
}

void remove_from_posting(Posting& posting, std::uint32_t row) {
  const auto at = std::lower_bound(posting.begin(), posting.end(), row);
  if (at != posting.end() && *at == row) posting.erase(at);
}

void select_posting(const Posting& posting, base::Bitset& rows) {
  for (const std::uint32_t row : posting) select_row(rows, row);
}

std::uint64_t count_posting(const Posting& posting, const base::Bitset& rows) {
  std::uint64_t count = 0;
  for (const std::uint32_t row : posting) count += row < rows.size() && rows.test(row) ? 1 : 0;
  return count;
}

void write_posting(const Posting& posting, base::ByteWriter& out) {
  out.put(static_cast<std::uint32_t>(posting.size()));
  out.put_array(std::span<const std::uint32_t>(posting));
}

Result<Posting> read_posting(base::ByteReader& in) {
  ALD_ASSIGN(const auto size, in.get<std::uint32_t>());
  ALD_ASSIGN(const auto raw, in.get_bytes(std::size_t{size} * sizeof(std::uint32_t)));
  Posting posting(size);
  if (size > 0) std::memcpy(posting.data(), raw.data(), raw.size());
  for (std::size_t i = 1; i < posting.size(); ++i) {
    if (posting[i - 1] >= posting[i]) return base::data_loss("posting is not ascending");
  }
  return posting;
}

}  // namespace alidade::index
