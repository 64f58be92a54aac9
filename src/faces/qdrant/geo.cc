// Places on the earth.
#include <string>

#include "faces/qdrant/filter.h"

namespace alidade::faces::qdrant {
namespace {

using contract::field;
using contract::Field;
using contract::Lists;
using contract::ObjectOf;
using contract::Place;
using contract::Reading;
using contract::ref;
using contract::rust_number;
using contract::Wording;
using model::GeoPoint;
using Ring = std::vector<GeoPoint>;

Status check_point(const void* object, Reading& reading, const Place&) {
  const auto& point = *static_cast<const GeoPoint*>(object);
  if (point.lat >= -90 && point.lat <= 90 && point.lon >= -180 && point.lon <= 180) return Status::ok_status();
  if (reading.is_fast()) return reading.refused("");
  return reading.refused("Wrong format of GeoPoint payload: expected `lat` = " + rust_number(point.lat) +
                         " within [-90;90] and `lon` = " + rust_number(point.lon) + " within [-180;180]");
}

constexpr Field kPointFields[] = {field<&GeoPoint::lon>("lon", 1, contract::f64()).required(),
                                  field<&GeoPoint::lat>("lat", 2, contract::f64()).required()};
constexpr Field kBoxFields[] = {field<&model::GeoBoundingBox::top_left>("top_left", 1, ref(kGeoPoint)).required(),
                                field<&model::GeoBoundingBox::bottom_right>("bottom_right", 2, ref(kGeoPoint)).required()};

constexpr Field kRadiusFields[] = {field<&model::GeoRadius::center>("center", 1, ref(kGeoPoint)).required(),
                                   field<&model::GeoRadius::radius_m>("radius", 2, contract::f64()).required()};

constexpr auto kPoints = contract::list_of(ref(kGeoPoint));
constexpr Field kRingFields[] = {contract::whole("points", 1, contract::list(kPoints)).required()};
constexpr ObjectOf<Ring> kRing{{.name = "GeoLineString", .message = "GeoLineString", .fields = kRingFields,
                                .lists = Lists::kByPosition, .in_table_order = true, .missing_in_turn = true,
                                .wording = Wording::kValue}};
constexpr auto kRings = contract::list_of(ref(kRing));

constexpr Field kPolygonFields[] = {
    field<&model::GeoPolygon::exterior>("exterior", 1, ref(kRing)).required(),
    field<&model::GeoPolygon::interiors>("interiors", 2, contract::list(kRings)).nullable()};

Status check_ring(const Ring& ring, const Reading& reading) {
  if (ring.size() < 4) {
    return reading.refused("Validation failed: polygon invalid, the size must be at least 4, got " +
                           std::to_string(ring.size()));
  }
  if (ring.front().lon != ring.back().lon || ring.front().lat != ring.back().lat) {
    return reading.refused(
        "Validation failed: polygon invalid, the first and the last points should be the same to form a closed line");
  }
  return Status::ok_status();
}

Status check_polygon(const void* object, Reading& reading, const Place&) {
  const auto& polygon = *static_cast<const model::GeoPolygon*>(object);
  ALD_RETURN_IF_ERROR(check_ring(polygon.exterior, reading));
  for (const Ring& ring : polygon.interiors) ALD_RETURN_IF_ERROR(check_ring(ring, reading));
  return Status::ok_status();
}

}  // namespace

constexpr ObjectOf<GeoPoint> kGeoPoint{
    {.name = "GeoPointShadow", .schema = "GeoPoint", .message = "GeoPoint", .fields = kPointFields,
     .lists = Lists::kByPosition, .in_table_order = true, .missing_in_turn = true, .wording = Wording::kValue,
     .check = &check_point}};

constexpr ObjectOf<model::GeoBoundingBox> kGeoBoundingBox{
    {.name = "GeoBoundingBox", .message = "GeoBoundingBox", .fields = kBoxFields, .lists = Lists::kByPosition,
     .in_table_order = true, .missing_in_turn = true, .wording = Wording::kValue,
     .malformed = "Malformed GeoBoundingBox type"}};
constexpr ObjectOf<model::GeoRadius> kGeoRadius{
    {.name = "GeoRadius", .message = "GeoRadius", .fields = kRadiusFields, .lists = Lists::kByPosition,
     .in_table_order = true, .missing_in_turn = true, .wording = Wording::kValue,
     .malformed = "Malformed GeoRadius type"}};
constexpr ObjectOf<model::GeoPolygon> kGeoPolygon{
    {.name = "GeoPolygonShadow", .schema = "GeoPolygon", .message = "GeoPolygon", .fields = kPolygonFields,
     .lists = Lists::kByPosition, .in_table_order = true, .missing_in_turn = true, .wording = Wording::kValue,
     .check = &check_polygon, .malformed = "Malformed GeoPolygon type - field `exterior` is required"}};

}  // namespace alidade::faces::qdrant
