// Field conditions: by the payload index of the path when it answers one of the tests, else by the
// values in the payload.
#include <algorithm>

#include "query/filter/node.h"

namespace alidade::query {
namespace {

using base::json::Value;

// The first test that the index answers is the only one that counts then, as with the peer.
std::optional<index::FieldMatcher> find_matcher(const model::FieldCondition& condition,
                                                const index::FieldIndex* field) {
  if (field == nullptr) return std::nullopt;
  for (const model::FieldTest& test : condition.tests) {
    if (auto matcher = field->matcher(test)) return matcher;
  }
  return std::nullopt;
}

// Inside lists there are no selections, but a text index still says how texts are cut.
const index::FieldIndex* index_of(const model::JsonPath& key, const Scope& scope) {
  if (scope.segment == nullptr) return nullptr;
  if (!scope.in_elements()) return scope.segment->payload_indexes().find(key.to_string());
  const index::FieldIndex* field =
      scope.segment->payload_indexes().find(scope.element_path + "." + key.to_string());
  return field != nullptr && field->schema().type == model::FieldType::kText ? field : nullptr;
}

}  // namespace

ValueTest make_value_test(const model::FieldTest& test) {
  return std::visit([](const auto& exact) { return make_test(exact); }, test);
}

Leaf make_field_leaf(const model::FieldCondition& condition, const Scope& scope) {
  Leaf leaf;
  leaf.description = condition.key.to_string();
  if (auto matcher = find_matcher(condition, index_of(condition.key, scope))) {
    if (!scope.in_elements()) leaf.select = std::move(matcher->select);
    leaf.passes = [key = condition.key, test = std::move(matcher->passes)](Row& row) {
      return test(model::values_at(row.root(), key));
    };
    return leaf;
  }
  std::vector<ValueTest> tests;
  for (const model::FieldTest& test : condition.tests) tests.push_back(make_value_test(test));
  leaf.passes = [key = condition.key, tests = std::move(tests)](Row& row) {
    const std::vector<const Value*> values = model::values_at(row.root(), key);
    return std::any_of(tests.begin(), tests.end(), [&](const ValueTest& test) { return test(values); });
  };
  return leaf;
}

}  // namespace alidade::query
