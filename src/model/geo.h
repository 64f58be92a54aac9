#pragma once

#include <optional>

#include "base/json.h"
#include "model/filter.h"

namespace alidade::model {

/// {"lon": number, "lat": number} within ±180 and ±90, or nullopt.
std::optional<GeoPoint> geo_point_of(const base::json::Value& value);

/// Metres on a sphere of 6371 km (haversine).
double geo_distance_m(const GeoPoint& a, const GeoPoint& b);

// Edges are outside for all three. A box whose left side lies east of its right one crosses ±180°.
bool contains(const GeoBoundingBox& box, const GeoPoint& point);
bool contains(const GeoRadius& radius, const GeoPoint& point);
bool contains(const GeoPolygon& polygon, const GeoPoint& point);

}  // namespace alidade::model
