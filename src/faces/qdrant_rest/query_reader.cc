#include "faces/qdrant_rest/query_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {
namespace {

constexpr int kMaxPrefetchDepth = 64;

std::string as_float(double value) {
  std::string text;
  base::json::write_double(value, text);
  return text;
}

bool is_fusion(const model::QueryKind& kind) {
  return std::holds_alternative<model::RrfQuery>(kind) || std::holds_alternative<model::DbsfQuery>(kind);
}

/// What is wrong between the members of one query, in the peer's order.
Status member_problem(const model::Prefetch& query) {
  if (!query.query) {
    if (!query.prefetch.empty()) {
      return bad_request(
          "A query is needed to merge the prefetches. Can't have prefetches without defining a query.");
    }
    if (!query.score_threshold) return Status::ok_status();
    return bad_request(
        "A query is needed to use the score_threshold. Can't have score_threshold without defining a query.");
  }
  if (query.score_threshold && std::holds_alternative<model::OrderByQuery>(*query.query)) {
    return bad_request("Can't use score_threshold with an order_by query.");
  }
  if (is_fusion(*query.query) && !query.using_vector.empty()) {
    return bad_request("Fusion queries cannot be combined with the 'using' field.");
  }
  const auto* recommend = std::get_if<model::RecommendQuery>(&*query.query);
  if (recommend != nullptr && recommend->positive.empty()) {
    return wrong_input("Positive vectors should not be empty with `average` strategy");
  }
  return Status::ok_status();
}

/// What is wrong between a fusion and the lists that it merges.
Status fusion_problem(const model::Prefetch& query) {
  if (!query.query || !is_fusion(*query.query)) return Status::ok_status();
  if (query.prefetch.empty()) {
    return wrong_input("Validation failed: cannot apply Fusion without prefetches");
  }
  const auto* rrf = std::get_if<model::RrfQuery>(&*query.query);
  if (rrf == nullptr || rrf->weights.empty() || rrf->weights.size() == query.prefetch.size()) {
    return Status::ok_status();
  }
  return wrong_input("Validation failed: RRF weights length (" + std::to_string(rrf->weights.size()) +
                     ") does not match number of prefetches (" + std::to_string(query.prefetch.size()) + ")");
}

int prefetch_depth(const model::Prefetch& query) {
  int depth = 0;
  for (const model::Prefetch& inner : query.prefetch) depth = std::max(depth, 1 + prefetch_depth(inner));
  return depth;
}

Result<std::optional<double>> read_optional_f64(const Value& value) {
  if (value.is_null()) return std::optional<double>();
  ALD_ASSIGN(const double number, read_f64(value, Wording::kJson));
  return std::optional<double>(number);
}

}  // namespace

void QueryReader::refuse_later(const Status& status) {
  if (later_.ok()) later_ = status;
}

Status QueryReader::verdict() const {
  ALD_RETURN_IF_ERROR(rules_.verdict());
  return later_;
}

Status QueryReader::read_count(const Value& value,
                               const std::string& path,
                               std::uint64_t smallest,
                               std::uint64_t& count) {
  if (value.is_null()) return Status::ok_status();
  ALD_ASSIGN(count, read_usize(value));
  rules_.at_least(path, count, smallest);
  return Status::ok_status();
}

// Parameters. ---------------------------------------------------------------------------------

Status QueryReader::read_quantization(const Value& value, const std::string& path) {
  if (value.is_null()) return Status::ok_status();
  if (!value.is_object()) return not_a_struct(value, "QuantizationSearchParams");
  for (const auto& [key, item] : value.as_object()) {
    if (key == "ignore" || (key == "rescore" && !item.is_null())) {
      ALD_RETURN_IF_ERROR(read_bool(item).status());
    } else if (key == "oversampling") {
      ALD_ASSIGN(const auto factor, read_optional_f64(item));
      if (factor && *factor < 1) {
        rules_.broken(path + ".oversampling",
                      "value " + as_float(*factor) + " invalid, must be 1.0 or larger");
      }
    }
  }
  return Status::ok_status();
}

Status QueryReader::read_acorn(const Value& value, const std::string& path) {
  if (value.is_null()) return Status::ok_status();
  if (!value.is_object()) return not_a_struct(value, "AcornSearchParams");
  for (const auto& [key, item] : value.as_object()) {
    if (key == "enable") {
      ALD_RETURN_IF_ERROR(read_bool(item).status());
    } else if (key == "max_selectivity") {
      ALD_ASSIGN(const auto share, read_optional_f64(item));
      if (share && (*share < 0 || *share > 1)) {
        rules_.broken(path + ".max_selectivity",
                      "value " + as_float(*share) + " invalid, must be from 0.0 to 1.0");
      }
    }
  }
  return Status::ok_status();
}

Result<model::SearchParams> QueryReader::read_params(const Value& value, const std::string& path) {
  model::SearchParams params;
  if (value.is_null()) return params;
  if (value.is_array()) {
    return body_refused("invalid length " + std::to_string(value.as_array().size()) +
                        ", expected struct SearchParams with 6 elements");
  }
  if (!value.is_object()) return not_a_struct(value, "SearchParams");
  for (const auto& [key, item] : value.as_object()) {
    if (key == "hnsw_ef" && !item.is_null()) {
      std::uint64_t ef = 0;
      ALD_RETURN_IF_ERROR(read_count(item, path + ".hnsw_ef", 1, ef));
      constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
      params.hnsw_ef = static_cast<std::uint32_t>(std::min(ef, kMost));
    } else if (key == "exact") {
      ALD_ASSIGN(params.exact, read_bool(item));
    } else if (key == "indexed_only") {
      ALD_ASSIGN(params.indexed_only, read_bool(item));
    } else if (key == "quantization") {
      ALD_RETURN_IF_ERROR(read_quantization(item, path + ".quantization"));
    } else if (key == "acorn") {
      ALD_RETURN_IF_ERROR(read_acorn(item, path + ".acorn"));
    } else if (key == "idf" && !item.is_null()) {
      const Value* corpus = item.find("corpus");
      if (item != Value("global") &&
          (corpus == nullptr || !read_filter(*corpus, path + ".idf.corpus", rules_).ok())) {
        return no_variant("IdfParams");
      }
      has_idf_ = true;
    }
  }
  return params;
}

// Members. ------------------------------------------------------------------------------------

Result<bool> QueryReader::read_common(const std::string& key,
                                      const Value& value,
                                      const std::string& path,
                                      model::Prefetch& query) {
  if (key == "filter") {
    ALD_ASSIGN(query.filter, read_optional_filter(value, path + ".filter", rules_));
  } else if (key == "params") {
    ALD_ASSIGN(query.params, read_params(value, path + ".params"));
  } else if (key == "score_threshold") {
    if (value.is_null()) return true;
    ALD_ASSIGN(query.score_threshold, read_f32(value));
  } else if (key == "using") {
    if (value.is_null()) return true;
    ALD_ASSIGN(query.using_vector, read_string(value));
  } else if (key == "lookup_from") {
    if (value.is_null()) return true;
    if (!value.is_object()) return not_a_struct(value, "LookupLocation");
    const Value* collection = value.find("collection");
    const Value* vector = value.find("vector");
    if (collection == nullptr) return missing_field("collection");
    model::LookupFrom from;
    ALD_ASSIGN(from.collection, read_string(*collection));
    if (vector != nullptr && !vector->is_null()) {
      ALD_ASSIGN(from.vector_name, read_string(*vector));
    }
    query.lookup_from = std::move(from);
  } else {
    return false;
  }
  return true;
}

Result<bool> QueryReader::read_output(const std::string& key,
                                      const Value& value,
                                      model::QueryRequest& request) {
  if (key == "offset") {
    ALD_RETURN_IF_ERROR(read_count(value, "", 0, request.offset));
  } else if (key == "with_payload") {
    ALD_ASSIGN(request.with_payload, read_payload_selector(value, model::PayloadSelector::none()));
  } else if (key == "with_vector" || key == "with_vectors") {
    if (std::exchange(has_vectors_, true)) return body_refused("duplicate field `with_vector`");
    ALD_ASSIGN(request.with_vectors, read_vector_selector(value));
  } else if (key == "shard_key") {
    // Shards are not made by key here, so none is known.
    if (!value.is_null()) {
      refuse_later(bad_request("Shard key " + base::json::to_text(value) + " not found"));
    }
  } else {
    return false;
  }
  return true;
}

Result<bool> QueryReader::read_universal(const std::string& key,
                                         const Value& value,
                                         const std::string& path,
                                         model::Prefetch& query) {
  if (key == "prefetch") {
    ALD_RETURN_IF_ERROR(read_prefetches(value, path + ".prefetch", query));
  } else if (key == "query") {
    if (value.is_null()) return true;
    query.query = query_of(value, path + ".query");
    if (!query.query) return body_refused("Expected some form of vector, id, or a type of query");
  } else {
    return false;
  }
  return true;
}

Result<model::Prefetch> QueryReader::read_prefetch(const Value& value, const std::string& path) {
  if (!value.is_object()) return not_a_struct(value, "Prefetch");
  model::Prefetch prefetch;
  for (const auto& [key, item] : value.as_object()) {
    ALD_ASSIGN(const bool known, read_universal(key, item, path, prefetch));
    if (known) continue;
    ALD_ASSIGN(const bool common, read_common(key, item, path, prefetch));
    if (!common && key == "limit") {
      ALD_RETURN_IF_ERROR(read_count(item, path + ".limit", 1, prefetch.limit));
    }
  }
  return prefetch;
}

// One or a list of them.
Status QueryReader::read_prefetches(const Value& value, const std::string& path, model::Prefetch& query) {
  if (value.is_null()) return Status::ok_status();
  if (value.is_object()) {
    ALD_ASSIGN(model::Prefetch prefetch, read_prefetch(value, path + "[0]"));
    query.prefetch.push_back(std::move(prefetch));
    return Status::ok_status();
  }
  if (!value.is_array()) return invalid_type(value, "null, array or map");
  for (std::size_t i = 0; i < value.as_array().size(); ++i) {
    ALD_ASSIGN(model::Prefetch prefetch,
               read_prefetch(value.as_array()[i], path + "[" + std::to_string(i) + "]"));
    query.prefetch.push_back(std::move(prefetch));
  }
  return Status::ok_status();
}

// Both dialects and all depths.
void QueryReader::check_members(model::Prefetch& query, Status& plan_problem) {
  query.problem = member_problem(query);
  const Status plan = fusion_problem(query);
  if (plan_problem.ok()) plan_problem = plan;
  for (model::Prefetch& inner : query.prefetch) check_members(inner, plan_problem);
}

void QueryReader::check_whole(model::QueryRequest& request) {
  check_members(request, request.plan_problem);
  const int depth = prefetch_depth(request);
  if (depth > kMaxPrefetchDepth) {
    request.plan_problem = bad_request("prefetches depth " + std::to_string(depth) +
                                       " exceeds max depth " + std::to_string(kMaxPrefetchDepth));
  }
  if (has_idf_ && request.plan_problem.ok()) {
    request.plan_problem =
        wrong_input("Validation failed: search param `idf` requires a sparse vector with the "
                    "`idf` modifier, which vector \"" + request.using_vector + "\" is not");
  }
}

}  // namespace alidade::faces::qdrant_rest
