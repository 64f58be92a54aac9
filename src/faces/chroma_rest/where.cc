#include "faces/chroma_rest/where.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "faces/chroma_rest/metadata.h"
#include "ops/check_filter.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using model::Condition;
using model::Filter;
using model::MetadataCompare;
using model::MetadataScalar;
using MaybeCondition = std::optional<Condition>;  // nullopt: no filter looks like this.

namespace {

constexpr std::string_view kDocumentField = "#document";

/// The patterns of what was read so far, in their order.
using Patterns = std::vector<Condition>;

std::optional<MetadataScalar> scalar(const json::Value& value) {
  switch (value.kind()) {
    case json::Value::Kind::kBool: return MetadataScalar(value.as_bool());
    case json::Value::Kind::kInt: return MetadataScalar(value.as_int());
    case json::Value::Kind::kDouble: return MetadataScalar(value.as_double());
    case json::Value::Kind::kString: return MetadataScalar(value.as_string());
    // Between 2^63 and 2^64 the peer knows neither an integer nor a float.
    case json::Value::Kind::kUint:
    case json::Value::Kind::kNull:
    case json::Value::Kind::kArray:
    case json::Value::Kind::kObject: return std::nullopt;
  }
  return std::nullopt;
}

/// The only member of an object, or nullptr.
const json::Member* only_member(const json::Value& value) {
  if (!value.is_object() || value.as_object().size() != 1) return nullptr;
  return &value.as_object().front();
}

MaybeCondition compare(const std::string& key, MetadataCompare::Operator op,
                       const json::Value& operand) {
  auto value = scalar(operand);
  if (!value) return std::nullopt;
  const bool needs_number = op != MetadataCompare::Operator::kEqual &&
                            op != MetadataCompare::Operator::kNotEqual;
  if (needs_number && !operand.is_number()) return std::nullopt;
  return MetadataCompare{key, op, *std::move(value)};
}

MaybeCondition in_list(const std::string& key, bool negated, const json::Value& operand) {
  if (!operand.is_array() || operand.as_array().empty()) return std::nullopt;
  model::MetadataIn condition{key, {}, negated};
  for (const json::Value& item : operand.as_array()) {
    auto value = scalar(item);
    if (!value) return std::nullopt;
    if (!condition.operands.empty() && condition.operands.front().index() != value->index()) {
      return std::nullopt;
    }
    condition.operands.push_back(*std::move(value));
  }
  return condition;
}

MaybeCondition contains(const std::string& key, bool negated, const json::Value& operand) {
  if (key == kDocumentField) {
    if (!operand.is_string()) return std::nullopt;
    return model::TextContains{std::string(kDocumentKey), operand.as_string(), negated};
  }
  auto value = scalar(operand);
  if (!value) return std::nullopt;
  return model::MetadataContains{key, *std::move(value), negated};
}

MaybeCondition regex(const std::string& key, bool negated, const json::Value& operand,
                     Patterns& patterns) {
  if (key != kDocumentField || !operand.is_string()) return std::nullopt;
  return patterns.emplace_back(
      model::TextRegex{std::string(kDocumentKey), operand.as_string(), negated});
}

MaybeCondition field_condition(const std::string& key, const json::Value& test,
                               Patterns& patterns) {
  using Operator = MetadataCompare::Operator;
  if (!test.is_object()) return compare(key, Operator::kEqual, test);
  const json::Member* member = only_member(test);
  if (!member) return std::nullopt;
  const auto& [name, operand] = *member;
  if (name == "$eq") return compare(key, Operator::kEqual, operand);
  if (name == "$ne") return compare(key, Operator::kNotEqual, operand);
  if (name == "$gt") return compare(key, Operator::kGreater, operand);
  if (name == "$gte") return compare(key, Operator::kGreaterOrEqual, operand);
  if (name == "$lt") return compare(key, Operator::kLess, operand);
  if (name == "$lte") return compare(key, Operator::kLessOrEqual, operand);
  if (name == "$in") return in_list(key, false, operand);
  if (name == "$nin") return in_list(key, true, operand);
  if (name == "$contains") return contains(key, false, operand);
  if (name == "$not_contains") return contains(key, true, operand);
  if (name == "$regex") return regex(key, false, operand, patterns);
  if (name == "$not_regex") return regex(key, true, operand, patterns);
  return std::nullopt;
}

/// $and and $or over a list. An empty $and matches every record, an empty $or none.
template <typename Decode>
MaybeCondition combine(bool all, const json::Value& list, Patterns& patterns, Decode decode) {
  if (!list.is_array()) return std::nullopt;
  if (list.as_array().empty()) return model::Constant{all};
  auto filter = std::make_shared<Filter>();
  for (const json::Value& item : list.as_array()) {
    MaybeCondition part = decode(item, patterns);
    if (!part) return std::nullopt;
    (all ? filter->must : filter->should).push_back(*std::move(part));
  }
  return model::SubFilter{std::move(filter)};
}

MaybeCondition where_condition(const json::Value& where, Patterns& patterns) {
  const json::Member* member = only_member(where);
  if (!member) return std::nullopt;
  const auto& [key, test] = *member;
  if (key == "$and" || key == "$or") {
    return combine(key == "$and", test, patterns, where_condition);
  }
  if (key.starts_with('$')) return std::nullopt;
  return field_condition(key, test, patterns);
}

MaybeCondition document_condition(const json::Value& where, Patterns& patterns) {
  const json::Member* member = only_member(where);
  if (!member) return std::nullopt;
  const auto& [name, operand] = *member;
  if (name == "$and" || name == "$or") {
    return combine(name == "$and", operand, patterns, document_condition);
  }
  if (name != "$contains" && name != "$not_contains" && name != "$regex" && name != "$not_regex") {
    return std::nullopt;
  }
  return field_condition(std::string(kDocumentField), where, patterns);
}

/// A bad pattern in front of a malformed part is the mistake that the peer meets first.
Status malformed(std::string_view message, Patterns patterns) {
  Filter before;
  before.must = std::move(patterns);
  ALD_RETURN_IF_ERROR(ops::check_filter(before));
  return invalid_argument(std::string(message));
}

}  // namespace

Result<std::optional<Filter>> decode_where(const WhereClauses& clauses) {
  if (clauses.empty()) return std::optional<Filter>();
  Filter filter;
  Patterns patterns;
  if (!clauses.where.is_null()) {
    MaybeCondition condition = where_condition(clauses.where, patterns);
    if (!condition) return malformed("Invalid where clause", std::move(patterns));
    filter.must.push_back(*std::move(condition));
  }
  if (!clauses.where_document.is_null()) {
    MaybeCondition condition = document_condition(clauses.where_document, patterns);
    if (!condition) return malformed("Invalid where document clause", std::move(patterns));
    filter.must.push_back(*std::move(condition));
  }
  return std::optional<Filter>(std::move(filter));
}

}  // namespace alidade::faces::chroma_rest
