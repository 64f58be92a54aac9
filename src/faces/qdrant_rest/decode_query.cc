#include "faces/qdrant_rest/decode_query.h"

#include <limits>
#include <utility>

#include "faces/qdrant/selectors.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/query_reader.h"
#include "faces/qdrant_rest/repeated_fields.h"
#include "faces/qdrant_rest/route_input.h"

namespace alidade::faces::qdrant_rest {
namespace {

// A dialect of requests: the universal one and the two old ones differ in a few members.
struct RequestKind {
  std::string_view struct_name;
  std::string_view groups_struct_name;
  /// Where broken rules of a request, of a request in a batch and of a grouped one are said to be.
  std::string_view path;
  std::string_view batch_path;
  std::string_view groups_path;
  bool needs_limit;
  /// The fields of a request, of a batch of them and of a grouped one.
  const StructShape& shape;
  const StructShape& batch_shape;
  const StructShape& groups_shape;
  /// Reads the members of the dialect itself; false when the key is none.
  Result<bool> (*read_member)(QueryReader&, const std::string&, const Value&, const std::string&,
                              model::QueryRequest&);
  /// What has to be there, after all members.
  Status (*finish)(QueryReader&, const Value&, const std::string&, model::QueryRequest&);
};

// Universal. ----------------------------------------------------------------------------------

Result<bool> read_universal_member(QueryReader& reader, const std::string& key, const Value& value,
                                   const std::string& path, model::QueryRequest& request) {
  return reader.read_universal(key, value, path, request);
}

Status finish_universal(QueryReader& reader, const Value&, const std::string&,
                        model::QueryRequest& request) {
  reader.check_whole(request);
  return Status::ok_status();
}

constexpr RequestKind kUniversal{"QueryRequest", "QueryGroupsRequest", "internal", "internal",
                                 "search_group_request", false, kQueryShape, kQueryBatchShape,
                                 kQueryGroupsShape, &read_universal_member, &finish_universal};

// Search. -------------------------------------------------------------------------------------

// [0.1, …], {"name", "vector": [0.1, …]} or {"name", "vector": {"indices", "values"}}.
Result<bool> read_search_member(QueryReader& reader, const std::string& key, const Value& value,
                                const std::string& path, model::QueryRequest& request) {
  if (key != "vector") return false;
  const Value* name = value.find("name");
  const Value* inner = name == nullptr ? &value : value.find("vector");
  if (inner == nullptr || (name != nullptr && !name->is_string())) return no_variant("NamedVectorStruct");
  if (name != nullptr) request.using_vector = name->as_string();
  if (auto dense = dense_of(*inner)) {
    request.query = model::NearestQuery{*std::move(dense), std::nullopt};
    return true;
  }
  auto sparse = name == nullptr || !inner->is_object() ? std::nullopt : sparse_of(*inner);
  if (!sparse) return no_variant("NamedVectorStruct");
  check_vector(*sparse, path + ".vector", reader.rules());
  request.query = model::NearestQuery{model::SparseVector{std::move(sparse->indices), std::move(sparse->values)}, std::nullopt};
  return true;
}

Status finish_search(QueryReader&, const Value&, const std::string&, model::QueryRequest& request) {
  return request.query ? Status::ok_status() : missing_field("vector");
}

constexpr RequestKind kSearch{"SearchRequest", "SearchGroupsRequest", "search_request",
                              "search_request", "search_group_request", true, kSearchShape, kSearchBatchShape,
                              kSearchGroupsShape, &read_search_member, &finish_search};

// Recommend. ----------------------------------------------------------------------------------

Result<std::vector<model::VectorInput>> read_examples(QueryReader& reader, const Value& value,
                                                      const std::string& path) {
  if (!value.is_array() && !value.is_null()) return invalid_type(value, "a sequence");
  auto inputs = reader.vector_inputs_of(&value, path);
  if (!inputs) return no_variant("RecommendExample");
  return *std::move(inputs);
}

Result<bool> read_recommend_member(QueryReader& reader, const std::string& key, const Value& value,
                                   const std::string& path, model::QueryRequest& request) {
  if (!request.query) request.query = model::RecommendQuery{};
  auto& recommend = std::get<model::RecommendQuery>(*request.query);
  if (key == "positive") {
    ALD_ASSIGN(recommend.positive, read_examples(reader, value, path + ".positive"));
  } else if (key == "negative") {
    ALD_ASSIGN(recommend.negative, read_examples(reader, value, path + ".negative"));
  } else if (key == "strategy") {
    if (value.is_null()) return true;
    ALD_ASSIGN(const std::string name, read_string(value));
    if (name != "average_vector" && name != "best_score" && name != "sum_scores") {
      return body_refused("unknown variant `" + name +
                          "`, expected one of `average_vector`, `best_score`, `sum_scores`");
    }
  } else {
    return false;
  }
  return true;
}

Status finish_recommend(QueryReader& reader, const Value& body, const std::string&,
                        model::QueryRequest& request) {
  if (!request.query) request.query = model::RecommendQuery{};
  const Value* strategy = body.find("strategy");
  const bool average =
      strategy == nullptr || strategy->is_null() || *strategy == Value("average_vector");
  if (!average) {
    reader.refuse_later(unimplemented("Recommendation strategy " + strategy->as_string() +
                                      " is not available in this version"));
  } else if (std::get<model::RecommendQuery>(*request.query).positive.empty()) {
    reader.refuse_later(bad_request("At least one positive vector ID required with this strategy"));
  }
  return Status::ok_status();
}

constexpr RequestKind kRecommend{"RecommendRequest", "RecommendGroupsRequest", "recommend_request",
                                 "recommend_request", "recommend_group_request", true,
                                 kRecommendShape, kRecommendBatchShape, kRecommendGroupsShape,
                                 &read_recommend_member, &finish_recommend};

// Requests. -----------------------------------------------------------------------------------

Status read_member(QueryReader& reader, const RequestKind& kind, const std::string& key,
                   const Value& value, const std::string& path, model::QueryRequest& request) {
  ALD_ASSIGN(const bool own, kind.read_member(reader, key, value, path, request));
  if (own) return Status::ok_status();
  ALD_ASSIGN(const bool common, reader.read_common(key, value, path, request));
  if (common) return Status::ok_status();
  return reader.read_output(key, value, request).status();
}

Result<model::QueryRequest> read_request(QueryReader& reader, const RequestKind& kind,
                                         const Value& body, const std::string& path) {
  if (!body.is_object()) return not_a_struct(body, kind.struct_name);
  model::QueryRequest request;
  bool has_limit = false;
  reader.next_request();
  for (const auto& [key, value] : body.as_object()) {
    if (key == "limit" || (kind.needs_limit && key == "top")) {
      if (kind.needs_limit && value.is_null()) return invalid_type(value, "usize");
      ALD_RETURN_IF_ERROR(reader.read_count(value, path + ".limit", 1, request.limit));
      has_limit = true;
    } else {
      ALD_RETURN_IF_ERROR(read_member(reader, kind, key, value, path, request));
    }
  }
  ALD_RETURN_IF_ERROR(kind.finish(reader, body, path, request));
  if (kind.needs_limit && !has_limit) return missing_field("limit");
  return request;
}

Result<ops::QueryPoints> decode_one(const RouteInput& input, const RequestKind& kind) {
  if (begins_with_list(input)) return not_a_struct(Value(base::json::Array{}), kind.struct_name);
  ALD_ASSIGN(const Value body, read_body(input, kind.shape));
  QueryReader reader;
  ops::QueryPoints request;
  request.collection = collection_of(input);
  ALD_ASSIGN(request.query, read_request(reader, kind, body, std::string(kind.path)));
  ALD_RETURN_IF_ERROR(reader.verdict());
  return request;
}

Result<ops::QueryBatch> decode_batch(const RouteInput& input, const RequestKind& kind) {
  ALD_ASSIGN(const Value body, read_body(input, kind.batch_shape));
  const Value* searches = body.find("searches");
  if (body.is_array()) {  // A list would be the struct's only field in its place.
    if (body.as_array().empty()) {
      return body_refused("invalid length 0, expected struct " + std::string(kind.struct_name) +
                          "Batch with 1 element");
    }
    searches = &body.as_array()[0];
  } else if (!body.is_object()) {
    return not_a_struct(body, std::string(kind.struct_name) + "Batch");
  }
  if (searches == nullptr) return missing_field("searches");
  if (!searches->is_array()) return invalid_type(*searches, "a sequence");
  QueryReader reader;
  ops::QueryBatch request;
  request.collection = collection_of(input);
  for (std::size_t i = 0; i < searches->as_array().size(); ++i) {
    const std::string path = "searches[" + std::to_string(i) + "]." + std::string(kind.batch_path);
    ALD_ASSIGN(auto one, read_request(reader, kind, searches->as_array()[i], path));
    request.queries.push_back(std::move(one));
  }
  ALD_RETURN_IF_ERROR(reader.verdict());
  return request;
}

// Groups. -------------------------------------------------------------------------------------

/// The older requests count groups in 32 bits.
Status check_u32(const Value& value) {
  if (!value.is_integer()) return invalid_type(value, "u32");
  const bool fits = value.is_int() && value.as_int() >= 0 &&
                    value.as_int() <= std::int64_t{std::numeric_limits<std::uint32_t>::max()};
  return fits ? Status::ok_status() : invalid_value(value, "u32");
}

Result<ops::QueryGroups> decode_grouped(const RouteInput& input, const RequestKind& kind) {
  ALD_ASSIGN(const Value body, read_body(input, kind.groups_shape));
  if (!body.is_object()) return not_a_struct(body, kind.groups_struct_name);
  QueryReader reader;
  ops::QueryGroups request;
  request.collection = collection_of(input);
  const std::string path(kind.groups_path);
  const std::string group_path = path + ".group_request";
  bool has_key = false, has_limit = false, has_size = false;
  for (const auto& [key, value] : body.as_object()) {
    if (key == "group_by") {
      ALD_ASSIGN(request.group_by, read_path(value));
      has_key = true;
    } else if (key == "group_size" || key == "limit") {
      if (kind.needs_limit) ALD_RETURN_IF_ERROR(check_u32(value));
      (key == "limit" ? has_limit : has_size) = true;
      ALD_RETURN_IF_ERROR(reader.read_count(value, group_path + "." + key, 1,
                                            key == "limit" ? request.limit : request.group_size));
    } else if (key == "with_lookup") {
      if (value.is_null()) continue;
      ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithLookup), request.with_lookup.emplace()));
    } else {
      ALD_RETURN_IF_ERROR(read_member(reader, kind, key, value, path, request.query));
    }
  }
  ALD_RETURN_IF_ERROR(kind.finish(reader, body, path, request.query));
  if (!has_key) return missing_field("group_by");
  if (kind.needs_limit && !has_size) return missing_field("group_size");
  if (kind.needs_limit && !has_limit) return missing_field("limit");
  ALD_RETURN_IF_ERROR(reader.verdict());
  return request;
}

Result<ops::QueryPoints> decode_fast_or(const RouteInput& input, QueryRoute route,
                                        const RequestKind& kind) {
  ops::QueryPoints fast;
  if (!read_query_fast(input.body, route, fast.query)) return decode_one(input, kind);
  fast.collection = collection_of(input);
  return fast;
}

}  // namespace

Result<ops::QueryPoints> decode_query_points(const RouteInput& input) {
  return decode_fast_or(input, QueryRoute::kUniversal, kUniversal);
}
Result<ops::QueryBatch> decode_query_batch(const RouteInput& input) {
  return decode_batch(input, kUniversal);
}
Result<ops::QueryGroups> decode_query_groups(const RouteInput& input) {
  return decode_grouped(input, kUniversal);
}
Result<ops::QueryPoints> decode_search_points(const RouteInput& input) {
  return decode_fast_or(input, QueryRoute::kSearch, kSearch);
}
Result<ops::QueryBatch> decode_search_batch(const RouteInput& input) {
  return decode_batch(input, kSearch);
}
Result<ops::QueryGroups> decode_search_groups(const RouteInput& input) {
  return decode_grouped(input, kSearch);
}
Result<ops::QueryPoints> decode_recommend_points(const RouteInput& input) {
  return decode_one(input, kRecommend);
}
Result<ops::QueryBatch> decode_recommend_batch(const RouteInput& input) {
  return decode_batch(input, kRecommend);
}
Result<ops::QueryGroups> decode_recommend_groups(const RouteInput& input) {
  return decode_grouped(input, kRecommend);
}

}  // namespace alidade::faces::qdrant_rest
