#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/json_path.h"
#include "model/number.h"
#include "model/point_id.h"

namespace alidade::model {

// Tests on the values of one payload field. ---------------------------------------------------

/// A value that can be matched exactly.
using MatchScalar = std::variant<bool, std::int64_t, std::string>;

struct MatchValue {
  MatchScalar value;
};
/// Any of the listed values (all strings or all integers); an empty list matches nothing.
struct MatchAny {
  std::vector<MatchScalar> values;
};
/// Some value that is not listed; missing, null and [] do not match.
struct MatchExcept {
  std::vector<MatchScalar> values;
};
/// Full text: all tokens, any token, or the tokens in order. Without a text index the tokens are
/// words in lower case, and one text of a list must hold what is asked.
struct MatchText {
  enum class Mode { kAll, kAny, kPhrase };
  Mode mode = Mode::kAll;
  std::string text;
};
struct MatchPrefix {
  std::string prefix;
};
/// Bounds are ANDed and compare by value, exactly (compare() in number.h); a range without bounds
/// matches every number.
struct NumberRange {
  std::optional<Number> lt, gt, lte, gte;
};
/// Microseconds since 1970, UTC.
struct DatetimeRange {
  std::optional<std::int64_t> lt, gt, lte, gte;
};
struct GeoPoint {
  double lon = 0;
  double lat = 0;
};
struct GeoBoundingBox {
  GeoPoint top_left;
  GeoPoint bottom_right;
};
struct GeoRadius {
  GeoPoint center;
  double radius_m = 0;
};
struct GeoPolygon {
  std::vector<GeoPoint> exterior;
  std::vector<std::vector<GeoPoint>> interiors;
};
/// Number of values: missing or null 0, a scalar or object 1, an array its length.
struct ValuesCount {
  std::optional<std::uint64_t> lt, gt, lte, gte;
};
/// The field-condition flags `is_empty: bool` and `is_null: bool`.
struct EmptyFlag {
  bool empty = true;
};
struct NullFlag {
  bool null = true;
};

using FieldTest = std::variant<MatchValue, MatchAny, MatchExcept, MatchText, MatchPrefix, NumberRange,
                               DatetimeRange, GeoBoundingBox, GeoRadius, GeoPolygon, ValuesCount,
                               EmptyFlag, NullFlag>;

// Conditions. ---------------------------------------------------------------------------------

struct Filter;

/// Qdrant's field condition. Several tests are ORed without an index, as the peer does.
struct FieldCondition {
  JsonPath key;
  std::vector<FieldTest> tests;
};
struct IsEmptyCondition {
  JsonPath key;
};
struct IsNullCondition {
  JsonPath key;
};
struct HasIdCondition {
  std::vector<PointId> ids;
};
struct HasVectorCondition {
  std::string vector_name;
};
/// Every element of the array at `key` is judged by itself; some element must pass the filter.
struct NestedCondition {
  JsonPath key;
  std::shared_ptr<const Filter> filter;
};
/// SipHash-2-4 of the id's bytes modulo total equals index.
struct SliceCondition {
  std::uint64_t total = 1;
  std::uint64_t index = 0;
};
struct SubFilter {
  std::shared_ptr<const Filter> filter;
};

// Chroma's conditions look at one top-level member of the payload by its literal key. Strings,
// booleans and numbers never equal one another; integers and floats compare by value, exactly.
// The negated operators also match records without the key.
using MetadataScalar = std::variant<bool, std::int64_t, double, std::string>;

struct MetadataCompare {
  enum class Operator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  std::string key;
  Operator op = Operator::kEqual;
  MetadataScalar operand;
};
struct MetadataIn {
  std::string key;
  std::vector<MetadataScalar> operands;
  bool negated = false;
};
/// An array member holds the operand; never matches a scalar member.
struct MetadataContains {
  std::string key;
  MetadataScalar operand;
  bool negated = false;
};
/// Case-sensitive substring of a text member (Chroma's document); records without it do not contain.
struct TextContains {
  std::string key;
  std::string text;
  bool negated = false;
};
/// Rust-regex search in a text member. Compiled when the filter is resolved.
struct TextRegex {
  std::string key;
  std::string pattern;
  bool negated = false;
};
/// Matches every row, or none.
struct Constant {
  bool matches = true;
};

using Condition =
    std::variant<FieldCondition, IsEmptyCondition, IsNullCondition, HasIdCondition, HasVectorCondition,
                 NestedCondition, SliceCondition, SubFilter, MetadataCompare, MetadataIn,
                 MetadataContains, TextContains, TextRegex, Constant>;

/// A row passes when every `must`, at least one `should` (when there are any), no `must_not` and at
/// least `min_should.count` of its conditions hold. An empty filter matches everything.
struct Filter {
  struct MinShould {
    std::vector<Condition> conditions;
    std::uint64_t min_count = 1;
  };
  std::vector<Condition> must;
  std::vector<Condition> should;
  std::vector<Condition> must_not;
  std::optional<MinShould> min_should;

  bool empty() const { return must.empty() && should.empty() && must_not.empty() && !min_should; }
};

}  // namespace alidade::model
