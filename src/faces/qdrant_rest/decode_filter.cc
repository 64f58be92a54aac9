#include "faces/qdrant_rest/decode_filter.h"

#include <memory>

#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

using model::Condition;

Status unknown_condition() {
  return body_refused(
      "Expected some form of condition, which can be a field condition (like {\"key\": ..., "
      "\"match\": ... }), or some other mentioned in the documentation: "
      "https://qdrant.tech/documentation/concepts/filtering/#filtering-conditions");
}

// {"key": path}, as in is_empty and is_null.
std::optional<model::JsonPath> keyed_path(const Value& value) {
  const Value* key = value.find("key");
  if (key == nullptr || !key->is_string()) return std::nullopt;
  return model::JsonPath::parse(key->as_string());
}

std::optional<Condition> has_id_of(const Value& value) {
  auto ids = read_point_ids(value);
  if (!ids.ok()) return std::nullopt;
  return model::HasIdCondition{std::move(ids).value()};
}

std::optional<Condition> nested_of(const Value& value, const std::string& path, Rules& rules) {
  auto key = keyed_path(value);
  const Value* inner = value.find("filter");
  if (!key || inner == nullptr) return std::nullopt;
  auto filter = read_filter(*inner, path + ".nested.filter", rules);
  if (!filter.ok()) return std::nullopt;
  return model::NestedCondition{*std::move(key),
                                std::make_shared<const model::Filter>(std::move(filter).value())};
}

std::optional<Condition> slice_of(const Value& value, const std::string& path, Rules& rules) {
  const Value* total = value.find("total");
  const Value* index = value.find("index");
  if (total == nullptr || index == nullptr) return std::nullopt;
  const auto total_read = read_usize(*total);
  const auto index_read = read_usize(*index);
  if (!total_read.ok() || !index_read.ok() || *total_read == 0) return std::nullopt;
  if (*index_read >= *total_read) {
    rules.broken(path + ".__all__",
                 "Validation error: Slice index must be less than the total number of slices [{}]");
  }
  return model::SliceCondition{.total = *total_read, .index = *index_read};
}

// Every condition without a `key`; nullopt when the object is none of them.
std::optional<Condition> keyless_condition_of(const Value& value,
                                              const std::string& path,
                                              Rules& rules) {
  if (const Value* inner = value.find("is_empty")) {
    if (auto key = keyed_path(*inner)) return model::IsEmptyCondition{*std::move(key)};
  }
  if (const Value* inner = value.find("is_null")) {
    if (auto key = keyed_path(*inner)) return model::IsNullCondition{*std::move(key)};
  }
  if (const Value* inner = value.find("has_id")) {
    if (auto condition = has_id_of(*inner)) return condition;
  }
  if (const Value* inner = value.find("has_vector"); inner != nullptr && inner->is_string()) {
    return model::HasVectorCondition{inner->as_string()};
  }
  if (const Value* inner = value.find("nested")) {
    if (auto condition = nested_of(*inner, path, rules)) return condition;
  }
  if (const Value* inner = value.find("slice")) {
    if (auto condition = slice_of(*inner, path, rules)) return condition;
  }
  auto filter = read_filter(value, path, rules);
  if (!filter.ok()) return std::nullopt;
  return model::SubFilter{std::make_shared<const model::Filter>(std::move(filter).value())};
}

Result<Condition> read_condition(const Value& value, const std::string& path, Rules& rules) {
  if (!value.is_object()) return unknown_condition();
  if (value.find("key") != nullptr) {
    ALD_ASSIGN(auto field, read_field_condition(value, path, rules));
    return Condition(std::move(field));
  }
  auto condition = keyless_condition_of(value, path, rules);
  if (!condition) return unknown_condition();
  return *std::move(condition);
}

Result<std::vector<Condition>> read_conditions(const Value& list, const std::string& path, Rules& rules) {
  std::vector<Condition> conditions;
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    ALD_ASSIGN(Condition condition,
               read_condition(list.as_array()[i], path + "[" + std::to_string(i) + "]", rules));
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

// One condition or a list of them; null is none.
Result<std::vector<Condition>> read_clause(const Value& value, const std::string& path, Rules& rules) {
  if (value.is_null()) return std::vector<Condition>{};
  if (value.is_array()) return read_conditions(value, path, rules);
  if (!value.is_object()) return invalid_type(value, "null, array or map");
  ALD_ASSIGN(Condition condition, read_condition(value, path, rules));
  return std::vector<Condition>{std::move(condition)};
}

Result<model::Filter::MinShould> read_min_should(const Value& value,
                                                 const std::string& path,
                                                 Rules& rules) {
  const Value* conditions = value.find("conditions");
  const Value* min_count = value.find("min_count");
  if (value.is_array()) {  // The fields of a struct in their order.
    const auto& fields = value.as_array();
    if (!fields.empty()) conditions = &fields[0];
    if (fields.size() > 1) min_count = &fields[1];
  } else if (!value.is_object()) {
    return not_a_struct(value, "MinShould");
  }
  model::Filter::MinShould result;
  if (conditions != nullptr) {
    if (!conditions->is_array()) return invalid_type(*conditions, "a sequence");
    ALD_ASSIGN(result.conditions, read_conditions(*conditions, path + ".conditions", rules));
  }
  if (min_count != nullptr) {
    ALD_ASSIGN(result.min_count, read_usize(*min_count));
  }
  if (conditions == nullptr) return missing_field("conditions");
  if (min_count == nullptr) return missing_field("min_count");
  if (result.min_count == 0) rules.broken(path + ".min_count", "min_count must be greater than 0");
  return result;
}

}  // namespace

Result<model::Filter> read_filter(const Value& value, const std::string& path, Rules& rules) {
  if (value.is_array()) {
    // A list would be the four fields in order; all but the first have to be there.
    const std::size_t count = std::max<std::size_t>(value.as_array().size(), 1);
    return body_refused("invalid length " + std::to_string(count) +
                        ", expected struct Filter with 4 elements");
  }
  if (!value.is_object()) return not_a_struct(value, "Filter");
  model::Filter filter;
  for (const auto& [key, clause] : value.as_object()) {
    const std::string inner = path + "." + key;
    if (key == "must") {
      ALD_ASSIGN(filter.must, read_clause(clause, inner, rules));
    } else if (key == "should") {
      ALD_ASSIGN(filter.should, read_clause(clause, inner, rules));
    } else if (key == "must_not") {
      ALD_ASSIGN(filter.must_not, read_clause(clause, inner, rules));
    } else if (key == "min_should") {
      if (clause.is_null()) continue;
      ALD_ASSIGN(filter.min_should, read_min_should(clause, inner, rules));
    } else {
      return body_refused("unknown field `" + key +
                          "`, expected one of `should`, `min_should`, `must`, `must_not`");
    }
  }
  return filter;
}

Result<std::optional<model::Filter>> read_optional_filter(const Value& value,
                                                          const std::string& path,
                                                          Rules& rules) {
  if (value.is_null()) return std::optional<model::Filter>();
  ALD_ASSIGN(auto filter, read_filter(value, path, rules));
  return std::optional<model::Filter>(std::move(filter));
}

}  // namespace alidade::faces::qdrant_rest
