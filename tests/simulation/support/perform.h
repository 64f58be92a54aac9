#pragma once

#include <vector>

#include "simulation/support/store.h"
#include "simulation/support/workload.h"

namespace alidade::simulation {

/// Carries one action out. @return what its caller would be answered.
Status perform(Store& store, const Action& action);

/// Whether the action changes names (and not the rows of one collection, or nothing at all).
bool changes_names(const Action& action);

/// What the action makes of the names: the states that it passes through on disk, the last one is
/// what it leaves. An acknowledged action is the last, one that a crash interrupted any or none.
/// @param created the UUID of the collection that it made, if it made one.
std::vector<ExpectedCatalogue> outcomes(const ExpectedCatalogue& before,
                                        const Action& action,
                                        const base::Uuid& created);

/// An empty collection of that configuration.
ExpectedShard empty_shard(const model::CollectionConfig& config);

/// Whether an answer means "refused, nothing was changed" on a disk without faults.
inline bool is_refusal(const Status& answer) {
  return answer.code() == StatusCode::kNotFound || answer.code() == StatusCode::kAlreadyExists ||
         answer.code() == StatusCode::kInvalidArgument;
}

}  // namespace alidade::simulation
