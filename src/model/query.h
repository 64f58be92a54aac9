#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "model/distance.h"
#include "model/expression.h"
#include "model/filter.h"
#include "model/json_path.h"
#include "model/point_id.h"
#include "model/vector_value.h"

namespace alidade::model {

/// Which part of the payload an answer shows.
struct PayloadSelector {
  enum class Kind { kNone, kAll, kInclude, kExclude };
  Kind kind = Kind::kNone;
  std::vector<JsonPath> paths;

  static PayloadSelector none() { return {}; }
  static PayloadSelector all() { return {Kind::kAll, {}}; }
};

/// Which vectors an answer shows.
struct VectorSelector {
  enum class Kind { kNone, kAll, kNames };
  Kind kind = Kind::kNone;
  std::vector<std::string> names;

  static VectorSelector none() { return {}; }
  static VectorSelector all() { return {Kind::kAll, {}}; }
};

struct NamedVector {
  std::string name;  ///< "" is the unnamed vector.
  VectorValue value;
};

/// A point as an answer shows it.
struct PointRecord {
  PointId id;
  std::string original_id;               ///< The text that the id was made from, or "".
  std::uint64_t version = 0;
  std::optional<std::string> payload;    ///< Compact JSON object text; nullopt = not asked for.
  std::optional<std::vector<NamedVector>> vectors;  ///< nullopt = not asked for.
};

/// A value that a list was ordered by: integers (datetimes as µs) and floats stay apart.
using OrderValue = std::variant<std::int64_t, double>;

struct ScoredPoint {
  PointRecord record;
  /// As the query's kind shows it: internal similarity for a vector query (faces translate it by
  /// `QueryHits::score_kind`), the fused score for a fusion, 1.0 otherwise.
  float score = 0;
  std::optional<OrderValue> order_value;
};

/// How ScoredPoint::score is to be read.
enum class ScoreKind {
  kSimilarity,  ///< Internal similarity of the vector named by QueryHits::vector_name.
  kPlain,       ///< Shown as it is, higher first.
};

struct QueryHits {
  std::vector<ScoredPoint> points;
  ScoreKind score_kind = ScoreKind::kPlain;
  std::string vector_name;
  /// Of that vector; meaningful with kSimilarity only.
  Distance distance = Distance::kCosine;
};

/// What a search makes of quantized vectors. As given; no vector is quantized yet.
struct QuantizationSearchParams {
  bool ignore = false;
  std::optional<bool> rescore;
  std::optional<double> oversampling;
};

/// Whether a filtered search may walk the graph by ACORN. As given; none does yet.
struct AcornSearchParams {
  bool enable = false;
  std::optional<double> max_selectivity;
};

/// The points over which the IDF of a sparse vector is computed.
struct IdfParams {
  std::shared_ptr<const Filter> corpus;  ///< nullptr = all points of the collection.
};

struct SearchParams {
  std::optional<std::uint32_t> hnsw_ef;  ///< Default: ef_construct of the vector, or Chroma's ef_search.
  bool exact = false;
  std::optional<QuantizationSearchParams> quantization;
  bool indexed_only = false;
  std::optional<AcornSearchParams> acorn;
  std::optional<IdfParams> idf;
};

struct Direction {
  enum class Kind { kAscending, kDescending };
};
struct OrderBy {
  JsonPath key;
  Direction::Kind direction = Direction::Kind::kAscending;
  std::optional<OrderValue> start_from;
};

// Vectors as requests give them. --------------------------------------------------------------

/// What a model is to make a vector of.
struct Inference {
  enum class Kind { kText, kImage, kObject };
  Kind kind = Kind::kText;
  std::string model;
  base::json::Value input;    ///< A string with kText.
  base::json::Value options;  ///< An object, or null.
};

/// A vector given by its values, by the point that has it, or by what a model makes of an input.
using VectorInput = std::variant<VectorValue, PointId, Inference>;

// Kinds of queries. ---------------------------------------------------------------------------

/// Maximal marginal relevance: of the nearest `candidates_limit` points the one is taken next that has the
/// most of (1 - diversity) · similarity to the query - diversity · similarity to the closest one taken.
struct Mmr {
  std::optional<float> diversity;                ///< 0..1; default 0.5.
  std::optional<std::uint32_t> candidates_limit;  ///< Default: the query's limit.
};
struct NearestQuery {
  VectorInput target;
  std::optional<Mmr> mmr = std::nullopt;
};
struct RecommendQuery {
  enum class Strategy : std::uint8_t {
    kAverageVector,  ///< Nearest to the mean of the positives, doubled, minus the mean of the negatives.
    kBestScore,      ///< Sigmoid of the best positive, or minus that of the best negative where it is closer.
    kSumScores,      ///< Similarities to the positives minus those to the negatives.
  };
  std::vector<VectorInput> positive = {};
  std::vector<VectorInput> negative = {};
  Strategy strategy = Strategy::kAverageVector;
};
struct ContextPair {
  VectorInput positive;
  VectorInput negative;
};
/// Nearest to the target, in the zones that the pairs mark: first by the pairs whose positive is closer.
struct DiscoverQuery {
  VectorInput target;
  std::vector<ContextPair> context;
};
/// Points whose pairs all have the positive closer score 0, others below.
struct ContextQuery {
  std::vector<ContextPair> pairs;
};
/// Relevance feedback with Qdrant's naive strategy: a · similarity to the target + Σ over pairs of feedback with a
/// gap g of scores: g^b · c · (similarity to the better one - similarity to the other).
struct FeedbackItem {
  VectorInput example;
  float score = 0;
};
struct FeedbackQuery {
  VectorInput target;
  std::vector<FeedbackItem> feedback;
  float a = 0, b = 0, c = 0;
};
/// Reciprocal rank fusion: 1 / ((position + 1) / weight + k - 1), positions from 0.
struct RrfQuery {
  std::uint32_t k = 2;
  std::vector<float> weights;  ///< Empty = all 1, else one per prefetch.
};
/// Distribution based score fusion: mean ± 3σ per list is mapped to 0..1, sums over lists.
struct DbsfQuery {};
struct OrderByQuery {
  OrderBy order;
};
/// Scores of a formula over the payload and the scores of the prefetches.
struct FormulaQuery {
  Expression expression;
  /// An object: what stands for variables that a point lacks.
  base::json::Value defaults = base::json::Object{};
};
struct SampleQuery {};
/// Rank by BM25 over a text index of the payload field that `using` names. Not served yet.
struct TextQuery {
  struct Bm25 {
    std::optional<double> k, b;
  };
  std::string query;
  std::optional<Bm25> bm25;
};

using QueryKind = std::variant<NearestQuery, RecommendQuery, DiscoverQuery, ContextQuery, FeedbackQuery, RrfQuery,
                               DbsfQuery, OrderByQuery, FormulaQuery, SampleQuery, TextQuery>;

/// Where the vectors of ids in the query come from, when not from the collection itself.
struct LookupFrom {
  std::string collection;
  std::optional<std::string> vector_name;
};

/// One query of the universal query API, and the queries below whose hits it looks at. All its levels are of this
/// type, which has a place for every kind: query/plan.h says which are served.
struct QueryNode {
  std::vector<QueryNode> prefetch;
  std::optional<QueryKind> query;
  std::string using_vector;
  std::optional<Filter> filter;
  SearchParams params;
  /// As on the Qdrant wire (a distance for Euclid and Manhattan).
  std::optional<float> score_threshold;
  std::uint64_t limit = 10;
  std::optional<LookupFrom> lookup_from;
  /// What a face found wrong between the members. It is the answer unless a collection or a vector
  /// that the request looks up is missing, which the dialect tells first.
  base::Status problem;
};

/// A whole request: the outermost query, and what only its answer needs.
struct QueryRequest : QueryNode {
  /// What a face found wrong with how the prefetches are put together: told after every vector of
  /// the request was found.
  base::Status plan_problem;
  std::uint64_t offset = 0;
  PayloadSelector with_payload;
  VectorSelector with_vectors;
  /// As given. No shard has a key, so a face refuses it.
  std::optional<base::json::Value> shard_key;
};

}  // namespace alidade::model
