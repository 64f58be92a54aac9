#include "base/sorted_blocks.h"
#include "index/payload/geo/geo_index.h"

#include <cmath>
#include <numbers>

#include "index/payload/values.h"
#include "model/geo.h"

namespace alidade::index {
namespace {

using base::json::Value;

struct GeoKey {
  double lat = 0;
  double lon = 0;

  friend bool operator<(const GeoKey& a, const GeoKey& b) {
    return a.lat < b.lat || (a.lat == b.lat && a.lon < b.lon);
  }
  void write(base::ByteWriter& out) const {
    out.put(lat);
    out.put(lon);
  }
  Status read(base::ByteReader& in) {
    ALD_ASSIGN(lat, in.get<double>());
    ALD_ASSIGN(lon, in.get<double>());
    if (std::isnan(lat) || std::isnan(lon)) return base::data_loss("a place is not made of numbers");
    return {};
  }
};

struct LatBand {
  double low = -90;
  double high = 90;
};

LatBand band_of(const model::GeoBoundingBox& box) {
  return {box.bottom_right.lat, box.top_left.lat};
}
LatBand band_of(const model::GeoRadius& radius) {
  // A little wider than the circle, for the rounding of the haversine.
  const double reach = radius.radius_m / 6371000.0 * 180.0 / std::numbers::pi * 1.000001 + 1e-6;
  return {radius.center.lat - reach, radius.center.lat + reach};
}
LatBand band_of(const model::GeoPolygon& polygon) {
  LatBand band{90, -90};
  for (const model::GeoPoint& corner : polygon.exterior) {
    band.low = std::min(band.low, corner.lat);
    band.high = std::max(band.high, corner.lat);
  }
  return band;
}

// The peer covers a box with geohash cells, and one from -180° to 180° comes out as no cell at all:
// with an index it finds nothing. Applications may rely on either answer; ours is the same.
bool whole_circle(const model::GeoBoundingBox& box) {
  return box.top_left.lon == -180.0 && box.bottom_right.lon == 180.0;
}
bool whole_circle(const model::GeoRadius&) { return false; }
bool whole_circle(const model::GeoPolygon&) { return false; }

class GeoIndex final : public FieldIndex {
 public:
  using FieldIndex::FieldIndex;
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<GeoIndex>(*this); }

 protected:
  bool add_value(std::uint32_t row, const Value& value) override {
    const auto point = model::geo_point_of(value);
    if (point) points_.insert({point->lat, point->lon}, row);
    return point.has_value();
  }
  void remove_value(std::uint32_t row, const Value& value) override {
    if (const auto point = model::geo_point_of(value)) points_.erase({point->lat, point->lon}, row);
  }

  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    if (const auto* box = std::get_if<model::GeoBoundingBox>(&test)) return shape_matcher(*box);
    if (const auto* radius = std::get_if<model::GeoRadius>(&test)) return shape_matcher(*radius);
    if (const auto* polygon = std::get_if<model::GeoPolygon>(&test)) return shape_matcher(*polygon);
    return std::nullopt;
  }

  void write_values(base::ByteWriter& out) const override { points_.write(out); }
  Status read_values(base::ByteReader& in) override { return points_.read(in); }
  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    const auto& other = static_cast<const GeoIndex&>(from);
    points_ = other.points_.renumbered(rows);
  }
  std::uint64_t value_bytes() const override { return points_.memory_bytes(); }

 private:
  template <typename Shape>
  FieldMatcher shape_matcher(const Shape& shape) const {
    const bool nothing = whole_circle(shape);
    return {[this, shape, nothing](base::Bitset& rows) {
              if (!nothing) select_shape(shape, rows);
            },
            [shape, nothing](const std::vector<const Value*>& values) {
              return !nothing && any_element(values, [&](const Value& value) {
                const auto point = model::geo_point_of(value);
                return point && model::contains(shape, *point);
              });
            }};
  }

  template <typename Shape>
  void select_shape(const Shape& shape, base::Bitset& rows) const {
    const LatBand band = band_of(shape);
    base::KeyRange<GeoKey> range;
    range.low = GeoKey{band.low, -200};
    range.high = GeoKey{band.high, 200};
    range.empty = !(band.low <= band.high);
    points_.for_each(range, [&](const auto& entry) {
      if (model::contains(shape, {entry.key.lon, entry.key.lat})) select_row(rows, entry.row);
    });
  }

  base::SortedBlocks<GeoKey> points_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_geo_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<GeoIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
