// Nested conditions: every object of a list is judged by itself. `o` means `o[]`; a single object
// is no list.
#include <algorithm>

#include "query/filter/node.h"

namespace alidade::query {

using base::json::Value;

Result<Leaf> make_leaf(const model::NestedCondition& condition, const Scope& scope) {
  model::JsonPath elements = condition.key;
  if (elements.steps.empty() || std::holds_alternative<std::string>(elements.steps.back())) {
    elements.steps.emplace_back(model::JsonPath::AnyElement{});
  }
  const std::string text = elements.to_string();
  const Scope inner{scope.segment, scope.in_elements() ? scope.element_path + "." + text : text};
  ALD_ASSIGN(std::shared_ptr<const Group> group,
             make_group(condition.filter ? *condition.filter : model::Filter{}, inner));
  Leaf leaf;
  leaf.description = "nested " + text;
  leaf.passes = [elements, group](Row& row) {
    const std::vector<const Value*> values = model::values_at(row.root(), elements);
    return std::any_of(values.begin(), values.end(), [&](const Value* value) {
      if (!value->is_object()) return false;
      Row element(*value);
      const bool passed = passes(*group, element);
      if (!element.status().ok()) row.fail(element.status());
      return passed;
    });
  };
  return leaf;
}

}  // namespace alidade::query
