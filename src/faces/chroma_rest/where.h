#pragma once

#include <optional>

#include "base/json.h"
#include "base/status.h"
#include "model/filter.h"

namespace alidade::faces::chroma_rest {

/// The filters of a request as they came; null is no filter.
struct WhereClauses {
  base::json::Value where;
  base::json::Value where_document;
  bool empty() const { return where.is_null() && where_document.is_null(); }
};

/// Both clauses as one filter, ANDed.
/// @return kInvalidArgument "Invalid where clause" or "Invalid where document clause" for any mistake;
///         ErrorKind::kRegex where a pattern in front of it is none. Patterns of a filter that is
///         otherwise right are left to the operation.
Result<std::optional<model::Filter>> decode_where(const WhereClauses& clauses);

}  // namespace alidade::faces::chroma_rest
