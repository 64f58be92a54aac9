#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "embedded_c/failure.h"

namespace alidade::embedded_c {

/// Checks rows of a matrix of the caller; its size before anything is read. @param rows at most ALD_MAX_RECORDS.
Outcome check_matrix(const float* values, std::size_t rows, std::size_t dimension, std::string_view name);

Outcome check_count(std::size_t count, std::string_view name);

/// A matrix of a query, checked, row by row.
Outcome copy_rows(const float* values, std::size_t rows, std::size_t dimension, std::string_view name,
                  std::vector<std::vector<float>>& out);

}  // namespace alidade::embedded_c
