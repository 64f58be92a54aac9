// Conditions of the Chroma dialect on one top-level member by its literal key.
#include <algorithm>
#include <compare>

#include "index/payload/automatic.h"
#include "index/payload/numeric/ranges.h"
#include "query/filter/node.h"
#include "query/filter/regex.h"

namespace alidade::query {
namespace {

using base::json::Value;
using model::MetadataScalar;
using Operator = model::MetadataCompare::Operator;
using Field = index::AutomaticIndexes::Field;

// A number of a payload against a number operand; unordered when one of them is no number.
std::partial_ordering compare_numbers(const Value& value, const MetadataScalar& operand) {
  // Integers above int64 are floats to this dialect.
  const auto number = value.is_uint() ? model::Number(value.as_double()) : model::number_of(value);
  if (!number) return std::partial_ordering::unordered;
  if (const auto* integer = std::get_if<std::int64_t>(&operand)) return model::compare(*number, *integer);
  if (const auto* real = std::get_if<double>(&operand)) return model::compare(*number, *real);
  return std::partial_ordering::unordered;
}

bool equals(const Value& value, const MetadataScalar& operand) {
  if (const auto* flag = std::get_if<bool>(&operand)) return value.is_bool() && value.as_bool() == *flag;
  if (const auto* text = std::get_if<std::string>(&operand)) {
    return value.is_string() && value.as_string() == *text;
  }
  return compare_numbers(value, operand) == 0;
}

// Elements of lists: 5 is not 5.0.
bool same(const Value& value, const MetadataScalar& operand) {
  if (std::holds_alternative<std::int64_t>(operand) != value.is_int()) return false;
  return equals(value, operand);
}

bool holds(const Value& value, Operator op, const MetadataScalar& operand) {
  const std::partial_ordering order = compare_numbers(value, operand);
  switch (op) {
    case Operator::kEqual: return equals(value, operand);
    case Operator::kNotEqual: return !equals(value, operand);
    case Operator::kLess: return order < 0;
    case Operator::kLessOrEqual: return order <= 0;
    case Operator::kGreater: return order > 0;
    case Operator::kGreaterOrEqual: return order >= 0;
  }
  return false;
}

/// Test of a member: what its value says, whether the answer is turned round (then records without
/// the key pass), and how the automatic index finds it.
struct MemberTest {
  std::string key;
  bool negated = false;
  std::function<bool(const Value&)> passes;
  std::function<void(const Field&, base::Bitset&)> select;  // Empty: not in the index.
};

Leaf member_leaf(MemberTest test, const Scope& scope) {
  Leaf leaf;
  leaf.description = test.key;
  const index::AutomaticIndexes* automatic =
      scope.segment == nullptr || scope.in_elements() ? nullptr
                                                      : scope.segment->payload_indexes().automatic();
  if (automatic != nullptr && test.select && index::AutomaticIndexes::covers(test.key)) {
    leaf.select = [field = automatic->find(test.key), select = test.select,
                   negated = test.negated](base::Bitset& rows) {
      base::Bitset found(rows.size());
      if (field != nullptr) select(*field, found);
      found.resize(rows.size());
      if (negated) found.flip();
      rows |= found;
    };
  }
  leaf.passes = [key = std::move(test.key), negated = test.negated,
                 passes = std::move(test.passes)](Row& row) {
    const Value* value = row.root().find(key);
    return (value != nullptr && passes(*value)) != negated;
  };
  return leaf;
}

}  // namespace

Leaf make_leaf(const model::MetadataCompare& condition, const Scope& scope) {
  const bool negated = condition.op == Operator::kNotEqual;
  const bool equality = negated || condition.op == Operator::kEqual;
  const Operator op = equality ? Operator::kEqual : condition.op;
  const MetadataScalar& operand = condition.operand;
  return member_leaf({condition.key, negated,
                      [op, operand](const Value& value) { return holds(value, op, operand); },
                      [op, operand, equality](const Field& field, base::Bitset& rows) {
                        equality ? field.scalars.select_equal(operand, rows)
                                 : field.scalars.select_compare(op, operand, rows);
                      }},
                     scope);
}

Leaf make_leaf(const model::MetadataIn& condition, const Scope& scope) {
  const std::vector<MetadataScalar>& operands = condition.operands;
  return member_leaf(
      {condition.key, condition.negated,
       [operands](const Value& value) {
         return std::any_of(operands.begin(), operands.end(),
                            [&](const MetadataScalar& operand) { return equals(value, operand); });
       },
       [operands](const Field& field, base::Bitset& rows) {
         for (const MetadataScalar& operand : operands) field.scalars.select_equal(operand, rows);
       }},
      scope);
}

Leaf make_leaf(const model::MetadataContains& condition, const Scope& scope) {
  const MetadataScalar& operand = condition.operand;
  return member_leaf(
      {condition.key, condition.negated,
       [operand](const Value& value) {
         if (!value.is_array()) return false;
         const auto& array = value.as_array();
         return std::any_of(array.begin(), array.end(),
                            [&](const Value& element) { return same(element, operand); });
       },
       [operand](const Field& field, base::Bitset& rows) { field.elements.select_same(operand, rows); }},
      scope);
}

Leaf make_leaf(const model::TextContains& condition, const Scope&) {
  Leaf leaf;
  leaf.description = condition.key + " contains";
  // A needle with characters that JSON escapes would be spelled otherwise in the payload's text.
  const bool plain = std::none_of(condition.text.begin(), condition.text.end(), [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/';
  });
  leaf.passes = [plain, key = condition.key, text = condition.text,
                 negated = condition.negated](Row& row) {
    if (plain && !row.may_hold(text)) return negated;
    const Value* value = row.root().find(key);
    const bool holds =
        value != nullptr && value->is_string() && value->as_string().find(text) != std::string::npos;
    return holds != negated;
  };
  return leaf;
}

Result<Leaf> make_leaf(const model::TextRegex& condition, const Scope&) {
  ALD_ASSIGN(std::shared_ptr<const Regex> regex, Regex::compile(condition.pattern));
  Leaf leaf;
  leaf.description = condition.key + " regex";
  leaf.passes = [regex, key = condition.key, negated = condition.negated](Row& row) {
    const Value* value = row.root().find(key);
    if (value == nullptr || !value->is_string()) return negated;
    const Result<bool> found = regex->search(value->as_string());
    if (!found.ok()) row.fail(found.status());
    return found.ok() && found.value() != negated;
  };
  return leaf;
}

}  // namespace alidade::query
