// Number of values of a field. A path that reaches nothing counts as one field without values.
#include <algorithm>

#include "query/filter/node.h"

namespace alidade::query {
namespace {

using base::json::Value;

std::uint64_t count_of(const Value& value) {
  if (value.is_null()) return 0;
  return value.is_array() ? value.as_array().size() : 1;
}

bool inside(const model::ValuesCount& bounds, std::uint64_t count) {
  return (!bounds.lt || count < *bounds.lt) && (!bounds.gt || count > *bounds.gt) &&
         (!bounds.lte || count <= *bounds.lte) && (!bounds.gte || count >= *bounds.gte);
}

}  // namespace

ValueTest make_test(const model::ValuesCount& test) {
  return [test](const std::vector<const Value*>& values) {
    if (values.empty()) return inside(test, 0);
    return std::any_of(values.begin(), values.end(),
                       [&](const Value* value) { return inside(test, count_of(*value)); });
  };
}

}  // namespace alidade::query
