#include "faces/qdrant/selectors.h"

#include "faces/contract/read_proto.h"
#include "faces/qdrant/values.h"
#include "model/datetime.h"

namespace alidade::faces::qdrant {
namespace {

using contract::Case;
using contract::field;
using contract::Field;
using contract::Json;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using contract::UnionOf;
using contract::Variant;
using contract::whole;
using model::PayloadSelector;
using model::VectorSelector;

void* itself(void* value) { return value; }

/// All or nothing, for both selectors.
template <typename Selector>
Status read_enable(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_bool()) return reading.invalid_type(value, "a boolean");
  *static_cast<Selector*>(out) = value.as_bool() ? Selector::all() : Selector::none();
  return Status::ok_status();
}
template <typename Selector>
Status read_enable(const Proto& value, const ProtoReading&, void* out) {
  *static_cast<Selector*>(out) = value.boolean() ? Selector::all() : Selector::none();
  return Status::ok_status();
}

// Payload. ------------------------------------------------------------------------------------

constexpr contract::CustomOf<PayloadSelector> kEnablePayload{
    {.schema = "boolean", .read = &read_enable<PayloadSelector>, .read_proto = &read_enable<PayloadSelector>}};
constexpr auto kPaths = contract::list_of(ref(kPath));
using Paths = std::vector<model::JsonPath>;

template <PayloadSelector::Kind kKind>
void* make_selector(void* selector) {
  auto& made = *static_cast<PayloadSelector*>(selector);
  made = {kKind, {}};
  return &made;
}
template <PayloadSelector::Kind kKind>
void* make_paths(void* selector) {
  return &static_cast<PayloadSelector*>(make_selector<kKind>(selector))->paths;
}

constexpr Field kIncludeFields[] = {
    field<&PayloadSelector::paths>("include", 0, contract::list(kPaths)).required()};
constexpr ObjectOf<PayloadSelector> kInclude{
    {.name = "PayloadSelectorInclude", .fields = kIncludeFields, .refuses_unknown = true}};
constexpr Field kExcludeFields[] = {
    field<&PayloadSelector::paths>("exclude", 0, contract::list(kPaths)).required()};
constexpr ObjectOf<PayloadSelector> kExclude{
    {.name = "PayloadSelectorExclude", .fields = kExcludeFields, .refuses_unknown = true}};
constexpr Variant kSelectorVariants[] = {{ref(kInclude), &make_selector<PayloadSelector::Kind::kInclude>},
                                         {ref(kExclude), &make_selector<PayloadSelector::Kind::kExclude>}};
constexpr UnionOf<PayloadSelector> kSelector{{.name = "PayloadSelector", .variants = kSelectorVariants}};

constexpr Variant kWithPayloadVariants[] = {
    {ref(kEnablePayload), &itself},
    {contract::list(kPaths), &make_paths<PayloadSelector::Kind::kInclude>},
    {ref(kSelector), &itself},
};

constexpr Field kPathsFields[] = {whole("", 1, contract::list(kPaths))};
constexpr ObjectOf<Paths> kIncludeMessage{
    {.name = "PayloadIncludeSelector", .message = "PayloadIncludeSelector", .fields = kPathsFields}};
constexpr ObjectOf<Paths> kExcludeMessage{
    {.name = "PayloadExcludeSelector", .message = "PayloadExcludeSelector", .fields = kPathsFields}};
constexpr Case kWithPayloadCases[] = {
    {1, "enable", ref(kEnablePayload), &itself},
    {2, "include", ref(kIncludeMessage), &make_paths<PayloadSelector::Kind::kInclude>},
    {3, "exclude", ref(kExcludeMessage), &make_paths<PayloadSelector::Kind::kExclude>},
};

// Vectors. ------------------------------------------------------------------------------------

constexpr contract::CustomOf<VectorSelector> kEnableVectors{
    {.schema = "boolean", .read = &read_enable<VectorSelector>, .read_proto = &read_enable<VectorSelector>}};
constexpr auto kNames = contract::list_of(contract::text());

void* make_names(void* selector) {
  auto& made = *static_cast<VectorSelector*>(selector);
  made = {VectorSelector::Kind::kNames, {}};
  return &made.names;
}

constexpr Variant kWithVectorsVariants[] = {{ref(kEnableVectors), &itself}, {contract::list(kNames), &make_names}};

constexpr Field kNamesFields[] = {whole("", 1, contract::list(kNames))};
constexpr ObjectOf<std::vector<std::string>> kNamesMessage{
    {.name = "VectorsSelector", .message = "VectorsSelector", .fields = kNamesFields}};
constexpr Case kWithVectorsCases[] = {{1, "enable", ref(kEnableVectors), &itself},
                                      {2, "include", ref(kNamesMessage), &make_names}};
void make_no_vectors(void* selector) { *static_cast<VectorSelector*>(selector) = VectorSelector::none(); }

// Order. --------------------------------------------------------------------------------------

using Direction = model::Direction::Kind;

Status read_direction(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_string()) return reading.invalid_type(value, "string or map");
  const bool is_descending = value.as_string() == "desc";
  if (!is_descending && value.as_string() != "asc") return reading.refused("unknown variant of Direction");
  *static_cast<Direction*>(out) = is_descending ? Direction::kDescending : Direction::kAscending;
  return Status::ok_status();
}
Status read_direction(const Proto& value, const ProtoReading&, void* out) {
  constexpr int kDesc = 1;
  *static_cast<Direction*>(out) = value.enumeration() == kDesc ? Direction::kDescending : Direction::kAscending;
  return Status::ok_status();
}
constexpr contract::CustomOf<Direction> kDirection{
    {.schema = "Direction", .read = &read_direction, .read_proto = &read_direction}};

// The moment of an order in messages may also be a text, with words of its own.
Status read_moment(const Proto& value, const ProtoReading& reading, void* out) {
  const std::string text = value.text();
  const auto us = model::parse_datetime_us(text);
  if (!us) {
    return reading.malformed(text.empty() ? "Malformed datetime: premature end of input"
                                          : "Malformed datetime: input contains invalid characters");
  }
  *static_cast<std::int64_t*>(out) = *us;
  return Status::ok_status();
}
constexpr contract::CustomOf<std::int64_t> kMoment{{.schema = "", .read = nullptr, .read_proto = &read_moment}};

using Start = std::optional<model::OrderValue>;
template <typename T>
void* make_start(void* start) {
  return &static_cast<Start*>(start)->emplace().emplace<T>();
}
void make_no_start(void* start) { static_cast<Start*>(start)->reset(); }

constexpr Variant kStartVariants[] = {
    {contract::integer(), &make_start<std::int64_t>},
    {contract::f64(), &make_start<double>},
    {ref(kDatetime), &make_start<std::int64_t>},
};
constexpr Case kStartCases[] = {
    {1, "float", contract::f64(), &make_start<double>},
    {2, "integer", contract::integer(), &make_start<std::int64_t>},
    {3, "timestamp", ref(kDatetime), &make_start<std::int64_t>},
    {4, "datetime", ref(kMoment), &make_start<std::int64_t>},
};
constexpr UnionOf<Start> kStartFrom{{.name = "StartFrom", .variants = kStartVariants, .message = "StartFrom",
                                     .cases = kStartCases, .unset = &make_no_start}};

constexpr Field kOrderByFields[] = {
    field<&model::OrderBy::key>("key", 1, ref(kPath)).required(),
    field<&model::OrderBy::direction>("direction", 2, ref(kDirection)).nullable(),
    contract::field_at("start_from", 3, ref(kStartFrom),
                       [](void* order) -> void* { return &static_cast<model::OrderBy*>(order)->start_from; })
        .nullable(),
};

constexpr Variant kOrderByVariants[] = {{ref(kPath), &contract::make_member<&model::OrderBy::key>},
                                        {ref(kOrderBy), &itself}};

// Lookups. ------------------------------------------------------------------------------------

// Shards are not made by key here: a place for vectors to come from has one in name only.
Status skip(const Json&, Reading&, const Place&, void*) { return Status::ok_status(); }
Status skip(const Proto&, const ProtoReading&, void*) { return Status::ok_status(); }
constexpr contract::CustomOf<model::LookupFrom> kSkippedKey{
    {.schema = "ShardKeySelector", .read = &skip, .read_proto = &skip}};

constexpr Field kLocationFields[] = {
    field<&model::LookupFrom::collection>("collection", 1, contract::text()).required().on_wire("collection_name"),
    field<&model::LookupFrom::vector_name>("vector", 2, contract::text()).on_wire("vector_name"),
    whole("shard_key", 3, ref(kSkippedKey)).nullable().on_wire("shard_key_selector"),
};

using Lookup = ops::QueryGroups::Lookup;
constexpr Field kLookupFields[] = {
    field<&Lookup::collection>("collection", 1, contract::text()).required(),
    field<&Lookup::with_payload>("with_payload", 2, ref(kWithPayload)).nullable(),
    field<&Lookup::with_vectors>("with_vectors", 3, ref(kWithVectors)).nullable().also("with_vector"),
};
constexpr Variant kWithLookupVariants[] = {{contract::text(), &contract::make_member<&Lookup::collection>},
                                           {ref(kLookup), &itself}};

}  // namespace

constexpr UnionOf<PayloadSelector> kWithPayload{
    {.name = "WithPayloadInterface",
     .words = "Expected a boolean, an array of strings, or an object with an include/exclude field",
     .variants = kWithPayloadVariants, .message = "WithPayloadSelector", .cases = kWithPayloadCases,
     .unset_words = "No PayloadSelector"}};

constexpr UnionOf<VectorSelector> kWithVectors{
    {.name = "WithVector", .words = "Expected a boolean, or an array of strings", .variants = kWithVectorsVariants,
     .message = "WithVectorsSelector", .cases = kWithVectorsCases, .unset = &make_no_vectors}};

constexpr ObjectOf<model::OrderBy> kOrderBy{{.name = "OrderBy", .message = "OrderBy", .fields = kOrderByFields}};
constexpr UnionOf<model::OrderBy> kOrderByInterface{
    {.name = "OrderByInterface",
     .words = "Expected a string, or an object with a key, direction and/or start_from",
     .variants = kOrderByVariants}};

constexpr ObjectOf<model::LookupFrom> kLookupLocation{
    {.name = "LookupLocation", .message = "LookupLocation", .fields = kLocationFields, .in_table_order = true,
     .missing_in_turn = true}};

constexpr ObjectOf<Lookup> kLookup{{.name = "WithLookup", .message = "WithLookup", .fields = kLookupFields}};
constexpr UnionOf<Lookup> kWithLookup{{.name = "WithLookupInterface", .variants = kWithLookupVariants}};

}  // namespace alidade::faces::qdrant
