#pragma once

#include <optional>
#include <string>
#include <variant>

#include "faces/qdrant_rest/decode_values.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant_rest {

/// A query that the peer knows and this server checks, and then says that it does not run.
struct UnservedQuery {
  std::string kind;
};
using ReadQuery = std::variant<model::QueryKind, UnservedQuery>;

/// Reads the queries of one body. Form is refused at once; broken rules are collected; what the peer
/// would only notice while it runs (kinds that are not served, fusions without prefetches) waits
/// until the form and the rules of the whole body are known to be right, and what it notices after it
/// looked up collections and points is noted in the request.
class QueryReader {
 public:
  /// Reads a member that searches, their prefetches and the old routes share: filter, params,
  /// score_threshold, using, lookup_from. @return false when `key` is none of them.
  Result<bool> read_common(const std::string& key,
                           const Value& value,
                           const std::string& path,
                           model::QueryNode& query);
  /// Reads a member that only the answer of a whole request needs: offset, with_payload,
  /// with_vector, shard_key. @return as read_common().
  Result<bool> read_output(const std::string& key, const Value& value, model::QueryRequest& request);
  /// Members `prefetch` and `query` of the universal query. @return as read_common().
  Result<bool> read_universal(const std::string& key,
                              const Value& value,
                              const std::string& path,
                              model::QueryNode& query);
  /// limit and the like: null is what stands there already.
  Status read_count(const Value& value, const std::string& path, std::uint64_t smallest,
                    std::uint64_t& count);
  /// A vector or the id of a point; nullopt when it is neither.
  std::optional<model::VectorInput> vector_input_of(const Value& value, const std::string& path);
  std::optional<std::vector<model::VectorInput>> vector_inputs_of(const Value* value, const std::string& path);

  /// Call once per request, after its members: notes in the request what is wrong between them, which
  /// the peer tells after it looked up what the request names.
  void check_whole(model::QueryRequest& request);
  /// The next request of the body may repeat members.
  void next_request() { has_vectors_ = false; }

  Rules& rules() { return rules_; }
  /// Keeps the first refusal for verdict().
  void refuse_later(const Status& status);
  /// Broken rules first, then what was refused later.
  Status verdict() const;

 private:
  static void check_members(model::QueryNode& query, Status& plan_problem);
  Result<model::SearchParams> read_params(const Value& value, const std::string& path);
  Result<model::QueryNode> read_prefetch(const Value& value, const std::string& path);
  Status read_prefetches(const Value& value, const std::string& path, model::QueryNode& query);
  /// nullopt = no such query.
  std::optional<ReadQuery> query_of(const Value& value, const std::string& path);
  std::optional<model::QueryKind> nearest_of(const Value& value, const std::string& path);
  std::optional<model::QueryKind> recommend_of(const Value& value, const std::string& path);
  std::optional<model::QueryKind> rrf_of(const Value& value, const std::string& path);
  void refuse_unserved(const std::string& what);
  std::optional<UnservedQuery> unserved_of(const Value& value, const std::string& path);
  bool is_discover(const Value& value, const std::string& path);
  bool is_context(const Value& value, const std::string& path);
  bool is_feedback(const Value& value, const std::string& path);
  bool is_mmr(const Value& value, const std::string& path);

  Rules rules_;
  Status later_;
  bool has_vectors_ = false;
};

}  // namespace alidade::faces::qdrant_rest
