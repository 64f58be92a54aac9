// The kinds of queries.
#include "faces/qdrant/query.h"

#include "faces/contract/read_proto.h"
#include "faces/qdrant/selectors.h"
#include "faces/qdrant/values.h"
#include "faces/qdrant/vectors.h"

namespace alidade::faces::qdrant {
namespace {

using contract::alternative;
using contract::alternative_member;
using contract::field;
using contract::Field;
using contract::Json;
using contract::Lists;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using contract::whole;
using model::QueryKind;

// In JSON a kind stands as {"name": …}; its message is what stands inside.

constexpr auto kInputs = contract::list_of(ref(kVectorInput));

// Nearest. ------------------------------------------------------------------------------------

constexpr Field kMmrFields[] = {
    field<&model::Mmr::diversity>("diversity", 2, contract::f32().at_least(0).at_most(1)),
    field<&model::Mmr::candidates_limit>(
        "candidates_limit", 3, contract::unsigned_integer<std::uint32_t>(contract::kUsize).at_most(16384)),
};
constexpr ObjectOf<model::Mmr> kMmr{{.name = "Mmr", .message = "Mmr", .fields = kMmrFields}};
constexpr Field kNearestFields[] = {
    field<&model::NearestQuery::target>("nearest", 1, ref(kVectorInput)).required().placed("").missed("nearest vector is missing"),
    field<&model::NearestQuery::mmr>("mmr", 2, ref(kMmr)).missed("mmr is missing"),
};
constexpr ObjectOf<model::NearestQuery> kNearest{
    {.name = "NearestQuery", .message = "NearestInputWithMmr", .fields = kNearestFields}};

// Recommend. ----------------------------------------------------------------------------------

using Strategy = model::RecommendQuery::Strategy;
constexpr std::string_view kStrategyWords[] = {"average_vector", "best_score", "sum_scores"};

constexpr Field kRecommendFields[] = {
    field<&model::RecommendQuery::positive>("positive", 1, contract::list(kInputs)).nullable(),
    field<&model::RecommendQuery::negative>("negative", 2, contract::list(kInputs)).nullable(),
    field<&model::RecommendQuery::strategy>("strategy", 3, ref(kRecommendStrategy)).nullable(),
};
Status check_recommend(const void* object, Reading& reading, const Place& place) {
  const auto& recommend = *static_cast<const model::RecommendQuery*>(object);
  if (recommend.positive.empty() && recommend.negative.empty()) {
    reading.broken(Place(place, "positives, negatives"),
                   "Validation error: At least one positive or negative vector/id must be provided [{}]");
  }
  return Status::ok_status();
}
constexpr Field kRecommendQueryFields[] = {whole("recommend", 0, ref(kRecommendInput)).required()};
constexpr ObjectOf<model::RecommendQuery> kRecommend{{.name = "RecommendQuery", .fields = kRecommendQueryFields}};

// Discover and context. -----------------------------------------------------------------------

constexpr Field kPairFields[] = {
    field<&model::ContextPair::positive>("positive", 1, ref(kVectorInput)).required().missed("ContextPair positive is missing"),
    field<&model::ContextPair::negative>("negative", 2, ref(kVectorInput)).required().missed("ContextPair negative is missing"),
};
constexpr auto kPairs = contract::list_of(ref(kContextPair));
constexpr Field kPairsFields[] = {whole("", 1, contract::list(kPairs))};
constexpr ObjectOf<std::vector<model::ContextPair>> kPairsMessage{
    {.name = "ContextInput", .message = "ContextInput", .fields = kPairsFields}};

constexpr Field kDiscoverInside[] = {
    field<&model::DiscoverQuery::target>("target", 1, ref(kVectorInput)).required().missed("DiscoverInput target is missing"),
    field<&model::DiscoverQuery::context>("context", 0, contract::one_or_list(kPairs)).required(),
    field<&model::DiscoverQuery::context>("", 2, ref(kPairsMessage)).missed("DiscoverInput context is missing"),
};
constexpr ObjectOf<model::DiscoverQuery> kDiscoverInput{
    {.name = "DiscoverInput", .message = "DiscoverInput", .fields = kDiscoverInside}};
constexpr Field kDiscoverFields[] = {whole("discover", 0, ref(kDiscoverInput)).required()};
constexpr ObjectOf<model::DiscoverQuery> kDiscover{{.name = "DiscoverQuery", .fields = kDiscoverFields}};

constexpr Field kContextFields[] = {
    field<&model::ContextQuery::pairs>("context", 0, contract::one_or_list(kPairs)).required()};
constexpr ObjectOf<model::ContextQuery> kContext{{.name = "ContextQuery", .fields = kContextFields}};

// Relevance feedback. -------------------------------------------------------------------------

using model::FeedbackQuery;
constexpr Field kItemFields[] = {
    field<&model::FeedbackItem::example>("example", 1, ref(kVectorInput)).required().missed("feedback example is missing"),
    field<&model::FeedbackItem::score>("score", 2, contract::f32()).required(),
};
constexpr ObjectOf<model::FeedbackItem> kItem{{.name = "FeedbackItem", .message = "FeedbackItem", .fields = kItemFields}};
constexpr auto kItems = contract::list_of(ref(kItem));

constexpr Field kNaiveInside[] = {
    field<&FeedbackQuery::a>("a", 1, contract::f32()).required(),
    field<&FeedbackQuery::b>("b", 2, contract::f32().at_least(0)).required(),
    field<&FeedbackQuery::c>("c", 3, contract::f32()).required(),
};
constexpr ObjectOf<FeedbackQuery> kNaiveParams{
    {.name = "NaiveFeedbackStrategyParams", .message = "NaiveFeedbackStrategy", .fields = kNaiveInside}};
constexpr Field kNaiveFields[] = {whole("naive", 0, ref(kNaiveParams)).required()};
constexpr ObjectOf<FeedbackQuery> kNaive{{.name = "NaiveFeedbackStrategy", .fields = kNaiveFields}};
void* same_query(void* query) { return query; }
constexpr contract::Variant kFeedbackVariants[] = {{ref(kNaive), &same_query}};
constexpr contract::Case kFeedbackCases[] = {{1, "naive", ref(kNaiveParams), &same_query}};
constexpr contract::UnionOf<FeedbackQuery> kFeedbackStrategy{
    {.name = "FeedbackStrategy", .variants = kFeedbackVariants, .message = "FeedbackStrategy", .cases = kFeedbackCases,
     .unset_words = "Missing variant"}};

constexpr Field kFeedbackInside[] = {
    field<&FeedbackQuery::target>("target", 1, ref(kVectorInput)).required().missed("target is missing"),
    field<&FeedbackQuery::feedback>("feedback", 2, contract::list(kItems)).required(),
    whole("strategy", 3, ref(kFeedbackStrategy)).required().missed("strategy is missing"),
};
Status check_feedback(const void* object, Reading& reading, const Place& place) {
  if (static_cast<const FeedbackQuery*>(object)->feedback.empty()) {
    reading.broken(Place(place, "__all__"), "feedback elements must be non-empty");
  }
  return Status::ok_status();
}
constexpr ObjectOf<FeedbackQuery> kFeedbackInput{{.name = "RelevanceFeedbackInput", .message = "RelevanceFeedbackInput",
                                                  .fields = kFeedbackInside, .check = &check_feedback}};
constexpr Field kFeedbackFields[] = {whole("relevance_feedback", 0, ref(kFeedbackInput)).required()};
constexpr ObjectOf<FeedbackQuery> kFeedback{{.name = "RelevanceFeedbackQuery", .fields = kFeedbackFields}};

// Fusions. ------------------------------------------------------------------------------------

Status read_fusion(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_string()) return reading.invalid_type(value, "string or map");
  auto& kind = *static_cast<QueryKind*>(out);
  if (value.as_string() == "rrf") {
    kind = model::RrfQuery{};
  } else if (value.as_string() == "dbsf") {
    kind = model::DbsfQuery{};
  } else {
    return reading.refused("unknown variant of Fusion");
  }
  return Status::ok_status();
}
Status read_fusion(const Proto& value, const ProtoReading& reading, void* out) {
  constexpr int kRrf = 0, kDbsf = 1;
  const int fusion = value.enumeration();
  auto& kind = *static_cast<QueryKind*>(out);
  if (fusion != kRrf && fusion != kDbsf) return reading.malformed("invalid fusion type value " + std::to_string(fusion));
  if (fusion == kRrf) {
    kind = model::RrfQuery{};
  } else {
    kind = model::DbsfQuery{};
  }
  return Status::ok_status();
}
constexpr contract::CustomOf<QueryKind> kFusion{{.schema = "Fusion", .read = &read_fusion, .read_proto = &read_fusion}};
constexpr Field kFusionFields[] = {whole("fusion", 0, ref(kFusion)).required()};
constexpr ObjectOf<QueryKind> kFusionQuery{{.name = "FusionQuery", .fields = kFusionFields}};

constexpr auto kWeights = contract::list_of(contract::f32());
constexpr Field kRrfInside[] = {
    field<&model::RrfQuery::k>("k", 1, contract::unsigned_integer<std::uint32_t>(contract::kUsize).at_least(1)).nullable(),
    field<&model::RrfQuery::weights>("weights", 2, contract::list(kWeights)).nullable(),
};
constexpr ObjectOf<model::RrfQuery> kRrf{{.name = "Rrf", .message = "Rrf", .fields = kRrfInside}};
constexpr Field kRrfFields[] = {whole("rrf", 0, ref(kRrf)).required()};
constexpr ObjectOf<model::RrfQuery> kRrfQuery{{.name = "RrfQuery", .fields = kRrfFields}};

// Order, formula, sample. ---------------------------------------------------------------------

constexpr Field kOrderFields[] = {field<&model::OrderByQuery::order>("order_by", 0, ref(kOrderByInterface)).required()};
constexpr ObjectOf<model::OrderByQuery> kOrderByQuery{{.name = "OrderByQuery", .fields = kOrderFields}};

constexpr Field kFormulaFields[] = {
    field<&model::FormulaQuery::expression>("formula", 1, ref(kExpression)).required().on_wire("expression")
        .missed("missing field: expression"),
    field<&model::FormulaQuery::defaults>("defaults", 2, contract::json_object()),
};
constexpr ObjectOf<model::FormulaQuery> kFormula{{.name = "FormulaQuery", .message = "Formula", .fields = kFormulaFields}};

Status read_sample(const Json& value, Reading& reading, const Place&, void*) {
  if (!value.is_string()) return reading.invalid_type(value, "string or map");
  return value.as_string() == "random" ? Status::ok_status() : reading.refused("unknown variant of Sample");
}
Status read_sample(const Proto& value, const ProtoReading& reading, void*) {
  constexpr int kRandom = 0;
  if (value.enumeration() == kRandom) return Status::ok_status();
  return reading.malformed("invalid sample type value " + std::to_string(value.enumeration()));
}
constexpr contract::CustomOf<model::SampleQuery> kSample{
    {.schema = "Sample", .read = &read_sample, .read_proto = &read_sample}};
constexpr Field kSampleFields[] = {whole("sample", 0, ref(kSample)).required()};
constexpr ObjectOf<model::SampleQuery> kSampleQuery{{.name = "SampleQuery", .fields = kSampleFields}};

// Text. ---------------------------------------------------------------------------------------

using Bm25 = model::TextQuery::Bm25;
constexpr Field kBm25Fields[] = {field<&Bm25::k>("k", 1, contract::f64()), field<&Bm25::b>("b", 2, contract::f64())};
constexpr ObjectOf<Bm25> kBm25{{.name = "Bm25Params", .message = "Bm25Params", .fields = kBm25Fields}};
constexpr Field kScoringFields[] = {whole("bm25", 0, ref(kBm25)).required()};
constexpr ObjectOf<Bm25> kScoring{{.name = "TextScoring", .fields = kScoringFields}};
constexpr Field kTextInside[] = {
    field<&model::TextQuery::query>("query", 1, contract::text()).required(),
    field<&model::TextQuery::bm25>("scoring", 0, ref(kScoring)),
    field<&model::TextQuery::bm25>("", 2, ref(kBm25)),
};
constexpr ObjectOf<model::TextQuery> kTextInput{{.name = "TextQueryInput", .message = "TextQuery", .fields = kTextInside}};
constexpr contract::Variant kTextVariants[] = {{contract::text(), &contract::make_member<&model::TextQuery::query>},
                                               {ref(kTextInput), &same_query}};
constexpr contract::UnionOf<model::TextQuery> kTextInterface{{.name = "TextQueryInterface", .variants = kTextVariants}};
constexpr Field kTextQueryFields[] = {whole("text", 0, ref(kTextInterface)).required()};
constexpr ObjectOf<model::TextQuery> kTextQuery{{.name = "TextQuery", .fields = kTextQueryFields}};

// All kinds. ----------------------------------------------------------------------------------

template <typename T>
constexpr auto make_kind = &alternative<QueryKind, T>;
constexpr auto make_target = &alternative_member<QueryKind, &model::NearestQuery::target>;

constexpr contract::Variant kQueryVariants[] = {
    {ref(kNearest), make_kind<model::NearestQuery>},
    {ref(kRecommend), make_kind<model::RecommendQuery>},
    {ref(kDiscover), make_kind<model::DiscoverQuery>},
    {ref(kContext), make_kind<model::ContextQuery>},
    {ref(kOrderByQuery), make_kind<model::OrderByQuery>},
    {ref(kFusionQuery), &same_query},
    {ref(kRrfQuery), make_kind<model::RrfQuery>},
    {ref(kFormula), make_kind<model::FormulaQuery>},
    {ref(kSampleQuery), make_kind<model::SampleQuery>},
    {ref(kFeedback), make_kind<FeedbackQuery>},
    {ref(kTextQuery), make_kind<model::TextQuery>},
};
constexpr contract::Case kQueryCases[] = {
    {1, "nearest", ref(kVectorInput), make_target},
    {2, "recommend", ref(kRecommendInput), make_kind<model::RecommendQuery>},
    {3, "discover", ref(kDiscoverInput), make_kind<model::DiscoverQuery>},
    {4, "context", ref(kPairsMessage), &alternative_member<QueryKind, &model::ContextQuery::pairs>},
    {5, "order_by", ref(kOrderBy), &alternative_member<QueryKind, &model::OrderByQuery::order>},
    {6, "fusion", ref(kFusion), &same_query},
    {7, "sample", ref(kSample), make_kind<model::SampleQuery>},
    {8, "formula", ref(kFormula), make_kind<model::FormulaQuery>},
    {9, "nearest_with_mmr", ref(kNearest), make_kind<model::NearestQuery>},
    {10, "rrf", ref(kRrf), make_kind<model::RrfQuery>},
    {11, "relevance_feedback", ref(kFeedbackInput), make_kind<FeedbackQuery>},
    {12, "text", ref(kTextInput), make_kind<model::TextQuery>},
};
constexpr contract::UnionOf<QueryKind> kQuery{{.name = "Query", .variants = kQueryVariants}};
constexpr contract::Variant kInterfaceVariants[] = {{ref(kVectorInput), make_target}, {ref(kQuery), &same_query}};

Status read_payload_key(const Json& value, Reading& reading, const Place& place, void* out) {
  return kPath.read(value, reading, place, out);
}
Status read_payload_key(const Proto& value, const ProtoReading& reading, void* out) {
  auto path = model::JsonPath::parse(value.text());
  if (!path) return reading.malformed("invalid payload key");
  *static_cast<model::JsonPath*>(out) = *std::move(path);
  return Status::ok_status();
}

}  // namespace

constexpr contract::CustomOf<model::JsonPath> kPayloadKey{
    {.schema = "string", .read = &read_payload_key, .read_proto = &read_payload_key}};

constexpr ObjectOf<model::ContextPair> kContextPair{
    {.name = "ContextPair", .message = "ContextInputPair", .fields = kPairFields, .lists = Lists::kByPosition}};
constexpr contract::WordsOf<Strategy> kRecommendStrategy{{.schema = "RecommendStrategy", .words = kStrategyWords}};
constexpr ObjectOf<model::RecommendQuery> kRecommendInput{
    {.name = "RecommendInput", .message = "RecommendInput", .fields = kRecommendFields, .check = &check_recommend}};

constexpr contract::UnionOf<QueryKind> kQueryInterface{
    {.name = "QueryInterface", .words = "Expected some form of vector, id, or a type of query",
     .variants = kInterfaceVariants, .message = "Query", .cases = kQueryCases,
     .unset_words = "Query variant is missing"}};

}  // namespace alidade::faces::qdrant
