// A field condition, its ranges and counts.
#include "faces/contract/read_json.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant/values.h"

namespace alidade::faces::qdrant {
namespace {

using contract::field;
using contract::Field;
using contract::field_at;
using contract::Json;
using contract::Place;
using contract::Proto;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using model::FieldTest;

// Ranges. -------------------------------------------------------------------------------------

template <typename Range, typename T>
struct Bounds {
  explicit constexpr Bounds(contract::Of<T> bound)
      : fields{field<&Range::lt>("lt", 1, bound), field<&Range::gt>("gt", 2, bound),
               field<&Range::gte>("gte", 3, bound), field<&Range::lte>("lte", 4, bound)} {}
  Field fields[4];
};

constexpr Bounds<model::NumberRange, model::Number> kRangeBounds(ref(kNumber));
constexpr Bounds<model::DatetimeRange, std::int64_t> kDatetimeBounds(ref(kDatetime));
constexpr Bounds<model::ValuesCount, std::uint64_t> kCountBounds(contract::unsigned_integer(contract::kUsize));

// One text bound makes the range one of datetimes.
Status read_range(const Json& value, Reading& reading, const Place& place, void* out) {
  constexpr std::string_view kName = "RangeInterfaceUntagged";
  if (!value.is_object()) return reading.no_variant(kName);
  bool has_text = false;
  for (const Field& bound : kRangeBounds.fields) {
    const auto given = value.find(bound.name);
    if (!given || given->is_null()) continue;
    if (given->is_string()) {
      has_text = true;
    } else if (!given->is_number()) {
      return reading.no_variant(kName);
    }
  }
  auto& test = *static_cast<FieldTest*>(out);
  if (has_text) return read(value, kDatetimeRange, reading, place, test.emplace<model::DatetimeRange>());
  return read(value, kRange, reading, place, test.emplace<model::NumberRange>());
}

// The condition. ------------------------------------------------------------------------------

Status read_key(const Json& value, Reading& reading, const Place& place, void* out) {
  if (!value.is_string()) return reading.refused("Filter condition 'key' must be a string");
  return kPath.read(value, reading, place, out);
}
Status read_key(const Proto& value, const ProtoReading& reading, void* out) {
  return kPath.read_proto(value, reading, out);
}
constexpr contract::CustomOf<model::JsonPath> kKey{{.schema = "string", .read = &read_key, .read_proto = &read_key}};

/// A test more, of any kind.
void* add_test(void* condition) { return &static_cast<model::FieldCondition*>(condition)->tests.emplace_back(); }
template <typename T>
void* add(void* condition) {
  return contract::alternative<FieldTest, T>(add_test(condition));
}
template <auto P>
void* add_flag(void* condition) {
  return contract::alternative_member<FieldTest, P>(add_test(condition));
}

constexpr Field kFields[] = {
    field<&model::FieldCondition::key>("key", 1, ref(kKey)).required(),
    field_at("match", 2, ref(kMatch), &add_test).nullable(),
    // Messages tell the two kinds of ranges apart.
    field_at("range", 0, ref(kRangeInterface), &add_test).nullable(),
    field_at("", 3, ref(kRange), &add<model::NumberRange>),
    field_at("", 8, ref(kDatetimeRange), &add<model::DatetimeRange>),
    field_at("geo_bounding_box", 4, ref(kGeoBoundingBox), &add<model::GeoBoundingBox>).nullable(),
    field_at("geo_radius", 5, ref(kGeoRadius), &add<model::GeoRadius>).nullable(),
    field_at("geo_polygon", 7, ref(kGeoPolygon), &add<model::GeoPolygon>).nullable(),
    field_at("values_count", 6, ref(kValuesCount), &add<model::ValuesCount>).nullable(),
    field_at("is_empty", 9, contract::boolean(), &add_flag<&model::EmptyFlag::empty>).nullable(),
    field_at("is_null", 10, contract::boolean(), &add_flag<&model::NullFlag::null>).nullable(),
};

Status check_tests(const void* object, Reading& reading, const Place& place) {
  if (static_cast<const model::FieldCondition*>(object)->tests.empty()) {
    reading.broken(Place(place, "__all__"), "Validation error: At least one field condition must be specified [{}]");
  }
  return Status::ok_status();
}

}  // namespace

constexpr contract::ObjectOf<model::NumberRange> kRange{
    {.name = "Range", .message = "Range", .fields = kRangeBounds.fields, .in_table_order = true}};
constexpr contract::ObjectOf<model::DatetimeRange> kDatetimeRange{
    {.name = "DatetimeRange", .message = "DatetimeRange", .fields = kDatetimeBounds.fields, .in_table_order = true}};
constexpr contract::CustomOf<FieldTest> kRangeInterface{{.schema = "RangeInterface", .read = &read_range}};
constexpr contract::ObjectOf<model::ValuesCount> kValuesCount{
    {.name = "ValuesCount", .message = "ValuesCount", .fields = kCountBounds.fields, .in_table_order = true,
     .wording = contract::Wording::kValue}};

constexpr contract::ObjectOf<model::FieldCondition> kFieldCondition{
    {.name = "FieldCondition", .message = "FieldCondition", .fields = kFields, .in_table_order = true,
     .wording = contract::Wording::kValue, .check = &check_tests}};

}  // namespace alidade::faces::qdrant
