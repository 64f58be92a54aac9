#pragma once

#include "observe/op_context.h"
#include "ops/operations.h"

namespace alidade::ops {

struct Services;

// One handler per operation; its definition stands in <verb_noun>.cc. The dispatcher has checked the
// caller's rights before. Any thread; a handler may block on the disk.
#define ALD_HANDLER(Request) \
  Result<Request::Response> handle(const Services&, observe::OpContext&, const Request&)

ALD_HANDLER(GetServerInfo);
ALD_HANDLER(CreateCollection);
ALD_HANDLER(GetCollection);
ALD_HANDLER(ListCollections);
ALD_HANDLER(UpdateCollection);
ALD_HANDLER(DeleteCollection);
ALD_HANDLER(CollectionExists);
ALD_HANDLER(CompactCollection);
ALD_HANDLER(UpdateAliases);
ALD_HANDLER(ListAliases);
ALD_HANDLER(ListCollectionAliases);
ALD_HANDLER(CreateTenant);
ALD_HANDLER(GetTenant);
ALD_HANDLER(CreateDatabase);
ALD_HANDLER(GetDatabase);
ALD_HANDLER(ListDatabases);
ALD_HANDLER(DeleteDatabase);
ALD_HANDLER(Reset);
ALD_HANDLER(WritePoints);
ALD_HANDLER(UpdateBatch);
ALD_HANDLER(RetrievePoints);
ALD_HANDLER(ScrollPoints);
ALD_HANDLER(CountPoints);
ALD_HANDLER(QueryPoints);
ALD_HANDLER(QueryBatch);
ALD_HANDLER(QueryGroups);
ALD_HANDLER(Facet);
ALD_HANDLER(GetRecords);
ALD_HANDLER(QueryRecords);

#undef ALD_HANDLER

}  // namespace alidade::ops
