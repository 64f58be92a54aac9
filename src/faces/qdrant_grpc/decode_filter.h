#pragma once

#include <optional>

#include "base/status.h"
#include "faces/contract/read_proto.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant_grpc/errors.h"
#include "qdrant_common.pb.h"

namespace alidade::faces::qdrant_grpc {

/// The filter, of a message whose rules have been checked. @return malformed for missing parts.
inline Result<model::Filter> read_filter(const ::qdrant::Filter& filter) {
  model::Filter read;
  ALD_RETURN_IF_ERROR(contract::read(filter, qdrant::kFilter, kProtoReading, read));
  return read;
}

/// The filter of a request that has one.
template <typename Request>
Result<std::optional<model::Filter>> read_filter_of(const Request& request) {
  if (!request.has_filter()) return std::optional<model::Filter>();
  ALD_ASSIGN(auto filter, read_filter(request.filter()));
  return std::optional<model::Filter>(std::move(filter));
}

}  // namespace alidade::faces::qdrant_grpc
