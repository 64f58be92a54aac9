#pragma once

#include <string_view>

#include "auth/access.h"
#include "ops/operations.h"

namespace alidade::ops {

/// How expensive a call may be; admission and pools look at it.
enum class Cost { kConstant, kPerRequest, kPerPoint };

struct Operation {
  OpId id;
  std::string_view name;   ///< For metrics, logs and the audit: "upsert_points".
  auth::Access access;     ///< No default: a row without it does not compile.
  bool writes;             ///< Runs on the pool for writes.
  bool idempotent;
  Cost cost;
};

/// The row of an operation.
const Operation& operation(OpId id);

// The row's id of a request: one overload per request type.
OpId op_id(const GetServerInfo&);
OpId op_id(const CreateCollection&);
OpId op_id(const GetCollection&);
OpId op_id(const ListCollections&);
OpId op_id(const UpdateCollection&);
OpId op_id(const DeleteCollection&);
OpId op_id(const CollectionExists&);
OpId op_id(const CompactCollection&);
OpId op_id(const UpdateAliases&);
OpId op_id(const ListAliases&);
OpId op_id(const ListCollectionAliases&);
OpId op_id(const CreateTenant&);
OpId op_id(const GetTenant&);
OpId op_id(const CreateDatabase&);
OpId op_id(const GetDatabase&);
OpId op_id(const ListDatabases&);
OpId op_id(const DeleteDatabase&);
OpId op_id(const Reset&);
OpId op_id(const WritePoints&);
OpId op_id(const UpdateBatch&);
OpId op_id(const RetrievePoints&);
OpId op_id(const ScrollPoints&);
OpId op_id(const CountPoints&);
OpId op_id(const QueryPoints&);
OpId op_id(const QueryBatch&);
OpId op_id(const QueryGroups&);
OpId op_id(const Facet&);
OpId op_id(const GetRecords&);
OpId op_id(const QueryRecords&);

}  // namespace alidade::ops
