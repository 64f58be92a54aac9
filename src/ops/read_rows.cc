#include "ops/read_rows.h"

#include <fmt/format.h>

namespace alidade::ops {

using observe::OpContext;
using segment::Segment;

Result<query::Selection> select_rows(const Segment& segment,
                                     const std::optional<model::Filter>& filter,
                                     const OpContext& context) {
  if (!filter || filter->empty()) return query::Selection{segment.live(), segment.live_count()};
  ALD_ASSIGN(const auto prepared, query::PreparedFilter::prepare(*filter, segment));
  return prepared.select(context);
}

Status check_vector_names(const Segment& segment, const model::VectorSelector& selector) {
  if (selector.kind != model::VectorSelector::Kind::kNames) return {};
  for (const std::string& name : selector.names) {
    if (segment.find_vector(name) != nullptr) continue;
    return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                  ErrorKind::kVectorNameUnknown, {name});
  }
  return {};
}

}  // namespace alidade::ops
