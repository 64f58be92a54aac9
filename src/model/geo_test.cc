#include "model/geo.h"

#include <gtest/gtest.h>

namespace alidade::model {
namespace {

TEST(Geo, DistanceIsTheHaversine) {
  EXPECT_NEAR(geo_distance_m({0, 0}, {1, 0}), 111194.9, 0.1);
  EXPECT_NEAR(geo_distance_m({13.4, 52.5}, {2.35, 48.85}), 878'000, 2'000);
  EXPECT_EQ(geo_distance_m({5, 5}, {5, 5}), 0);
  EXPECT_NEAR(geo_distance_m({-180, 0}, {180, 0}), 0, 0.001);
}

TEST(Geo, RadiusIsStrict) {
  EXPECT_FALSE(contains(GeoRadius{{1, 1}, 0}, {1, 1}));
  EXPECT_FALSE(contains(GeoRadius{{1, 1}, -5}, {1, 1}));
  EXPECT_TRUE(contains(GeoRadius{{1, 1}, 1}, {1, 1}));
}

TEST(Geo, BoxEdgesAreOutsideAndBoxesCrossTheDateLine) {
  const GeoBoundingBox box{{10, 20}, {30, -20}};
  EXPECT_TRUE(contains(box, {20, 0}));
  EXPECT_FALSE(contains(box, {10, 0}));
  EXPECT_FALSE(contains(box, {20, 20}));
  const GeoBoundingBox across{{170, 20}, {-170, -20}};
  EXPECT_TRUE(contains(across, {179, 0}));
  EXPECT_TRUE(contains(across, {-179, 0}));
  EXPECT_FALSE(contains(across, {0, 0}));
  EXPECT_FALSE(contains(GeoBoundingBox{{10, -20}, {30, 20}}, {20, 0}));  // Top below bottom.
}

TEST(Geo, PolygonsHaveHolesAndOpenEdges) {
  const GeoPolygon polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}},
                           {{{4, 4}, {6, 4}, {6, 6}, {4, 6}, {4, 4}}}};
  EXPECT_TRUE(contains(polygon, {2, 2}));
  EXPECT_FALSE(contains(polygon, {5, 5}));
  EXPECT_FALSE(contains(polygon, {4, 5}));
  EXPECT_FALSE(contains(polygon, {0, 5}));
  EXPECT_FALSE(contains(polygon, {10, 10}));
  EXPECT_FALSE(contains(polygon, {11, 5}));
}

TEST(Geo, ReadsOnlyPointsWithinRange) {
  using base::json::parse;
  EXPECT_TRUE(geo_point_of(parse(R"({"lon":1,"lat":2.5})").value()));
  EXPECT_FALSE(geo_point_of(parse(R"({"lon":181,"lat":0})").value()));
  EXPECT_FALSE(geo_point_of(parse(R"({"lon":"1","lat":0})").value()));
  EXPECT_FALSE(geo_point_of(parse("[1,2]").value()));
}

}  // namespace
}  // namespace alidade::model
