#include "ops/table.h"

#include <array>

namespace alidade::ops {
namespace {

using auth::Right;
using auth::Scope;

constexpr bool kReads = false;
constexpr bool kWrites = true;
constexpr bool kOnce = false;
constexpr bool kIdempotent = true;

// The order is that of OpId; operation() checks it.
constexpr Operation kOperations[] = {
    {OpId::kGetServerInfo, "get_server_info", {Scope::kOpen, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kCreateCollection, "create_collection", {Scope::kGlobal, Right::kManage}, kWrites, kOnce, Cost::kPerRequest},
    {OpId::kGetCollection, "get_collection", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kListCollections, "list_collections", {Scope::kAuthenticated, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kUpdateCollection, "update_collection", {Scope::kGlobal, Right::kManage}, kWrites, kIdempotent, Cost::kPerRequest},
    {OpId::kDeleteCollection, "delete_collection", {Scope::kGlobal, Right::kManage}, kWrites, kIdempotent, Cost::kPerRequest},
    {OpId::kCollectionExists, "collection_exists", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kCompactCollection, "compact_collection", {Scope::kCollectionWhole, Right::kManage}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kUpdateAliases, "update_aliases", {Scope::kGlobal, Right::kManage}, kWrites, kIdempotent, Cost::kPerRequest},
    {OpId::kListAliases, "list_aliases", {Scope::kAuthenticated, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kListCollectionAliases, "list_collection_aliases", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kCreateTenant, "create_tenant", {Scope::kGlobal, Right::kManage}, kWrites, kOnce, Cost::kPerRequest},
    {OpId::kGetTenant, "get_tenant", {Scope::kGlobal, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kCreateDatabase, "create_database", {Scope::kGlobal, Right::kManage}, kWrites, kOnce, Cost::kPerRequest},
    {OpId::kGetDatabase, "get_database", {Scope::kGlobal, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kListDatabases, "list_databases", {Scope::kGlobal, Right::kRead}, kReads, kIdempotent, Cost::kConstant},
    {OpId::kDeleteDatabase, "delete_database", {Scope::kGlobal, Right::kManage}, kWrites, kIdempotent, Cost::kPerRequest},
    {OpId::kReset, "reset", {Scope::kGlobal, Right::kManage}, kWrites, kIdempotent, Cost::kPerRequest},
    {OpId::kUpsertPoints, "upsert_points", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kMergePoints, "merge_points", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kDeletePoints, "delete_points", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kUpdateVectors, "update_vectors", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kDeleteVectors, "delete_vectors", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kSetPayload, "set_payload", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kOverwritePayload, "overwrite_payload", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kDeletePayload, "delete_payload", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kClearPayload, "clear_payload", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kUpdateBatch, "update_batch", {Scope::kCollection, Right::kWrite}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kCreateFieldIndex, "create_field_index", {Scope::kCollection, Right::kManage}, kWrites, kIdempotent, Cost::kPerPoint},
    {OpId::kDeleteFieldIndex, "delete_field_index", {Scope::kCollection, Right::kManage}, kWrites, kIdempotent, Cost::kPerRequest},
    {OpId::kRetrievePoints, "retrieve_points", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerPoint},
    {OpId::kScrollPoints, "scroll_points", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerPoint},
    {OpId::kCountPoints, "count_points", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerRequest},
    {OpId::kQueryPoints, "query_points", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerRequest},
    {OpId::kQueryBatch, "query_batch", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerRequest},
    {OpId::kQueryGroups, "query_groups", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerRequest},
    {OpId::kFacet, "facet", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerRequest},
    {OpId::kGetRecords, "get_records", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerPoint},
    {OpId::kQueryRecords, "query_records", {Scope::kCollection, Right::kRead}, kReads, kIdempotent, Cost::kPerRequest},
};

constexpr bool rows_are_in_order() {
  std::size_t i = 0;
  for (const Operation& row : kOperations) {
    if (static_cast<std::size_t>(row.id) != i++) return false;
  }
  return i == static_cast<std::size_t>(OpId::kCount);
}
static_assert(rows_are_in_order(), "a row per OpId, in its order");

OpId command_id(const model::Command& command) {
  constexpr OpId kIds[] = {OpId::kUpsertPoints,  OpId::kMergePoints,      OpId::kDeletePoints,
                           OpId::kUpdateVectors, OpId::kDeleteVectors,    OpId::kSetPayload,
                           OpId::kOverwritePayload, OpId::kDeletePayload, OpId::kClearPayload,
                           OpId::kCreateFieldIndex, OpId::kDeleteFieldIndex};
  static_assert(std::size(kIds) == std::variant_size_v<model::Command>);
  return kIds[command.index()];
}

}  // namespace

const Operation& operation(OpId id) { return kOperations[static_cast<std::size_t>(id)]; }

OpId op_id(const GetServerInfo&) { return OpId::kGetServerInfo; }
OpId op_id(const CreateCollection&) { return OpId::kCreateCollection; }
OpId op_id(const GetCollection&) { return OpId::kGetCollection; }
OpId op_id(const ListCollections&) { return OpId::kListCollections; }
OpId op_id(const UpdateCollection&) { return OpId::kUpdateCollection; }
OpId op_id(const DeleteCollection&) { return OpId::kDeleteCollection; }
OpId op_id(const CollectionExists&) { return OpId::kCollectionExists; }
OpId op_id(const CompactCollection&) { return OpId::kCompactCollection; }
OpId op_id(const UpdateAliases&) { return OpId::kUpdateAliases; }
OpId op_id(const ListAliases&) { return OpId::kListAliases; }
OpId op_id(const ListCollectionAliases&) { return OpId::kListCollectionAliases; }
OpId op_id(const CreateTenant&) { return OpId::kCreateTenant; }
OpId op_id(const GetTenant&) { return OpId::kGetTenant; }
OpId op_id(const CreateDatabase&) { return OpId::kCreateDatabase; }
OpId op_id(const GetDatabase&) { return OpId::kGetDatabase; }
OpId op_id(const ListDatabases&) { return OpId::kListDatabases; }
OpId op_id(const DeleteDatabase&) { return OpId::kDeleteDatabase; }
OpId op_id(const Reset&) { return OpId::kReset; }
OpId op_id(const WritePoints& request) { return command_id(request.command); }
OpId op_id(const UpdateBatch&) { return OpId::kUpdateBatch; }
OpId op_id(const RetrievePoints&) { return OpId::kRetrievePoints; }
OpId op_id(const ScrollPoints&) { return OpId::kScrollPoints; }
OpId op_id(const CountPoints&) { return OpId::kCountPoints; }
OpId op_id(const QueryPoints&) { return OpId::kQueryPoints; }
OpId op_id(const QueryBatch&) { return OpId::kQueryBatch; }
OpId op_id(const QueryGroups&) { return OpId::kQueryGroups; }
OpId op_id(const Facet&) { return OpId::kFacet; }
OpId op_id(const GetRecords&) { return OpId::kGetRecords; }
OpId op_id(const QueryRecords&) { return OpId::kQueryRecords; }

}  // namespace alidade::ops
