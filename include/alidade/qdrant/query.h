#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/qdrant/expression.h"
#include "alidade/qdrant/filter.h"
#include "alidade/qdrant/selectors.h"
#include "alidade/qdrant/vector.h"

// The universal query of Qdrant: every kind of 1.20. What a server does not serve comes back as its error.

namespace alidade::qdrant::inline v0 {

/// What a point is compared with: values, or a point of the collection. It is put into JSON at once; the values of a span
/// are not kept.
class ALIDADE_API VectorInput {
 public:
  VectorInput(std::span<const float> values);  // NOLINT: a vector is an input
  VectorInput(const DenseVector& values) : VectorInput(std::span<const float>(values)) {}  // NOLINT
  VectorInput(const PointId& id);                                                          // NOLINT
  VectorInput(const SparseVector& vector);                                                 // NOLINT
  VectorInput(const MultiVector& vector);                                                  // NOLINT
  VectorInput(const Document& document);                                                   // NOLINT
  VectorInput(const Image& image);                                                         // NOLINT
  VectorInput(const InferenceObject& object);                                              // NOLINT
  VectorInput(const Vector& vector);                                                       // NOLINT

  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

struct ContextPair {
  VectorInput positive;
  VectorInput negative;
};

enum class RecommendStrategy { kAverageVector, kBestScore, kSumScores };
enum class Fusion { kRrf, kDbsf };
enum class Direction { kAscending, kDescending };

struct Mmr {
  /// 0: the most relevant, 1: the most diverse. The server's default is 0.5.
  std::optional<double> diversity = {};
  std::optional<std::uint64_t> candidates_limit = {};
};

struct Recommend {
  std::vector<VectorInput> positive = {};
  std::vector<VectorInput> negative = {};
  std::optional<RecommendStrategy> strategy = {};
};

struct ALIDADE_API OrderBy {
  std::string key;
  std::optional<Direction> direction = {};
  /// A number or a date as text; null: from the first.
  Json start_from = {};
  std::string json() const;
};

struct Rrf {
  std::optional<std::uint64_t> k = {};
  /// One per prefetch, or none.
  std::vector<double> weights = {};
};

struct FeedbackItem {
  VectorInput example;
  double score = 0;
};

/// The naive strategy of relevance feedback: score = a·sim(target) + Σ gap^b·c·difference.
struct NaiveFeedback {
  double a = 1;
  double b = 1;
  double c = 1;
};

struct Bm25Scoring {
  std::optional<double> k = {};
  std::optional<double> b = {};
};

/// What points are scored by. A value; made by one of these functions.
class ALIDADE_API Query {
 public:
  // Anything that a point is compared with is a query for its nearest points.
  template <class Input>
    requires(std::constructible_from<VectorInput, const Input&> && !std::same_as<Input, VectorInput>)
  Query(const Input& input) : Query(nearest(VectorInput(input))) {}  // NOLINT
  Query(const VectorInput& input) : Query(nearest(input)) {}         // NOLINT

  static Query nearest(const VectorInput& input);
  /// The nearest ones, chosen for variety (maximal marginal relevance).
  static Query nearest(const VectorInput& input, const Mmr& mmr);
  static Query recommend(const Recommend& examples);
  static Query discover(const VectorInput& target, const std::vector<ContextPair>& context);
  static Query context(const std::vector<ContextPair>& pairs);
  static Query order_by(const OrderBy& order);
  // These merge the prefetches of the request.
  static Query fusion(Fusion fusion);
  static Query rrf(const Rrf& parameters);
  /// @param defaults an object: values for payload variables that a point lacks; null: none.
  static Query formula(const Expression& expression, const Json& defaults = {});
  /// Random points.
  static Query sample();
  static Query relevance_feedback(const VectorInput& target, const std::vector<FeedbackItem>& feedback,
                                  const NaiveFeedback& strategy);
  /// Ranks by BM25 over the text index of a payload field; the request's `using_vector` names that field (Qdrant 1.20).
  static Query text(std::string_view words, const Bm25Scoring& scoring = {});
  /// A kind that this library has no name for, as the REST interface takes it.
  static Query raw(const Json& json) { return Query(Text{}, json.to_text()); }

  const std::string& json() const { return json_; }

 private:
  struct Text {};
  Query(Text, std::string json) : json_(std::move(json)) {}

  std::string json_;
};

struct QuantizationSearchParams {
  std::optional<bool> ignore = {};
  std::optional<bool> rescore = {};
  std::optional<double> oversampling = {};
};

struct AcornSearchParams {
  std::optional<bool> enable = {};
  std::optional<double> max_selectivity = {};
};

struct ALIDADE_API SearchParams {
  std::optional<std::uint64_t> hnsw_ef = {};
  std::optional<bool> exact = {};
  std::optional<bool> indexed_only = {};
  std::optional<QuantizationSearchParams> quantization = {};
  std::optional<AcornSearchParams> acorn = {};
  /// Statistics of rare words are taken over the points that match this filter.
  std::optional<Filter> idf_corpus = {};
  std::string json() const;
};

/// Where the vectors of points that are named by id come from.
struct ALIDADE_API LookupLocation {
  std::string collection;
  std::string vector = {};
  std::optional<ShardKeySelector> shard_key = {};
  std::string json() const;
};

/// A query whose hits are the candidates of the query around it. Nests.
struct ALIDADE_API Prefetch {
  std::optional<Query> query = {};
  std::vector<Prefetch> prefetch = {};
  std::string using_vector = {};
  Filter filter = {};
  std::optional<SearchParams> params = {};
  std::optional<double> score_threshold = {};
  std::optional<std::uint64_t> limit = {};
  std::optional<LookupLocation> lookup_from = {};
  std::string json() const;
};

struct ALIDADE_API QueryRequest {
  std::optional<Query> query = {};
  std::vector<Prefetch> prefetch = {};
  /// Name of the vector that is searched; empty: the unnamed one.
  std::string using_vector = {};
  Filter filter = {};
  std::optional<SearchParams> params = {};
  std::optional<double> score_threshold = {};
  std::optional<std::uint64_t> limit = {};
  std::optional<std::uint64_t> offset = {};
  WithPayload with_payload = WithPayload::none();
  WithVectors with_vectors = WithVectors::none();
  std::optional<LookupLocation> lookup_from = {};
  std::optional<ShardKeySelector> shard_key = {};
  std::string json() const;
};

/// The best `group_size` points of each of the best `limit` values of a payload field.
struct ALIDADE_API GroupsRequest {
  /// Its `limit` and `offset` count for nothing here.
  QueryRequest query = {};
  std::string group_by;
  std::optional<std::uint64_t> limit = {};
  std::optional<std::uint64_t> group_size = {};
  /// A collection whose points are named by the groups' values; empty: none.
  std::string with_lookup = {};
  std::string json() const;
};

}  // namespace alidade::qdrant::inline v0
