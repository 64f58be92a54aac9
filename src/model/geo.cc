#include "model/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace alidade::model {
namespace {

enum class Side { kInside, kOutside, kOnEdge };

bool on_segment(const GeoPoint& a, const GeoPoint& b, const GeoPoint& p) {
  const double cross = (b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon);
  return cross == 0.0 && p.lon >= std::min(a.lon, b.lon) && p.lon <= std::max(a.lon, b.lon) &&
         p.lat >= std::min(a.lat, b.lat) && p.lat <= std::max(a.lat, b.lat);
}

// Even-odd ray casting; an edge counts at its lower end only, so that corners count once.
Side side_of(const std::vector<GeoPoint>& ring, const GeoPoint& p) {
  bool inside = false;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const GeoPoint& a = ring[i];
    const GeoPoint& b = ring[i + 1];
    if (on_segment(a, b, p)) return Side::kOnEdge;
    if ((a.lat > p.lat) == (b.lat > p.lat)) continue;
    const double crossing = (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon;
    if (p.lon < crossing) inside = !inside;
  }
  return inside ? Side::kInside : Side::kOutside;
}

}  // namespace

std::optional<GeoPoint> geo_point_of(const base::json::Value& value) {
  const base::json::Value* lon = value.find("lon");
  const base::json::Value* lat = value.find("lat");
  if (lon == nullptr || lat == nullptr || !lon->is_number() || !lat->is_number()) {
    return std::nullopt;
  }
  const GeoPoint point{lon->as_double(), lat->as_double()};
  if (std::abs(point.lon) > 180.0 || std::abs(point.lat) > 90.0) return std::nullopt;
  return point;
}

double geo_distance_m(const GeoPoint& a, const GeoPoint& b) {
  constexpr double kRadians = std::numbers::pi / 180.0;
  constexpr double kEarthRadiusM = 6371000.0;
  const double lat_sine = std::sin((b.lat - a.lat) * kRadians / 2);
  const double lon_sine = std::sin((b.lon - a.lon) * kRadians / 2);
  const double h = lat_sine * lat_sine + std::cos(a.lat * kRadians) * std::cos(b.lat * kRadians) *
                                             lon_sine * lon_sine;
  return 2 * kEarthRadiusM * std::asin(std::min(1.0, std::sqrt(h)));
}

bool contains(const GeoBoundingBox& box, const GeoPoint& point) {
  const bool lat_inside = point.lat < box.top_left.lat && point.lat > box.bottom_right.lat;
  const bool after_left = point.lon > box.top_left.lon;
  const bool before_right = point.lon < box.bottom_right.lon;
  const bool crosses = box.top_left.lon > box.bottom_right.lon;
  return lat_inside && (crosses ? after_left || before_right : after_left && before_right);
}

bool contains(const GeoRadius& radius, const GeoPoint& point) {
  return geo_distance_m(radius.center, point) < radius.radius_m;
}

bool contains(const GeoPolygon& polygon, const GeoPoint& point) {
  if (side_of(polygon.exterior, point) != Side::kInside) return false;
  return std::all_of(polygon.interiors.begin(), polygon.interiors.end(), [&](const auto& hole) {
    return side_of(hole, point) == Side::kOutside;
  });
}

}  // namespace alidade::model
