#include "alidade/qdrant/filter.h"

#include "qdrant/json_text.h"

namespace alidade::qdrant::inline v0 {
namespace {

using text::Object;

/// Appends to the conditions of a clause, which are separated by commas.
void append(std::string& list, std::string_view conditions) {
  if (conditions.empty()) return;
  if (!list.empty()) list += ',';
  list += conditions;
}

/// {"key": …, "<test>": value}
std::string field_test(std::string_view key, std::string_view test, std::string_view value) {
  std::string out;
  Object object(out);
  object.string("key", key).raw(test, value).end();
  return out;
}

std::string match(std::string_view key, std::string_view kind, std::string_view value) {
  std::string inner;
  Object object(inner);
  object.raw(kind, value).end();
  return field_test(key, "match", inner);
}

std::string quoted(std::string_view value) {
  std::string out;
  text::append_string(out, value);
  return out;
}

std::string integers(std::span<const std::int64_t> values) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    out += std::to_string(values[i]);
  }
  return out += ']';
}

std::string texts(std::span<const std::string_view> values) {
  std::string out = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    text::append_string(out, values[i]);
  }
  return out += ']';
}

std::string texts(const std::vector<std::string>& values) {
  std::string out;
  text::append_strings(out, values);
  return out;
}

/// The bounds that are there, each printed by `print`.
template <class Range, class Print>
std::string bounds(const Range& range, Print print) {
  std::string out;
  Object object(out);
  if (range.lt) object.raw("lt", print(*range.lt));
  if (range.lte) object.raw("lte", print(*range.lte));
  if (range.gt) object.raw("gt", print(*range.gt));
  if (range.gte) object.raw("gte", print(*range.gte));
  object.end();
  return out;
}

std::string point(GeoPoint at) {
  std::string out;
  Object object(out);
  object.number("lon", at.lon).number("lat", at.lat).end();
  return out;
}

std::string ring(std::span<const GeoPoint> points) {
  std::string out = "{\"points\":[";
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i != 0) out += ',';
    out += point(points[i]);
  }
  return out += "]}";
}

}  // namespace

std::string Bound::of(double value) {
  std::string out;
  text::append_double(out, value);
  return out;
}

Filter::Filter(const Condition& condition) : single_(true), must_(condition.json()) {}

Filter& Filter::must(const Condition& condition) { return add(must_, condition); }
Filter& Filter::should(const Condition& condition) { return add(should_, condition); }
Filter& Filter::must_not(const Condition& condition) { return add(must_not_, condition); }

Filter& Filter::add(std::string& clause, const Condition& condition) {
  single_ = false;
  append(clause, condition.json());
  return *this;
}

Filter& Filter::min_should(std::uint64_t count, const std::vector<Condition>& conditions) {
  single_ = false;
  min_should_.clear();
  Object object(min_should_);
  text::append_list(object.key("conditions"), conditions);
  object.number("min_count", count).end();
  return *this;
}

bool Filter::empty() const { return must_.empty() && should_.empty() && must_not_.empty() && min_should_.empty(); }

std::string Filter::json() const {
  std::string out;
  Object object(out);
  if (!must_.empty()) object.raw("must", "[" + must_ + "]");
  if (!should_.empty()) object.raw("should", "[" + should_ + "]");
  if (!must_not_.empty()) object.raw("must_not", "[" + must_not_ + "]");
  if (!min_should_.empty()) object.raw("min_should", min_should_);
  object.end();
  return out;
}

// Clauses of both sides stand side by side where that means the same; two `should` would become one, so the second
// goes in as a whole.
Filter Filter::both(const Filter& left, const Filter& right) {
  if (left.empty()) return right;
  if (right.empty()) return left;
  const auto flat = [](const Filter& filter) { return filter.should_.empty() && filter.min_should_.empty(); };
  Filter result;
  for (const Filter* side : {&left, &right}) {
    if (flat(*side)) {
      append(result.must_, side->must_);
      append(result.must_not_, side->must_not_);
    } else {
      result.must(side->as_condition());
    }
  }
  return result;
}

Filter Filter::either(const Filter& left, const Filter& right) {
  Filter result;
  for (const Filter* side : {&left, &right}) {
    // A side of alternatives only, or of a single test, adds them; anything else is one alternative.
    if (!side->should_.empty() && side->must_.empty() && side->must_not_.empty() && side->min_should_.empty()) {
      append(result.should_, side->should_);
    } else if (side->single_) {
      append(result.should_, side->must_);
    } else {
      result.should(side->as_condition());
    }
  }
  return result;
}

Filter Filter::none_of(const Filter& filter) {
  Filter none;
  if (filter.single_) {
    append(none.must_not_, filter.must_);
  } else {
    none.must_not(filter.as_condition());
  }
  return none;
}

Condition Field::equals(std::string_view value) const { return Condition::of_text(match(key_, "value", quoted(value))); }
Condition Field::equals(std::int64_t value) const { return Condition::of_text(match(key_, "value", std::to_string(value))); }
Condition Field::equals(bool value) const { return Condition::of_text(match(key_, "value", value ? "true" : "false")); }

Condition Field::any(const std::vector<std::string>& values) const { return Condition::of_text(match(key_, "any", texts(values))); }
Condition Field::any_integers(std::span<const std::int64_t> values) const {
  return Condition::of_text(match(key_, "any", integers(values)));
}
Condition Field::any_texts(std::span<const std::string_view> values) const {
  return Condition::of_text(match(key_, "any", texts(values)));
}
Condition Field::except(const std::vector<std::string>& values) const {
  return Condition::of_text(match(key_, "except", texts(values)));
}
Condition Field::except_integers(std::span<const std::int64_t> values) const {
  return Condition::of_text(match(key_, "except", integers(values)));
}
Condition Field::except_texts(std::span<const std::string_view> values) const {
  return Condition::of_text(match(key_, "except", texts(values)));
}

Condition Field::text(std::string_view words) const { return Condition::of_text(match(key_, "text", quoted(words))); }
Condition Field::text_any(std::string_view words) const { return Condition::of_text(match(key_, "text_any", quoted(words))); }
Condition Field::phrase(std::string_view words) const { return Condition::of_text(match(key_, "phrase", quoted(words))); }
Condition Field::prefix(std::string_view begin) const { return Condition::of_text(match(key_, "prefix", quoted(begin))); }
Condition Field::substring(std::string_view part) const { return Condition::of_text(match(key_, "substring", quoted(part))); }

Condition Field::range(const Range& range) const {
  return Condition::of_text(field_test(key_, "range", bounds(range, [](const Bound& bound) { return bound.json(); })));
}
Condition Field::range(const DatetimeRange& range) const {
  return Condition::of_text(field_test(key_, "range", bounds(range, [](const Datetime& at) { return quoted(at.text); })));
}
Condition Field::values_count(const Count& count) const {
  return Condition::of_text(
      field_test(key_, "values_count", bounds(count, [](std::uint64_t bound) { return std::to_string(bound); })));
}

Condition Field::geo_radius(GeoPoint center, double radius_meters) const {
  std::string out;
  Object object(out);
  object.raw("center", point(center)).number("radius", radius_meters).end();
  return Condition::of_text(field_test(key_, "geo_radius", out));
}

Condition Field::geo_bounding_box(GeoPoint top_left, GeoPoint bottom_right) const {
  std::string out;
  Object object(out);
  object.raw("top_left", point(top_left)).raw("bottom_right", point(bottom_right)).end();
  return Condition::of_text(field_test(key_, "geo_bounding_box", out));
}

Condition Field::geo_polygon(std::span<const GeoPoint> exterior,
                             const std::vector<std::vector<GeoPoint>>& interiors) const {
  std::string out;
  Object object(out);
  object.raw("exterior", ring(exterior));
  if (!interiors.empty()) {
    std::string holes;
    for (const auto& interior : interiors) append(holes, ring(interior));
    object.raw("interiors", "[" + holes + "]");
  }
  object.end();
  return Condition::of_text(field_test(key_, "geo_polygon", out));
}

Condition Field::is_empty() const { return Condition::of_text("{\"is_empty\":{\"key\":" + quoted(key_) + "}}"); }
Condition Field::is_null() const { return Condition::of_text("{\"is_null\":{\"key\":" + quoted(key_) + "}}"); }

Condition has_id(const std::vector<PointId>& ids) {
  std::string out = "{\"has_id\":";
  text::append_ids(out, ids);
  return Condition::of_text(out += '}');
}

Condition has_vector(std::string_view name) {
  std::string out;
  Object object(out);
  object.string("has_vector", name).end();
  return Condition::of_text(out);
}

Condition nested(std::string_view key, const Filter& filter) {
  std::string inner;
  Object object(inner);
  object.string("key", key).raw("filter", filter.json()).end();
  return Condition::of_text("{\"nested\":" + inner + "}");
}

Condition slice(std::uint64_t total, std::uint64_t index) {
  std::string inner;
  Object object(inner);
  object.number("total", total).number("index", index).end();
  return Condition::of_text("{\"slice\":" + inner + "}");
}

}  // namespace alidade::qdrant::inline v0
