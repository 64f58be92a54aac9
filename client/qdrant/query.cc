#include "alidade/qdrant/query.h"

#include "qdrant/json_text.h"

namespace alidade::qdrant::inline v0 {
namespace {

using text::Object;

/// {"name": json}
std::string wrapped(std::string_view name, std::string_view json) {
  std::string out;
  Object object(out);
  object.raw(name, json).end();
  return out;
}

std::string pairs_text(const std::vector<ContextPair>& pairs) {
  std::string out = "[";
  for (const ContextPair& pair : pairs) {
    if (out.size() > 1) out += ',';
    Object object(out);
    object.raw("positive", pair.positive.json()).raw("negative", pair.negative.json()).end();
  }
  return out += ']';
}

std::string_view name_of(RecommendStrategy strategy) {
  switch (strategy) {
    case RecommendStrategy::kAverageVector: return "average_vector";
    case RecommendStrategy::kBestScore: return "best_score";
    case RecommendStrategy::kSumScores: return "sum_scores";
  }
  return "";
}

/// What a prefetch and a request have in common.
template <class Request>
void append_common(Object& object, const Request& request) {
  if (!request.prefetch.empty()) text::append_list(object.key("prefetch"), request.prefetch);
  object.maybe("query", request.query).maybe_string("using", request.using_vector);
  if (!request.filter.empty()) object.raw("filter", request.filter.json());
  object.maybe("params", request.params)
      .maybe("score_threshold", request.score_threshold)
      .maybe("lookup_from", request.lookup_from);
}

void append_output(Object& object, const QueryRequest& request) {
  object.raw("with_payload", request.with_payload.json())
      .raw("with_vector", request.with_vectors.json())
      .maybe("shard_key", request.shard_key);
}

}  // namespace

VectorInput::VectorInput(std::span<const float> values) { text::append_floats(json_, values); }
VectorInput::VectorInput(const PointId& id) { text::append_id(json_, id); }
VectorInput::VectorInput(const SparseVector& vector) : VectorInput(Vector(vector)) {}
VectorInput::VectorInput(const MultiVector& vector) : VectorInput(Vector(vector)) {}
VectorInput::VectorInput(const Document& document) : VectorInput(Vector(document)) {}
VectorInput::VectorInput(const Image& image) : VectorInput(Vector(image)) {}
VectorInput::VectorInput(const InferenceObject& object) : VectorInput(Vector(object)) {}
VectorInput::VectorInput(const Vector& vector) { text::append_vector(json_, vector); }

Query Query::nearest(const VectorInput& input) { return Query(Text{}, wrapped("nearest", input.json())); }

Query Query::nearest(const VectorInput& input, const Mmr& mmr) {
  std::string out;
  Object object(out);
  object.raw("nearest", input.json());
  Object inner(object.key("mmr"));
  inner.maybe("diversity", mmr.diversity).maybe("candidates_limit", mmr.candidates_limit).end();
  object.end();
  return Query(Text{}, std::move(out));
}

Query Query::recommend(const Recommend& examples) {
  std::string out;
  Object object(out);
  if (!examples.positive.empty()) text::append_list(object.key("positive"), examples.positive);
  if (!examples.negative.empty()) text::append_list(object.key("negative"), examples.negative);
  if (examples.strategy) object.string("strategy", name_of(*examples.strategy));
  object.end();
  return Query(Text{}, wrapped("recommend", out));
}

Query Query::discover(const VectorInput& target, const std::vector<ContextPair>& context) {
  std::string out;
  Object object(out);
  object.raw("target", target.json()).raw("context", pairs_text(context)).end();
  return Query(Text{}, wrapped("discover", out));
}

Query Query::context(const std::vector<ContextPair>& pairs) {
  return Query(Text{}, wrapped("context", pairs_text(pairs)));
}

Query Query::order_by(const OrderBy& order) { return Query(Text{}, wrapped("order_by", order.json())); }

Query Query::fusion(Fusion fusion) {
  return Query(Text{}, wrapped("fusion", fusion == Fusion::kRrf ? "\"rrf\"" : "\"dbsf\""));
}

Query Query::rrf(const Rrf& parameters) {
  std::string out;
  Object object(out);
  object.maybe("k", parameters.k);
  if (!parameters.weights.empty()) {
    std::string& list = object.key("weights");
    for (std::size_t i = 0; i < parameters.weights.size(); ++i) {
      list += i == 0 ? '[' : ',';
      text::append_double(list, parameters.weights[i]);
    }
    list += ']';
  }
  object.end();
  return Query(Text{}, wrapped("rrf", out));
}

Query Query::formula(const Expression& expression, const Json& defaults) {
  std::string out;
  Object object(out);
  object.raw("formula", expression.json()).maybe_json("defaults", defaults).end();
  return Query(Text{}, std::move(out));
}

Query Query::sample() { return Query(Text{}, wrapped("sample", "\"random\"")); }

Query Query::relevance_feedback(const VectorInput& target, const std::vector<FeedbackItem>& feedback,
                                const NaiveFeedback& strategy) {
  std::string out;
  Object object(out);
  object.raw("target", target.json());
  std::string items = "[";
  for (const FeedbackItem& item : feedback) {
    if (items.size() > 1) items += ',';
    Object one(items);
    one.raw("example", item.example.json()).number("score", item.score).end();
  }
  object.raw("feedback", items += ']');
  std::string naive;
  Object parameters(naive);
  parameters.number("a", strategy.a).number("b", strategy.b).number("c", strategy.c).end();
  object.raw("strategy", wrapped("naive", naive)).end();
  return Query(Text{}, wrapped("relevance_feedback", out));
}

Query Query::text(std::string_view words, const Bm25Scoring& scoring) {
  std::string out;
  Object object(out);
  object.string("query", words);
  if (scoring.k || scoring.b) {
    std::string bm25;
    Object parameters(bm25);
    parameters.maybe("k", scoring.k).maybe("b", scoring.b).end();
    object.raw("scoring", wrapped("bm25", bm25));
  }
  object.end();
  return Query(Text{}, wrapped("text", out));
}

std::string OrderBy::json() const {
  std::string out;
  Object object(out);
  object.string("key", key);
  if (direction) object.string("direction", *direction == Direction::kAscending ? "asc" : "desc");
  object.maybe_json("start_from", start_from).end();
  return out;
}

std::string SearchParams::json() const {
  std::string out;
  Object object(out);
  object.maybe("hnsw_ef", hnsw_ef).maybe("exact", exact).maybe("indexed_only", indexed_only);
  if (quantization) {
    Object inner(object.key("quantization"));
    inner.maybe("ignore", quantization->ignore)
        .maybe("rescore", quantization->rescore)
        .maybe("oversampling", quantization->oversampling)
        .end();
  }
  if (acorn) {
    Object inner(object.key("acorn"));
    inner.maybe("enable", acorn->enable).maybe("max_selectivity", acorn->max_selectivity).end();
  }
  if (idf_corpus) object.raw("idf", wrapped("corpus", idf_corpus->json()));
  object.end();
  return out;
}

std::string LookupLocation::json() const {
  std::string out;
  Object object(out);
  object.string("collection", collection).maybe_string("vector", vector).maybe("shard_key", shard_key).end();
  return out;
}

std::string Prefetch::json() const {
  std::string out;
  Object object(out);
  append_common(object, *this);
  object.maybe("limit", limit).end();
  return out;
}

std::string QueryRequest::json() const {
  std::string out;
  Object object(out);
  append_common(object, *this);
  append_output(object, *this);
  object.maybe("limit", limit).maybe("offset", offset).end();
  return out;
}

std::string GroupsRequest::json() const {
  std::string out;
  Object object(out);
  append_common(object, query);
  append_output(object, query);
  object.string("group_by", group_by).maybe("limit", limit).maybe("group_size", group_size);
  object.maybe_string("with_lookup", with_lookup).end();
  return out;
}

}  // namespace alidade::qdrant::inline v0
