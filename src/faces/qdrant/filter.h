#pragma once

#include "faces/contract/type.h"
#include "model/filter.h"

namespace alidade::faces::qdrant {

extern const contract::ObjectOf<model::Filter> kFilter;
extern const contract::ObjectOf<model::Filter::MinShould> kMinShould;
extern const contract::UnionOf<model::Condition> kCondition;
extern const contract::ObjectOf<model::FieldCondition> kFieldCondition;

// The tests of a field condition.
extern const contract::UnionOf<model::FieldTest> kMatch;
extern const contract::CustomOf<model::FieldTest> kRangeInterface;
extern const contract::ObjectOf<model::NumberRange> kRange;
extern const contract::ObjectOf<model::DatetimeRange> kDatetimeRange;
extern const contract::ObjectOf<model::ValuesCount> kValuesCount;
extern const contract::ObjectOf<model::GeoPoint> kGeoPoint;
extern const contract::ObjectOf<model::GeoBoundingBox> kGeoBoundingBox;
extern const contract::ObjectOf<model::GeoRadius> kGeoRadius;
extern const contract::ObjectOf<model::GeoPolygon> kGeoPolygon;

}  // namespace alidade::faces::qdrant
