#include <memory>

#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/errors.h"
#include "model/datetime.h"

namespace alidade::faces::qdrant_rest {
namespace {

using model::FieldTest;

const Value* present(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

// Match. --------------------------------------------------------------------------------------

// A list of strings only or of 64-bit integers only.
std::optional<std::vector<model::MatchScalar>> variants_of(const Value& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<model::MatchScalar> variants;
  for (const Value& item : value.as_array()) {
    if (item.kind() != value.as_array()[0].kind()) return std::nullopt;
    if (item.is_string()) {
      variants.emplace_back(item.as_string());
    } else if (item.is_int()) {
      variants.emplace_back(item.as_int());
    } else {
      return std::nullopt;
    }
  }
  return variants;
}

std::optional<FieldTest> match_of(const Value& value) {
  if (const Value* scalar = value.find("value")) {
    if (scalar->is_string()) return model::MatchValue{scalar->as_string()};
    if (scalar->is_int()) return model::MatchValue{scalar->as_int()};
    if (scalar->is_bool()) return model::MatchValue{scalar->as_bool()};
  }
  using Mode = model::MatchText::Mode;
  constexpr std::pair<const char*, Mode> kTexts[] = {
      {"text", Mode::kAll}, {"text_any", Mode::kAny}, {"phrase", Mode::kPhrase}};
  for (const auto& [name, mode] : kTexts) {
    const Value* text = value.find(name);
    if (text != nullptr && text->is_string()) return model::MatchText{mode, text->as_string()};
  }
  if (const Value* any = value.find("any")) {
    if (auto variants = variants_of(*any)) return model::MatchAny{*std::move(variants)};
  }
  if (const Value* except = value.find("except")) {
    if (auto variants = variants_of(*except)) return model::MatchExcept{*std::move(variants)};
  }
  if (const Value* prefix = value.find("prefix"); prefix != nullptr && prefix->is_string()) {
    return model::MatchPrefix{prefix->as_string()};
  }
  return std::nullopt;
}

// Ranges. -------------------------------------------------------------------------------------

constexpr const char* kBounds[] = {"lt", "gt", "gte", "lte"};

template <typename Range, typename Bound>
void set_bound(Range& range, std::string_view name, Bound bound) {
  (name == "lt" ? range.lt : name == "gt" ? range.gt : name == "gte" ? range.gte : range.lte) = bound;
}

Result<FieldTest> read_datetime_range(const Value& value) {
  model::DatetimeRange range;
  for (const char* name : kBounds) {
    const Value* bound = present(value, name);
    if (bound == nullptr) continue;
    if (!bound->is_string()) return invalid_type(*bound, "a string");
    const auto us = model::parse_datetime_us(bound->as_string());
    if (!us) {
      return body_refused("'" + bound->as_string() +
                          "' does not match accepted datetime format (RFC3339). "
                          "Example: 2014-01-01T00:00:00Z");
    }
    set_bound(range, name, *us);
  }
  return FieldTest(range);
}

// One text bound makes the range one of datetimes.
Result<FieldTest> read_range(const Value& value) {
  if (!value.is_object()) return no_variant("RangeInterfaceUntagged");
  model::NumberRange range;
  bool has_text = false;
  for (const char* name : kBounds) {
    const Value* bound = present(value, name);
    if (bound == nullptr) continue;
    if (bound->is_string()) {
      has_text = true;
    } else if (const auto number = model::number_of(*bound)) {
      set_bound(range, name, *number);
    } else {
      return no_variant("RangeInterfaceUntagged");
    }
  }
  if (has_text) return read_datetime_range(value);
  return FieldTest(range);
}

Result<FieldTest> read_values_count(const Value& value) {
  if (!value.is_object()) return invalid_type(value, "struct ValuesCount", Wording::kValue);
  model::ValuesCount count;
  for (const char* name : kBounds) {
    const Value* bound = present(value, name);
    if (bound == nullptr) continue;
    ALD_ASSIGN(const std::uint64_t number, read_usize(*bound, Wording::kValue));
    set_bound(count, name, number);
  }
  return FieldTest(count);
}

// Geo. ----------------------------------------------------------------------------------------

// A struct's field, by name or, in a list, by its place.
const Value* field(const Value& value, std::string_view name, std::size_t index) {
  if (!value.is_array()) return value.find(name);
  return index < value.as_array().size() ? &value.as_array()[index] : nullptr;
}

Result<const Value*> need_field(const Value& value,
                                std::string_view struct_name,
                                std::string_view name,
                                std::size_t index) {
  if (!value.is_object() && !value.is_array()) {
    return invalid_type(value, "struct " + std::string(struct_name), Wording::kValue);
  }
  const Value* found = field(value, name, index);
  if (found == nullptr) return missing_field(name, Wording::kValue);
  return found;
}

Result<model::GeoPoint> read_geo_point(const Value& value) {
  model::GeoPoint point;
  ALD_ASSIGN(const Value* lon, need_field(value, "GeoPointShadow", "lon", 0));
  ALD_ASSIGN(point.lon, read_f64(*lon, Wording::kValue));
  ALD_ASSIGN(const Value* lat, need_field(value, "GeoPointShadow", "lat", 1));
  ALD_ASSIGN(point.lat, read_f64(*lat, Wording::kValue));
  if (point.lat < -90 || point.lat > 90 || point.lon < -180 || point.lon > 180) {
    return body_refused("Wrong format of GeoPoint payload: expected `lat` = " +
                        rust_number(point.lat) + " within [-90;90] and `lon` = " +
                        rust_number(point.lon) + " within [-180;180]");
  }
  return point;
}

Result<FieldTest> read_geo_box(const Value& value) {
  model::GeoBoundingBox box;
  ALD_ASSIGN(const Value* top_left, need_field(value, "GeoBoundingBox", "top_left", 0));
  ALD_ASSIGN(box.top_left, read_geo_point(*top_left));
  ALD_ASSIGN(const Value* bottom_right, need_field(value, "GeoBoundingBox", "bottom_right", 1));
  ALD_ASSIGN(box.bottom_right, read_geo_point(*bottom_right));
  return FieldTest(box);
}

Result<FieldTest> read_geo_radius(const Value& value) {
  model::GeoRadius radius;
  ALD_ASSIGN(const Value* center, need_field(value, "GeoRadius", "center", 0));
  ALD_ASSIGN(radius.center, read_geo_point(*center));
  ALD_ASSIGN(const Value* meters, need_field(value, "GeoRadius", "radius", 1));
  ALD_ASSIGN(radius.radius_m, read_f64(*meters, Wording::kValue));
  return FieldTest(radius);
}

Result<std::vector<model::GeoPoint>> read_ring(const Value& value) {
  ALD_ASSIGN(const Value* points, need_field(value, "GeoLineString", "points", 0));
  if (!points->is_array()) return invalid_type(*points, "a sequence", Wording::kValue);
  std::vector<model::GeoPoint> ring;
  for (const Value& item : points->as_array()) {
    ALD_ASSIGN(const model::GeoPoint point, read_geo_point(item));
    ring.push_back(point);
  }
  return ring;
}

Status check_ring(const std::vector<model::GeoPoint>& ring) {
  if (ring.size() < 4) {
    return body_refused("Validation failed: polygon invalid, the size must be at least 4, got " +
                        std::to_string(ring.size()));
  }
  if (ring.front().lon != ring.back().lon || ring.front().lat != ring.back().lat) {
    return body_refused(
        "Validation failed: polygon invalid, the first and the last points should be the same to "
        "form a closed line");
  }
  return Status::ok_status();
}

Result<FieldTest> read_geo_polygon(const Value& value) {
  model::GeoPolygon polygon;
  ALD_ASSIGN(const Value* exterior, need_field(value, "GeoPolygonShadow", "exterior", 0));
  ALD_ASSIGN(polygon.exterior, read_ring(*exterior));
  const Value* interiors = field(value, "interiors", 1);
  if (interiors != nullptr && !interiors->is_null()) {
    if (!interiors->is_array()) return invalid_type(*interiors, "a sequence", Wording::kValue);
    for (const Value& item : interiors->as_array()) {
      ALD_ASSIGN(auto ring, read_ring(item));
      polygon.interiors.push_back(std::move(ring));
    }
  }
  ALD_RETURN_IF_ERROR(check_ring(polygon.exterior));
  for (const auto& ring : polygon.interiors) ALD_RETURN_IF_ERROR(check_ring(ring));
  return FieldTest(std::move(polygon));
}

Result<FieldTest> read_match(const Value& value) {
  auto match = match_of(value);
  if (!match) return no_variant("MatchInterface");
  return *std::move(match);
}

Result<FieldTest> read_empty_flag(const Value& value) {
  ALD_ASSIGN(const bool flag, read_bool(value, Wording::kValue));
  return FieldTest(model::EmptyFlag{flag});
}

Result<FieldTest> read_null_flag(const Value& value) {
  ALD_ASSIGN(const bool flag, read_bool(value, Wording::kValue));
  return FieldTest(model::NullFlag{flag});
}

struct TestReader {
  std::string_view name;
  Result<FieldTest> (*read)(const Value&);
};
constexpr TestReader kTests[] = {
    {"match", &read_match},
    {"range", &read_range},
    {"geo_bounding_box", &read_geo_box},
    {"geo_radius", &read_geo_radius},
    {"geo_polygon", &read_geo_polygon},
    {"values_count", &read_values_count},
    {"is_empty", &read_empty_flag},
    {"is_null", &read_null_flag},
};

}  // namespace

Result<model::FieldCondition> read_field_condition(const Value& value,
                                                   const std::string& path,
                                                   Rules& rules) {
  const Value* key = value.find("key");
  if (key == nullptr || !key->is_string()) {
    return body_refused("Filter condition 'key' must be a string");
  }
  model::FieldCondition condition;
  ALD_ASSIGN(condition.key, read_path(*key));
  for (const TestReader& reader : kTests) {
    const Value* test = present(value, reader.name);
    if (test == nullptr) continue;
    ALD_ASSIGN(FieldTest read, reader.read(*test));
    condition.tests.push_back(std::move(read));
  }
  if (condition.tests.empty()) {
    rules.broken(path + ".__all__",
                 "Validation error: At least one field condition must be specified [{}]");
  }
  return condition;
}

}  // namespace alidade::faces::qdrant_rest
