#pragma once

#include <optional>

#include "base/status.h"
#include "model/filter.h"
#include "qdrant_common.pb.h"

namespace alidade::faces::qdrant_grpc {

/// The filter, of a message whose rules have been checked. @return malformed for missing parts.
Result<model::Filter> read_filter(const ::qdrant::Filter& filter);

/// The filter of a request that has one.
template <typename Request>
Result<std::optional<model::Filter>> read_filter_of(const Request& request) {
  if (!request.has_filter()) return std::optional<model::Filter>();
  ALD_ASSIGN(auto filter, read_filter(request.filter()));
  return std::optional<model::Filter>(std::move(filter));
}

}  // namespace alidade::faces::qdrant_grpc
