#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "embedded_c/failure.h"

namespace alidade::embedded_c {

/// One record of a result.
struct Row {
  std::string id = {};
  std::optional<std::string> document = {};
  std::optional<std::string> uri = {};
  std::optional<std::string> metadata = {};  ///< A JSON object.
  std::vector<float> embedding = {};
  std::optional<float> distance = {};
};

/// What ald_result stands for.
struct Rows {
  std::vector<std::vector<Row>> lists;
};

/// Reads the answer of a get (one list) or of a query (a list for each vector).
Outcome parse_rows(std::string_view answer, bool is_query, Rows& rows);

}  // namespace alidade::embedded_c
