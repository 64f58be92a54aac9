// Exact matches and prefixes, by the rules without an index: 5 is not 5.0, and values of any type
// count for `except`.
#include <algorithm>

#include "index/payload/values.h"
#include "query/filter/node.h"

namespace alidade::query {
namespace {

using base::json::Value;
using index::any_element;

bool equals(const Value& value, const model::MatchScalar& scalar) {
  if (const auto* flag = std::get_if<bool>(&scalar)) return value.is_bool() && value.as_bool() == *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) {
    return value.is_int() && value.as_int() == *integer;
  }
  return value.is_string() && value.as_string() == std::get<std::string>(scalar);
}

bool listed(const Value& value, const std::vector<model::MatchScalar>& scalars) {
  return std::any_of(scalars.begin(), scalars.end(),
                     [&](const model::MatchScalar& scalar) { return equals(value, scalar); });
}

}  // namespace

ValueTest make_test(const model::MatchValue& test) {
  return [test](const std::vector<const Value*>& values) {
    return any_element(values, [&](const Value& value) { return equals(value, test.value); });
  };
}

ValueTest make_test(const model::MatchAny& test) {
  return [test](const std::vector<const Value*>& values) {
    return any_element(values, [&](const Value& value) { return listed(value, test.values); });
  };
}

ValueTest make_test(const model::MatchExcept& test) {
  return [test](const std::vector<const Value*>& values) {
    return any_element(values, [&](const Value& value) {
      return !value.is_null() && !listed(value, test.values);
    });
  };
}

ValueTest make_test(const model::MatchPrefix& test) {
  return [test](const std::vector<const Value*>& values) {
    return any_element(values, [&](const Value& value) {
      return value.is_string() && value.as_string().starts_with(test.prefix);
    });
  };
}

}  // namespace alidade::query
