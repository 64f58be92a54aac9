// is_null and is_empty, as conditions of their own and as flags of a field condition. A null inside
// a list counts.
#include <algorithm>

#include "index/payload/values.h"
#include "query/filter/node.h"

namespace alidade::query {

using base::json::Value;

ValueTest make_test(const model::EmptyFlag& test) {
  return [test](const std::vector<const Value*>& values) {
    const bool empty = std::none_of(values.begin(), values.end(),
                                    [](const Value* value) { return index::is_filled(*value); });
    return empty == test.empty;
  };
}

ValueTest make_test(const model::NullFlag& test) {
  return [test](const std::vector<const Value*>& values) {
    const bool null = std::any_of(values.begin(), values.end(),
                                  [](const Value* value) { return index::holds_null(*value); });
    return null == test.null;
  };
}

Leaf make_empty_leaf(const model::JsonPath& key, const Scope& scope) {
  Leaf leaf = make_field_leaf({key, {model::EmptyFlag{true}}}, scope);
  leaf.description += " is_empty";
  return leaf;
}

Leaf make_null_leaf(const model::JsonPath& key, const Scope& scope) {
  Leaf leaf = make_field_leaf({key, {model::NullFlag{true}}}, scope);
  leaf.description += " is_null";
  return leaf;
}

}  // namespace alidade::query
