#include "faces/qdrant/search_params.h"

#include "faces/qdrant/filter.h"

namespace alidade::faces::qdrant {
namespace {

using contract::boolean;
using contract::f64;
using contract::field;
using contract::Field;
using contract::Json;
using contract::Place;
using contract::Reading;
using contract::ref;

constexpr Field kQuantizationFields[] = {
    field<&model::QuantizationSearchParams::ignore>("ignore", 1, boolean()),
    field<&model::QuantizationSearchParams::rescore>("rescore", 2, boolean()),
    field<&model::QuantizationSearchParams::oversampling>("oversampling", 3, f64().at_least(1)),
};
constexpr contract::ObjectOf<model::QuantizationSearchParams> kQuantizationParams{
    {.name = "QuantizationSearchParams", .message = "QuantizationSearchParams", .fields = kQuantizationFields}};

constexpr Field kAcornFields[] = {
    field<&model::AcornSearchParams::enable>("enable", 1, boolean()),
    field<&model::AcornSearchParams::max_selectivity>("max_selectivity", 2, f64().at_least(0).at_most(1)),
};
constexpr contract::ObjectOf<model::AcornSearchParams> kAcorn{
    {.name = "AcornSearchParams", .message = "AcornSearchParams", .fields = kAcornFields}};

// "global" or {"corpus": a filter}; the message has the corpus or not.
constexpr Field kIdfFields[] = {field<&model::IdfParams::corpus>("", 1, ref(kFilter))};
constexpr contract::ObjectOf<model::IdfParams> kIdfMessage{
    {.name = "IdfParams", .message = "IdfParams", .fields = kIdfFields}};
constexpr Field kCorpusFields[] = {field<&model::IdfParams::corpus>("corpus", 0, ref(kFilter)).required()};
constexpr contract::ObjectOf<model::IdfParams> kCorpus{{.name = "IdfCorpusParams", .fields = kCorpusFields}};

Status read_scope(const Json& value, Reading& reading, const Place&, void*) {
  const bool is_global = value.is_string() && value.as_string() == "global";
  return is_global ? Status::ok_status() : reading.no_variant("IdfScope");
}
constexpr contract::CustomOf<model::IdfParams> kScope{{.schema = "IdfScope", .read = &read_scope}};

void* same_params(void* params) { return params; }
constexpr contract::Variant kIdfVariants[] = {{ref(kScope), &same_params}, {ref(kCorpus), &same_params}};
constexpr contract::UnionOf<model::IdfParams> kIdf{{.name = "IdfParams", .variants = kIdfVariants}};

constexpr Field kSearchParamsFields[] = {
    field<&model::SearchParams::hnsw_ef>("hnsw_ef", 1,
                                         contract::unsigned_integer<std::uint32_t>(contract::kUsize).at_least(1)),
    field<&model::SearchParams::exact>("exact", 2, boolean()),
    field<&model::SearchParams::quantization>("quantization", 3, ref(kQuantizationParams)),
    field<&model::SearchParams::indexed_only>("indexed_only", 4, boolean()),
    field<&model::SearchParams::acorn>("acorn", 5, ref(kAcorn)),
    field<&model::SearchParams::idf>("idf", 6, ref(kIdf, kIdfMessage)),
};

}  // namespace

constexpr contract::ObjectOf<model::SearchParams> kSearchParams{
    {.name = "SearchParams", .message = "SearchParams", .fields = kSearchParamsFields,
     .lists = contract::Lists::kWrongLength}};

}  // namespace alidade::faces::qdrant
