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
#include "model/filter.h"
#include "model/json_path.h"
#include "model/point_id.h"

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
  std::vector<float> values;
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

/// A query vector of a kind that no vector of a collection has yet: what its refusal needs.
struct OtherVector {
  enum class Kind { kSparse, kMulti };
  Kind kind = Kind::kSparse;
  std::uint64_t dim = 0;  ///< Length of a row of a multi vector.
};

/// A vector given by its values, or by the point that has it.
using VectorInput = std::variant<std::vector<float>, PointId, OtherVector>;

struct NearestQuery {
  VectorInput target;
};
/// Mean of the positives, doubled, minus the mean of the negatives (strategy average_vector).
struct RecommendQuery {
  std::vector<VectorInput> positive;
  std::vector<VectorInput> negative;
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
struct SampleQuery {};

using QueryKind =
    std::variant<NearestQuery, RecommendQuery, RrfQuery, DbsfQuery, OrderByQuery, SampleQuery>;

/// Where the vectors of ids in the query come from, when not from the collection itself.
struct LookupFrom {
  std::string collection;
  std::optional<std::string> vector_name;
};

struct Prefetch {
  std::vector<Prefetch> prefetch;
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

/// One query of the universal query API. The common part of a request and of its prefetches is the
/// same type; a request adds what only its answer needs.
struct QueryRequest : Prefetch {
  /// What a face found wrong with how the prefetches are put together: told after every vector of
  /// the request was found.
  base::Status plan_problem;
  std::uint64_t offset = 0;
  PayloadSelector with_payload;
  VectorSelector with_vectors;
};

}  // namespace alidade::model
