#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alidade/client/json.h"
#include "alidade/qdrant/point_id.h"

// Filters of Qdrant as expressions:
//
//   using alidade::qdrant::field;
//   alidade::qdrant::Filter cheap = field("city") == "Berlin" && field("price") < 20.0 && !field("tags").any({"sold", "reserved"});
//
// && makes `must`, || makes `should`, ! makes `must_not`. Everything is put into JSON at once: a Filter is a value,
// cheap to keep and to use again.

namespace alidade::qdrant::inline v0 {

struct GeoPoint {
  double lon = 0;
  double lat = 0;
};

/// A moment as RFC 3339 text ("2024-02-29T12:00:00Z"), for ranges over dates.
struct Datetime {
  std::string text;
};

/// A bound of a range: whole numbers stay exact beyond 2^53. NaN and infinity are sent as null, which the server refuses
/// or takes for no bound.
class ALIDADE_API Bound {
 public:
  template <class Number>
    requires((std::integral<Number> && !std::same_as<Number, bool>) || std::floating_point<Number>)
  Bound(Number value) {  // NOLINT: a number is a bound
    if constexpr (std::floating_point<Number>) {
      json_ = of(static_cast<double>(value));
    } else {
      json_ = std::to_string(value);
    }
  }

  const std::string& json() const { return json_; }

 private:
  static std::string of(double value);

  std::string json_;
};

class Filter;

/// One test of a point. Copyable value; no thread of its own.
class Condition {
 public:
  /// A condition that this library has no name for: one object as Qdrant's REST interface takes it.
  static Condition raw(const client::Json& json) { return Condition(json.to_text()); }
  /// The same as JSON text, which is not checked.
  static Condition of_text(std::string json) { return Condition(std::move(json)); }

  const std::string& json() const { return json_; }

 private:
  explicit Condition(std::string json) : json_(std::move(json)) {}

  std::string json_;
};

/// Clauses over conditions. An empty filter matches every point.
class ALIDADE_API Filter {
 public:
  Filter() = default;
  Filter(const Condition& condition);  // NOLINT: a test is a filter

  /// Every one of these holds.
  Filter& must(const Condition& condition);
  /// At least one of these holds.
  Filter& should(const Condition& condition);
  /// None of these holds.
  Filter& must_not(const Condition& condition);
  /// At least `count` of these hold; replaces an earlier call.
  Filter& min_should(std::uint64_t count, const std::vector<Condition>& conditions);

  // Filters nest.
  Filter& must(const Filter& filter) { return must(filter.as_condition()); }
  Filter& should(const Filter& filter) { return should(filter.as_condition()); }
  Filter& must_not(const Filter& filter) { return must_not(filter.as_condition()); }

  bool empty() const;
  /// The filter as one condition of another.
  Condition as_condition() const { return Condition::of_text(json()); }
  /// The JSON object that goes over the wire.
  std::string json() const;

  static Filter both(const Filter& left, const Filter& right);
  static Filter either(const Filter& left, const Filter& right);
  static Filter none_of(const Filter& filter);

 private:
  Filter& add(std::string& clause, const Condition& condition);

  // One condition and nothing else: || and ! take it as it is.
  bool single_ = false;
  // Conditions of each clause, separated by commas.
  std::string must_, should_, must_not_, min_should_;
};

// These take conditions, too: a condition is a filter.
inline Filter operator&&(const Filter& left, const Filter& right) { return Filter::both(left, right); }
inline Filter operator||(const Filter& left, const Filter& right) { return Filter::either(left, right); }
inline Filter operator!(const Filter& filter) { return Filter::none_of(filter); }

/// A payload field that conditions are made of. `key` is a JSON path ("a.b", "a[].b").
class ALIDADE_API Field {
 public:
  explicit Field(std::string key) : key_(std::move(key)) {}

  // The value, or one element of a list, is this.
  Condition equals(std::string_view value) const;
  Condition equals(std::int64_t value) const;
  Condition equals(bool value) const;

  /// One of these. An empty list matches nothing.
  Condition any(std::initializer_list<std::string_view> values) const { return any_texts(std::span(values.begin(), values.size())); }
  Condition any(const std::vector<std::string>& values) const;
  Condition any(std::initializer_list<std::int64_t> values) const { return any_integers(std::span(values.begin(), values.size())); }
  Condition any(const std::vector<std::int64_t>& values) const { return any_integers(std::span(values.begin(), values.size())); }
  /// Has a value that is none of these; points without the field do not match.
  Condition except(std::initializer_list<std::string_view> values) const { return except_texts(std::span(values.begin(), values.size())); }
  Condition except(const std::vector<std::string>& values) const;
  Condition except(std::initializer_list<std::int64_t> values) const { return except_integers(std::span(values.begin(), values.size())); }
  Condition except(const std::vector<std::int64_t>& values) const { return except_integers(std::span(values.begin(), values.size())); }

  /// All words, one of the words, the words in this order.
  Condition text(std::string_view words) const;
  Condition text_any(std::string_view words) const;
  Condition phrase(std::string_view words) const;
  /// Begins with (Qdrant 1.19), holds (1.20) these bytes.
  Condition prefix(std::string_view begin) const;
  Condition substring(std::string_view part) const;

  struct Range {
    std::optional<Bound> lt = {};
    std::optional<Bound> lte = {};
    std::optional<Bound> gt = {};
    std::optional<Bound> gte = {};
  };
  struct DatetimeRange {
    std::optional<Datetime> lt = {};
    std::optional<Datetime> lte = {};
    std::optional<Datetime> gt = {};
    std::optional<Datetime> gte = {};
  };
  struct Count {
    std::optional<std::uint64_t> lt = {};
    std::optional<std::uint64_t> lte = {};
    std::optional<std::uint64_t> gt = {};
    std::optional<std::uint64_t> gte = {};
  };
  Condition range(const Range& range) const;
  Condition range(const DatetimeRange& range) const;
  /// low <= value <= high.
  Condition between(Bound low, Bound high) const { return range(Range{.lte = std::move(high), .gte = std::move(low)}); }
  /// How many elements the value has (missing and null: 0; a value that is no list: 1).
  Condition values_count(const Count& count) const;

  /// Within `radius_meters` of the centre.
  Condition geo_radius(GeoPoint center, double radius_meters) const;
  Condition geo_bounding_box(GeoPoint top_left, GeoPoint bottom_right) const;
  /// @param exterior, interiors closed rings: the last point is the first one again.
  Condition geo_polygon(std::span<const GeoPoint> exterior,
                        const std::vector<std::vector<GeoPoint>>& interiors = {}) const;

  /// Missing, null or [].
  Condition is_empty() const;
  /// An explicit null.
  Condition is_null() const;

 private:
  Condition any_texts(std::span<const std::string_view> values) const;
  Condition any_integers(std::span<const std::int64_t> values) const;
  Condition except_texts(std::span<const std::string_view> values) const;
  Condition except_integers(std::span<const std::int64_t> values) const;

  std::string key_;
};

inline Field field(std::string key) { return Field(std::move(key)); }

template <class Number>
concept WholeNumber = std::integral<Number> && !std::same_as<Number, bool>;

// Equality takes texts, whole numbers and bools: Qdrant has no equality of fractions (use between()).
inline Condition operator==(const Field& field, std::string_view value) { return field.equals(value); }
inline Condition operator==(const Field& field, const char* value) { return field.equals(std::string_view(value)); }
template <std::same_as<bool> Bool>
Condition operator==(const Field& field, Bool value) {
  return field.equals(value);
}
template <WholeNumber Number>
Condition operator==(const Field& field, Number value) {
  return field.equals(static_cast<std::int64_t>(value));
}
// Written out: the compiler would make them of == and ask it for a bool.
inline Filter operator!=(const Field& field, std::string_view value) { return !Filter(field == value); }
inline Filter operator!=(const Field& field, const char* value) { return !Filter(field == value); }
template <std::same_as<bool> Bool>
Filter operator!=(const Field& field, Bool value) {
  return !Filter(field == value);
}
template <WholeNumber Number>
Filter operator!=(const Field& field, Number value) {
  return !Filter(field == value);
}
template <class Number>
concept RangeNumber = WholeNumber<Number> || std::floating_point<Number>;
template <RangeNumber Number>
Condition operator<(const Field& field, Number value) {
  return field.range(Field::Range{.lt = value});
}
template <RangeNumber Number>
Condition operator<=(const Field& field, Number value) {
  return field.range(Field::Range{.lte = value});
}
template <RangeNumber Number>
Condition operator>(const Field& field, Number value) {
  return field.range(Field::Range{.gt = value});
}
template <RangeNumber Number>
Condition operator>=(const Field& field, Number value) {
  return field.range(Field::Range{.gte = value});
}
inline Condition operator<(const Field& field, const Datetime& moment) {
  return field.range(Field::DatetimeRange{.lt = moment});
}
inline Condition operator<=(const Field& field, const Datetime& moment) {
  return field.range(Field::DatetimeRange{.lte = moment});
}
inline Condition operator>(const Field& field, const Datetime& moment) {
  return field.range(Field::DatetimeRange{.gt = moment});
}
inline Condition operator>=(const Field& field, const Datetime& moment) {
  return field.range(Field::DatetimeRange{.gte = moment});
}

// Tests that are not about one payload field.

/// One of these points.
ALIDADE_API Condition has_id(const std::vector<PointId>& ids);
/// Has a vector of that name ("": the unnamed one).
ALIDADE_API Condition has_vector(std::string_view name);
/// One element of the list of objects under `key` matches the whole filter.
ALIDADE_API Condition nested(std::string_view key, const Filter& filter);
/// The part `index` of `total` equal parts of all points (Qdrant 1.19).
ALIDADE_API Condition slice(std::uint64_t total, std::uint64_t index);

}  // namespace alidade::qdrant::inline v0
