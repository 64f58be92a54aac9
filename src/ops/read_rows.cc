#include "ops/read_rows.h"

#include <fmt/format.h>

namespace alidade::ops {

using segment::Segment;

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
