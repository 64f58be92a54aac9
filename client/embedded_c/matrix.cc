#include "embedded_c/matrix.h"

#include <cmath>
#include <string>

namespace alidade::embedded_c {

Outcome check_matrix(const float* values, std::size_t rows, std::size_t dimension, std::string_view name) {
  const auto refuse = [name](ald_status status, std::string_view what) {
    return failure(status, std::string(name) + std::string(what));
  };
  if (dimension == 0) return refuse(ALD_INVALID_ARGUMENT, ": dimension is 0");
  if (dimension > ALD_MAX_DIMENSION) return refuse(ALD_TOO_LARGE, ": dimension is more than ALD_MAX_DIMENSION");
  // Both are bounded: neither product wraps.
  if (rows * dimension * sizeof(float) > ALD_MAX_BYTES) return refuse(ALD_TOO_LARGE, ": more than ALD_MAX_BYTES");
  for (std::size_t i = 0; i < rows * dimension; ++i) {
    if (!std::isfinite(values[i])) {
      return refuse(ALD_INVALID_ARGUMENT, ": value " + std::to_string(i % dimension) + " of row " +
                                              std::to_string(i / dimension) + " is not a finite number");
    }
  }
  return std::nullopt;
}

Outcome check_count(std::size_t count, std::string_view name) {
  if (count <= ALD_MAX_RECORDS) return std::nullopt;
  return failure(ALD_TOO_LARGE, std::string(name) + " is more than ALD_MAX_RECORDS");
}

Outcome copy_rows(const float* values, std::size_t rows, std::size_t dimension, std::string_view name,
                  std::vector<std::vector<float>>& out) {
  const auto refuse = [name](std::string_view what) {
    return failure(ALD_INVALID_ARGUMENT, std::string(name) + std::string(what));
  };
  if (rows == 0) return refuse(": there are none");
  if (auto wrong = check_count(rows, name)) return wrong;
  if (values == nullptr) return refuse(" is NULL");
  if (auto wrong = check_matrix(values, rows, dimension, name)) return wrong;
  out.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i) out.emplace_back(values + i * dimension, values + (i + 1) * dimension);
  return std::nullopt;
}

}  // namespace alidade::embedded_c
