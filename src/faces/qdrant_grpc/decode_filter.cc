#include "faces/qdrant_grpc/decode_filter.h"

#include <memory>
#include <utility>

#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/parts.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using model::Condition;
using model::FieldTest;

template <typename List>
std::vector<model::MatchScalar> scalars(const List& list) {
  return {list.begin(), list.end()};
}

// Integers of the wire are long, those of the model long long on some platforms.
std::vector<model::MatchScalar> scalars(const ::qdrant::RepeatedIntegers& list) {
  std::vector<model::MatchScalar> values;
  for (const std::int64_t value : list.integers()) values.emplace_back(value);
  return values;
}

Result<FieldTest> read_match(const ::qdrant::Match& match) {
  using ::qdrant::Match;
  using Mode = model::MatchText::Mode;
  switch (match.match_value_case()) {
    case Match::kKeyword:
      return FieldTest(model::MatchValue{match.keyword()});
    case Match::kInteger:
      return FieldTest(model::MatchValue{std::int64_t{match.integer()}});
    case Match::kBoolean:
      return FieldTest(model::MatchValue{match.boolean()});
    case Match::kText:
      return FieldTest(model::MatchText{Mode::kAll, match.text()});
    case Match::kPhrase:
      return FieldTest(model::MatchText{Mode::kPhrase, match.phrase()});
    case Match::kTextAny:
      return FieldTest(model::MatchText{Mode::kAny, match.text_any()});
    case Match::kPrefix:
      return FieldTest(model::MatchPrefix{match.prefix()});
    case Match::kKeywords:
      return FieldTest(model::MatchAny{scalars(match.keywords().strings())});
    case Match::kIntegers:
      return FieldTest(model::MatchAny{scalars(match.integers())});
    case Match::kExceptKeywords:
      return FieldTest(model::MatchExcept{scalars(match.except_keywords().strings())});
    case Match::kExceptIntegers:
      return FieldTest(model::MatchExcept{scalars(match.except_integers())});
    case Match::kSubstring:
      return not_implemented("match.substring");
    case Match::MATCH_VALUE_NOT_SET:
      break;
  }
  return malformed("Malformed Match condition");
}

model::GeoPoint geo_point(const ::qdrant::GeoPoint& point) { return {point.lon(), point.lat()}; }

std::vector<model::GeoPoint> ring(const ::qdrant::GeoLineString& line) {
  std::vector<model::GeoPoint> points;
  for (const auto& point : line.points()) points.push_back(geo_point(point));
  return points;
}

template <typename Wire, typename Range>
void take_bounds(const Wire& wire, Range& range) {
  if (wire.has_lt()) range.lt = wire.lt();
  if (wire.has_gt()) range.gt = wire.gt();
  if (wire.has_lte()) range.lte = wire.lte();
  if (wire.has_gte()) range.gte = wire.gte();
}

Result<FieldTest> read_datetime_range(const ::qdrant::DatetimeRange& wire) {
  model::DatetimeRange range;
  if (wire.has_lt()) {
    ALD_ASSIGN(range.lt, read_timestamp(wire.lt()));
  }
  if (wire.has_gt()) {
    ALD_ASSIGN(range.gt, read_timestamp(wire.gt()));
  }
  if (wire.has_gte()) {
    ALD_ASSIGN(range.gte, read_timestamp(wire.gte()));
  }
  if (wire.has_lte()) {
    ALD_ASSIGN(range.lte, read_timestamp(wire.lte()));
  }
  return FieldTest(range);
}

Status read_geo_tests(const ::qdrant::FieldCondition& field, std::vector<FieldTest>& tests) {
  if (field.has_geo_bounding_box()) {
    const auto& box = field.geo_bounding_box();
    if (!box.has_top_left() || !box.has_bottom_right())
      return malformed("Malformed GeoBoundingBox type");
    tests.emplace_back(
        model::GeoBoundingBox{geo_point(box.top_left()), geo_point(box.bottom_right())});
  }
  if (field.has_geo_radius()) {
    const auto& radius = field.geo_radius();
    if (!radius.has_center()) return malformed("Malformed GeoRadius type");
    tests.emplace_back(
        model::GeoRadius{geo_point(radius.center()), static_cast<double>(radius.radius())});
  }
  if (field.has_geo_polygon()) {
    const auto& wire = field.geo_polygon();
    if (!wire.has_exterior())
      return malformed("Malformed GeoPolygon type - field `exterior` is required");
    model::GeoPolygon polygon{ring(wire.exterior()), {}};
    for (const auto& interior : wire.interiors()) polygon.interiors.push_back(ring(interior));
    tests.emplace_back(std::move(polygon));
  }
  return Status::ok_status();
}

Result<Condition> read_field(const ::qdrant::FieldCondition& field) {
  model::FieldCondition condition;
  ALD_ASSIGN(condition.key, read_path(field.key()));
  if (field.has_match()) {
    ALD_ASSIGN(auto test, read_match(field.match()));
    condition.tests.push_back(std::move(test));
  }
  if (field.has_range()) {
    model::NumberRange range;
    take_bounds(field.range(), range);
    condition.tests.emplace_back(range);
  }
  if (field.has_datetime_range()) {
    ALD_ASSIGN(auto test, read_datetime_range(field.datetime_range()));
    condition.tests.push_back(std::move(test));
  }
  ALD_RETURN_IF_ERROR(read_geo_tests(field, condition.tests));
  if (field.has_values_count()) {
    model::ValuesCount count;
    take_bounds(field.values_count(), count);
    condition.tests.emplace_back(count);
  }
  if (field.has_is_empty()) condition.tests.emplace_back(model::EmptyFlag{field.is_empty()});
  if (field.has_is_null()) condition.tests.emplace_back(model::NullFlag{field.is_null()});
  return Condition(std::move(condition));
}

Result<Condition> read_nested(const ::qdrant::NestedCondition& nested) {
  ALD_ASSIGN(auto key, read_path(nested.key()));
  if (!nested.has_filter()) return malformed("Nested condition must have a filter");
  ALD_ASSIGN(auto filter, read_filter(nested.filter()));
  return Condition(model::NestedCondition{
      std::move(key), std::make_shared<const model::Filter>(std::move(filter))});
}

Result<Condition> read_condition(const ::qdrant::Condition& condition) {
  using Wire = ::qdrant::Condition;
  switch (condition.condition_one_of_case()) {
    case Wire::kField:
      return read_field(condition.field());
    case Wire::kIsEmpty: {
      ALD_ASSIGN(auto key, read_path(condition.is_empty().key()));
      return Condition(model::IsEmptyCondition{std::move(key)});
    }
    case Wire::kIsNull: {
      ALD_ASSIGN(auto key, read_path(condition.is_null().key()));
      return Condition(model::IsNullCondition{std::move(key)});
    }
    case Wire::kHasId: {
      ALD_ASSIGN(auto ids, read_ids(condition.has_id().has_id()));
      return Condition(model::HasIdCondition{std::move(ids)});
    }
    case Wire::kFilter: {
      ALD_ASSIGN(auto filter, read_filter(condition.filter()));
      return Condition(model::SubFilter{std::make_shared<const model::Filter>(std::move(filter))});
    }
    case Wire::kNested:
      return read_nested(condition.nested());
    case Wire::kHasVector:
      return Condition(model::HasVectorCondition{condition.has_vector().has_vector()});
    case Wire::kSlice:
      return Condition(model::SliceCondition{condition.slice().total(), condition.slice().index()});
    case Wire::CONDITION_ONE_OF_NOT_SET:
      break;
  }
  // A condition without any kind is the empty filter, which everything passes.
  return Condition(model::Constant{true});
}

Result<std::vector<Condition>> read_conditions(
    const google::protobuf::RepeatedPtrField<::qdrant::Condition>& conditions) {
  std::vector<Condition> read;
  for (const auto& one : conditions) {
    ALD_ASSIGN(Condition condition, read_condition(one));
    read.push_back(std::move(condition));
  }
  return read;
}

}  // namespace

Result<model::Filter> read_filter(const ::qdrant::Filter& filter) {
  model::Filter read;
  ALD_ASSIGN(read.should, read_conditions(filter.should()));
  ALD_ASSIGN(read.must, read_conditions(filter.must()));
  ALD_ASSIGN(read.must_not, read_conditions(filter.must_not()));
  if (filter.has_min_should()) {
    model::Filter::MinShould min_should;
    ALD_ASSIGN(min_should.conditions, read_conditions(filter.min_should().conditions()));
    min_should.min_count = filter.min_should().min_count();
    read.min_should = std::move(min_should);
  }
  return read;
}

}  // namespace alidade::faces::qdrant_grpc
