#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "collection/catalogue.h"
#include "env/memory_account.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "query/resolved.h"

namespace alidade::ops {

/// query::resolve() over the collections of the catalogue. Takes a read view of its own per collection, so the
/// caller holds none.
/// @param home the collection that is queried, as it was found under `home_ref`.
Status resolve_queries(const collection::Catalogue& catalogue,
                       const model::CollectionRef& home_ref,
                       std::shared_ptr<collection::Collection> home,
                       std::span<const model::QueryRequest> queries,
                       const observe::OpContext& context,
                       env::MemoryAccount& account,
                       const std::function<Status(std::size_t, query::ResolvedQuery)>& visit);

}  // namespace alidade::ops
