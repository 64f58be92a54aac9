#pragma once

#include "observe/op_context.h"
#include "ops/operations.h"

namespace alidade::ops {

struct Services;

/// Every request type: what the handlers below, and the tests that must miss none, are made from.
#define ALD_FOR_EACH_REQUEST(X)                                                                 \
  X(GetServerInfo) X(CreateCollection) X(GetCollection) X(ListCollections)                      \
  X(UpdateCollection) X(DeleteCollection) X(CollectionExists) X(CompactCollection)              \
  X(UpdateAliases) X(ListAliases) X(ListCollectionAliases) X(CreateTenant) X(GetTenant)         \
  X(CreateDatabase) X(GetDatabase) X(ListDatabases) X(DeleteDatabase) X(Reset) X(WritePoints)   \
  X(UpdateBatch) X(RetrievePoints) X(ScrollPoints) X(CountPoints) X(QueryPoints)                \
  X(QueryBatch) X(QueryGroups) X(Facet) X(GetRecords) X(QueryRecords)

// One handler per operation; its definition stands in <verb_noun>.cc. The dispatcher has checked the
// caller's rights before. Any thread; a handler may block on the disk.
#define ALD_HANDLER(Request) \
  Result<Request::Response> handle(const Services&, observe::OpContext&, const Request&);
ALD_FOR_EACH_REQUEST(ALD_HANDLER)
#undef ALD_HANDLER

}  // namespace alidade::ops
