#include "alidade/qdrant/selectors.h"

#include "alidade/qdrant/vector.h"
#include "qdrant/json_text.h"

namespace alidade::qdrant::inline v0 {
namespace {

std::string strings_text(const std::vector<std::string>& values) {
  std::string out;
  text::append_strings(out, values);
  return out;
}

}  // namespace

WithPayload WithPayload::include(const std::vector<std::string>& paths) {
  return WithPayload("{\"include\":" + strings_text(paths) + "}");
}

WithPayload WithPayload::exclude(const std::vector<std::string>& paths) {
  return WithPayload("{\"exclude\":" + strings_text(paths) + "}");
}

WithVectors WithVectors::named(const std::vector<std::string>& names) { return WithVectors(strings_text(names)); }

PointsSelector::PointsSelector(const std::vector<PointId>& ids) : member_("\"points\":") {
  text::append_ids(member_, ids);
}

PointsSelector::PointsSelector(const Filter& filter) : member_("\"filter\":" + filter.json()) {}

ShardKeySelector::ShardKeySelector(const std::vector<std::string>& keys) : json_(strings_text(keys)) {}

const Vector* Vectors::find(std::string_view name) const {
  for (const NamedVector& named : all_) {
    if (named.name == name) return &named.vector;
  }
  return nullptr;
}

std::span<const float> Vectors::dense(std::string_view name) const {
  const Vector* found = find(name);
  const auto* values = found == nullptr ? nullptr : std::get_if<DenseVector>(found);
  return values == nullptr ? std::span<const float>() : std::span<const float>(*values);
}

}  // namespace alidade::qdrant::inline v0
