#include "faces/qdrant/filter.h"

#include "faces/qdrant/values.h"

namespace alidade::faces::qdrant {
namespace {

using contract::alternative;
using contract::Case;
using contract::field;
using contract::Field;
using contract::ObjectOf;
using contract::Place;
using contract::Reading;
using contract::ref;
using contract::Variant;
using contract::whole;
using model::Condition;

// The peer reads conditions with one member each from {"is_empty": {…}}, where the message of a condition is
// what stands inside.

constexpr Field kIsEmptyInside[] = {field<&model::IsEmptyCondition::key>("key", 1, ref(kPath)).required()};
constexpr ObjectOf<model::IsEmptyCondition> kIsEmptyField{
    {.name = "PayloadField", .message = "IsEmptyCondition", .fields = kIsEmptyInside}};
constexpr Field kIsEmptyFields[] = {whole("is_empty", 0, ref(kIsEmptyField)).required()};
constexpr ObjectOf<model::IsEmptyCondition> kIsEmpty{{.name = "IsEmptyCondition", .fields = kIsEmptyFields}};

constexpr Field kIsNullInside[] = {field<&model::IsNullCondition::key>("key", 1, ref(kPath)).required()};
constexpr ObjectOf<model::IsNullCondition> kIsNullField{
    {.name = "PayloadField", .message = "IsNullCondition", .fields = kIsNullInside}};
constexpr Field kIsNullFields[] = {whole("is_null", 0, ref(kIsNullField)).required()};
constexpr ObjectOf<model::IsNullCondition> kIsNull{{.name = "IsNullCondition", .fields = kIsNullFields}};

constexpr auto kPointIds = contract::list_of(ref(kPointId));
constexpr Field kHasIdFields[] = {
    field<&model::HasIdCondition::ids>("has_id", 1, contract::list(kPointIds)).required()};
constexpr ObjectOf<model::HasIdCondition> kHasId{
    {.name = "HasIdCondition", .message = "HasIdCondition", .fields = kHasIdFields}};

constexpr Field kHasVectorFields[] = {
    field<&model::HasVectorCondition::vector_name>("has_vector", 1, contract::text()).required()};
constexpr ObjectOf<model::HasVectorCondition> kHasVector{
    {.name = "HasVectorCondition", .message = "HasVectorCondition", .fields = kHasVectorFields}};

constexpr Field kNestedInside[] = {
    field<&model::NestedCondition::key>("key", 1, ref(kPath)).required(),
    field<&model::NestedCondition::filter>("filter", 2, ref(kFilter)).required()};
constexpr ObjectOf<model::NestedCondition> kNestedField{
    {.name = "Nested", .message = "NestedCondition", .fields = kNestedInside,
     .malformed = "Nested condition must have a filter"}};
constexpr Field kNestedFields[] = {whole("nested", 0, ref(kNestedField)).required()};
constexpr ObjectOf<model::NestedCondition> kNested{{.name = "NestedCondition", .fields = kNestedFields}};

constexpr Field kSliceInside[] = {
    field<&model::SliceCondition::total>("total", 1, contract::unsigned_integer(contract::kNonZeroU32)).required(),
    field<&model::SliceCondition::index>("index", 2, contract::unsigned_integer(contract::kU32)).required()};
constexpr ObjectOf<model::SliceCondition> kSliceField{
    {.name = "Slice", .message = "SliceCondition", .fields = kSliceInside}};
constexpr Field kSliceFields[] = {whole("slice", 0, ref(kSliceField)).required()};

Status check_slice(const void* object, Reading& reading, const Place& place) {
  const auto& slice = *static_cast<const model::SliceCondition*>(object);
  if (slice.index >= slice.total) {
    reading.broken(Place(place, "__all__"),
                   "Validation error: Slice index must be less than the total number of slices [{}]");
  }
  return Status::ok_status();
}
constexpr ObjectOf<model::SliceCondition> kSlice{
    {.name = "SliceCondition", .fields = kSliceFields, .check = &check_slice}};

// Conditions. ---------------------------------------------------------------------------------

constexpr auto make_filter = &contract::alternative_member<Condition, &model::SubFilter::filter>;

constexpr Variant kConditionVariants[] = {
    {ref(kFieldCondition), &alternative<Condition, model::FieldCondition>, "key"},
    {ref(kIsEmpty), &alternative<Condition, model::IsEmptyCondition>},
    {ref(kIsNull), &alternative<Condition, model::IsNullCondition>},
    {ref(kHasId), &alternative<Condition, model::HasIdCondition>},
    {ref(kHasVector), &alternative<Condition, model::HasVectorCondition>},
    {ref(kNested), &alternative<Condition, model::NestedCondition>},
    {ref(kSlice), &alternative<Condition, model::SliceCondition>},
    {ref(kFilter), make_filter},
};

constexpr Case kConditionCases[] = {
    {1, "field", ref(kFieldCondition), &alternative<Condition, model::FieldCondition>},
    {2, "is_empty", ref(kIsEmptyField), &alternative<Condition, model::IsEmptyCondition>},
    {3, "has_id", ref(kHasId), &alternative<Condition, model::HasIdCondition>},
    {4, "filter", ref(kFilter), make_filter},
    {5, "is_null", ref(kIsNullField), &alternative<Condition, model::IsNullCondition>},
    {6, "nested", ref(kNestedField), &alternative<Condition, model::NestedCondition>},
    {7, "has_vector", ref(kHasVector), &alternative<Condition, model::HasVectorCondition>},
    {8, "slice", ref(kSliceField), &alternative<Condition, model::SliceCondition>},
};

/// A message without any kind of condition is the empty filter, which everything passes.
void make_constant(void* condition) { static_cast<Condition*>(condition)->emplace<model::Constant>(true); }

constexpr auto kConditions = contract::list_of(ref(kCondition));

// Filters. ------------------------------------------------------------------------------------

constexpr Field kMinShouldFields[] = {
    field<&model::Filter::MinShould::conditions>("conditions", 1, contract::list(kConditions)).required(),
    field<&model::Filter::MinShould::min_count>(
        "min_count", 2,
        contract::unsigned_integer(contract::kUsize).at_least(1, "min_count must be greater than 0")).required()};

constexpr Field kFilterFields[] = {
    field<&model::Filter::should>("should", 1, contract::one_or_list(kConditions)),
    field<&model::Filter::min_should>("min_should", 4, ref(kMinShould)),
    field<&model::Filter::must>("must", 2, contract::one_or_list(kConditions)),
    field<&model::Filter::must_not>("must_not", 3, contract::one_or_list(kConditions))};

}  // namespace

constexpr contract::UnionOf<Condition> kCondition{
    {.name = "Condition",
     .words = "Expected some form of condition, which can be a field condition (like {\"key\": ..., \"match\": ... }), "
              "or some other mentioned in the documentation: "
              "https://qdrant.tech/documentation/concepts/filtering/#filtering-conditions",
     .variants = kConditionVariants,
     .message = "Condition",
     .cases = kConditionCases,
     .unset = &make_constant}};

constexpr ObjectOf<model::Filter::MinShould> kMinShould{
    {.name = "MinShould", .message = "MinShould", .fields = kMinShouldFields, .lists = contract::Lists::kByPosition,
     .in_table_order = true}};

constexpr ObjectOf<model::Filter> kFilter{
    {.name = "Filter", .message = "Filter", .fields = kFilterFields, .lists = contract::Lists::kWrongLength,
     .shortest_list = 1, .refuses_unknown = true}};

}  // namespace alidade::faces::qdrant
