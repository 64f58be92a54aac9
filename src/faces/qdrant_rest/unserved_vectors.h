#pragma once

#include "base/status.h"
#include "model/collection_config.h"
#include "observe/op_context.h"
#include "ops/dispatcher.h"

namespace alidade::faces::qdrant_rest {

// A collection may be promised sparse and multi vectors, which this version neither stores nor
// searches. Whoever uses one as it was meant is told so (501); a wrong vector keeps the peer's 400.

/// Whether the answer to a failed request depends on which vectors the collection was promised.
bool is_about_vectors(const Status& problem);
/// The problem as the collection's `config` has it: kUnimplemented where only this version is in the
/// way; another refusal where the vector does not fit the promised kind; or `problem` itself.
Status as_promised(const Status& problem, const model::CollectionConfig& config);
/// Same, for a collection that is looked for: its configuration is read through the dispatcher. Other
/// problems than those of vectors come back at once.
Status as_promised(ops::Dispatcher& dispatcher,
                   observe::OpContext& context,
                   const model::CollectionRef& collection,
                   const Status& problem);

}  // namespace alidade::faces::qdrant_rest
