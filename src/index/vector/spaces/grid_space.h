#pragma once

#include <cstdint>
#include <vector>

#include "index/vector/spaces/code_rows.h"
#include "index/vector/spaces/code_space.h"

namespace alidade::index {

/// Codes on one grid. With x = (c - zero) x step and a query q = v / t of whole numbers v, the scalar product is
/// (sum of c v - zero x sum of v) x step / t, so the key of kDot is a constant less the sum of c v. kL2 adds
/// |x|^2 / 2, of the f32 row, in the same units; |q|^2 is the same for all rows.
template <int kBits>
class GridSpace {
 public:
  static constexpr bool kIsExact = false;
  struct Query {
    struct alignas(64) Line {
      std::int8_t numbers[64];
    };
    std::vector<Line> lines;       ///< v, [padded_dim].
    std::uint32_t base = 0;        ///< The key of a product of 0, and what it takes from the codes' middle.
    float unit = 1;                ///< Of keys per 1.0 of scalar product: t / step.
    float square = 0;              ///< |q|^2, for kL2.
    const float* values = nullptr; ///< Of the query; nullptr for a row, which its codes stand for.

    const std::int8_t* numbers() const { return lines.data()->numbers; }
    std::int8_t* numbers() { return lines.data()->numbers; }
  };

  /// Rows that are encoded by now. `rows` is borrowed and of kBits.
  explicit GridSpace(const CodeRows& rows) : rows_(rows), row_count_(rows.row_count()) {}

  std::uint32_t row_count() const { return row_count_; }
  void prepare(const float* values, Query& query) const;
  void prepare_row(std::uint32_t row, Query& query) const;
  void keys(const Query& query, std::span<const std::uint32_t> rows, std::uint32_t* keys) const;
  float distance(const Query& query, std::uint32_t key) const;
  /// Of all rows that are no outliers.
  float error_bound(const Query& query) const { return error_bound(query, rows_.max_error()); }
  /// Of rows whose codes are off by `row_error` at most, which is no more than max_error() of the rows.
  float error_bound(const Query& query, float row_error) const;
  /// Keys of rows whose distances differ by so much at most, as far as the codes tell, differ by no more.
  std::uint32_t keys_within(const Query& query, float distance) const;
  /// The key of an estimate of `distance`, or a little more.
  std::uint32_t last_key(const Query& query, float distance) const;
  std::size_t work_per_row() const { return rows_.row_bytes() / sizeof(float); }
  /// How many rows per wanted one a search ranks exactly. Measured on real rows: 2 and 3 at k 10; more costs
  /// up to 9 % and finds nothing.
  static constexpr std::uint32_t rerank_factor() { return kBits == 8 ? 2 : 3; }

 private:
  void set_numbers(float scale, std::int64_t sum, Query& query) const;

  const CodeRows& rows_;
  const std::uint32_t row_count_;
  const kernels::CodeKernels& kernels_ = kernels::active_code_kernels();
};

extern template class GridSpace<8>;
extern template class GridSpace<4>;
static_assert(CodeSpace<GridSpace<8>> && CodeSpace<GridSpace<4>>);

}  // namespace alidade::index
