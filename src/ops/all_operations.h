#pragma once

#include <concepts>
#include <vector>

#include "ops/aliases.h"
#include "ops/collections.h"
#include "ops/reads.h"
#include "ops/service.h"
#include "ops/tenants.h"
#include "ops/writes.h"

namespace alidade::ops {

template <typename... Requests>
struct RequestList {
  template <typename Request>
  static constexpr bool kHolds = (std::same_as<Request, Requests> || ...);
};

/// Every type of request, once. What is about all operations (tests, the list of rows) is made from it,
/// and the dispatcher runs no request that is not in it.
using AllRequests = RequestList<
    GetServerInfo, CreateCollection, GetCollection, ListCollections, UpdateCollection,
    DeleteCollection, CollectionExists, CompactCollection, UpdateAliases, ListAliases,
    ListCollectionAliases, CreateTenant, GetTenant, CreateDatabase, GetDatabase, ListDatabases,
    DeleteDatabase, Reset, WritePoints, UpdateBatch, RetrievePoints, ScrollPoints, CountPoints,
    QueryPoints, QueryBatch, QueryGroups, Facet, GetRecords, QueryRecords>;

/// Calls visit.operator()<Request>() for each.
template <typename Visit, typename... Requests>
void for_each_request_type(const Visit& visit, RequestList<Requests...>) {
  (visit.template operator()<Requests>(), ...);
}

/// The rows of all operations, in the order of the list.
std::vector<const Operation*> all_operations();

}  // namespace alidade::ops
