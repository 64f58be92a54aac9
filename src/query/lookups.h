#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "env/memory_account.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/resolve.h"

namespace alidade::query {

/// The vectors of all points that the queries of a request name, fetched once per collection. One thread.
class Lookups {
 public:
  /// @param places borrowed, as the context and the account, which takes the vectors.
  Lookups(const LookupPlaces& places, const observe::OpContext& context, env::MemoryAccount& account)
      : places_(places), context_(context), account_(account) {}

  /// A collection that is named beside a vector counts too, although nothing is looked up in it.
  /// @return kResourceExhausted from the account, which also takes what a query becomes besides its filter and vectors.
  Status collect(const model::QueryNode& query);
  /// Once, after all queries were collected. @return as resolve() says of lookups.
  Status fetch();
  /// After fetch(). The first id, from the outside in, that is not there.
  Status check_found(const model::QueryNode& query) const;
  /// After fetch(). Whether the points that the query names are points of the collection it searches.
  bool is_home(const model::QueryNode& query) const;
  /// After check_found(). The vector of a point that the query names.
  Result<SharedVector> vector_of(const model::QueryNode& query, const model::PointId& id) const;

 private:
  using Vectors = std::unordered_map<model::PointId, SharedVector>;
  struct Place {
    std::unique_ptr<LookupPlace> collection;
    std::map<std::string, std::vector<model::PointId>> wanted;  ///< By vector name.
    std::unordered_set<model::PointId> found;
    std::map<std::string, Vectors> vectors;
  };

  Status fetch(Place& place) const;
  Status find_points(const segment::Segment& view, Place& place) const;
  Status read_vectors(const segment::Segment& view, const std::string& name,
                      const std::vector<model::PointId>& ids, Vectors& vectors) const;

  const LookupPlaces& places_;
  const observe::OpContext& context_;
  env::MemoryAccount& account_;
  /// By the name in lookup_from; nullopt is the collection that is queried.
  std::map<std::optional<std::string>, Place> by_name_;
};

}  // namespace alidade::query
