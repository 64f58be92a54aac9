#include "ops/run_query.h"

#include <algorithm>
#include <limits>
#include <string>
#include <variant>

#include <fmt/format.h>

namespace alidade::ops {
namespace {

using segment::Segment;

bool asks_indexed_only(const query::ResolvedQuery& query) {
  return query.params.indexed_only ||
         std::any_of(query.prefetch.begin(), query.prefetch.end(), &asks_indexed_only);
}

}  // namespace

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

std::uint64_t saturating_multiply(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b ? std::numeric_limits<std::uint64_t>::max() : a * b;
}

std::uint64_t indexing_threshold_bytes(const collection::Collection& collection,
                                       const query::ResolvedQuery& query) {
  if (!asks_indexed_only(query)) return 0;
  return collection.indexing_threshold_bytes();
}

void search_small_tails(const Segment& segment, std::uint64_t threshold_bytes, query::ResolvedQuery& resolved) {
  for (auto& prefetch : resolved.prefetch) search_small_tails(segment, threshold_bytes, prefetch);
  if (!resolved.params.indexed_only) return;
  const segment::VectorField* field = segment.find_vector(resolved.using_vector);
  if (field == nullptr || !field->spec) return;
  const std::uint64_t row_bytes = std::uint64_t{field->params.size} * sizeof(float);
  resolved.params.indexed_only = segment.waiting_rows(*field) * row_bytes >= threshold_bytes;
}

void clamp_limits(query::ResolvedQuery& resolved, std::uint64_t point_count) {
  resolved.limit = std::min(resolved.limit, point_count);
  for (auto& prefetch : resolved.prefetch) clamp_limits(prefetch, point_count);
}

Status check_given_vectors(const Segment& segment, const query::ResolvedQuery& resolved) {
  const std::string& name = resolved.using_vector;
  const auto* nearest = resolved.kind ? std::get_if<query::Nearest>(&*resolved.kind) : nullptr;
  if (nearest != nullptr && segment.find_vector(name) == nullptr) {
    return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                  ErrorKind::kVectorNameUnknown, {name});
  }
  for (const auto& prefetch : resolved.prefetch) ALD_RETURN_IF_ERROR(check_given_vectors(segment, prefetch));
  return {};
}

}  // namespace alidade::ops
