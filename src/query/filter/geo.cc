// Places: boxes, circles and polygons.
#include "model/geo.h"

#include "index/payload/values.h"
#include "query/filter/node.h"

namespace alidade::query {
namespace {

using base::json::Value;

template <typename Shape>
ValueTest shape_test(const Shape& shape) {
  return [shape](const std::vector<const Value*>& values) {
    return index::any_element(values, [&](const Value& value) {
      const auto point = model::geo_point_of(value);
      return point && model::contains(shape, *point);
    });
  };
}

}  // namespace

ValueTest make_test(const model::GeoBoundingBox& test) { return shape_test(test); }
ValueTest make_test(const model::GeoRadius& test) { return shape_test(test); }
ValueTest make_test(const model::GeoPolygon& test) { return shape_test(test); }

}  // namespace alidade::query
