#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <span>

namespace alidade::index {

/// What a graph walks over: rows by number, in whatever form their distances are found fastest. A space is a
/// view, cheap to make, of rows that it borrows; each has a row in code_space_test.cc, the conformance suite.
///
/// Distances inside a walk are keys: whole numbers in the order of the distances, smaller is nearer, so that a
/// front is sorted and cut off without a float. Equal rows have equal keys.
///   row_count()          rows that exist for sure; those above may not be asked for.
///   prepare(values, q)   makes the query ready; values [stride of the f32 rows] outlive q.
///   prepare_row(row, q)  the same for a row against others.
///   keys(q, rows, out)   of many rows. Any finite or other numbers: a key is a key, and nothing hangs on it.
///   distance(q, key)     what the key stands for, in the units of kernels.h; an estimate unless kIsExact.
///   error_bound(q)       how far it is from the distance of the f32 rows at most; infinity = not known.
///   rerank_factor()      how many rows per wanted one a search ranks exactly; 1 where keys are exact.
///   work_per_row()       of a key, in floats read: what a walk counts between looks at its context.
template <typename S>
concept CodeSpace = requires(const S& space,
                             typename S::Query& query,
                             const typename S::Query& ready,
                             const float* values,
                             std::uint32_t row,
                             std::span<const std::uint32_t> rows,
                             std::uint32_t* keys) {
  requires std::same_as<decltype(S::kIsExact), const bool>;
  { space.row_count() } -> std::same_as<std::uint32_t>;
  space.prepare(values, query);
  space.prepare_row(row, query);
  space.keys(ready, rows, keys);
  { space.distance(ready, row) } -> std::same_as<float>;
  { space.error_bound(ready) } -> std::same_as<float>;
  { space.work_per_row() } -> std::same_as<std::size_t>;
  { S::rerank_factor() } -> std::same_as<std::uint32_t>;
};

/// The key of an exact distance: the bits of a float, in the order of whole numbers.
inline std::uint32_t key_of(float distance) {
  const auto bits = std::bit_cast<std::uint32_t>(distance + 0.0F);  // One zero, not two.
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}
inline float distance_of(std::uint32_t key) {
  return std::bit_cast<float>((key >> 31) != 0 ? key & 0x7FFFFFFFU : ~key);
}

}  // namespace alidade::index
