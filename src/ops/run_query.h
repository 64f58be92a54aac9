#pragma once

#include <cstdint>

#include "base/status.h"
#include "collection/collection.h"
#include "query/search.h"
#include "segment/segment.h"

namespace alidade::ops {

// What a query needs between being resolved and being run, whichever operation asks it.

/// The largest number instead of a sum or product beyond it: clients may ask for any count.
std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b);
std::uint64_t saturating_multiply(std::uint64_t a, std::uint64_t b);

/// The threshold that search_small_tails() needs; 0 where nothing of the query asks for indexed rows only.
std::uint64_t indexing_threshold_bytes(const collection::Collection& collection, const query::ResolvedQuery& query);
/// indexed_only is about large unindexed parts: a tail below the indexing threshold is always searched.
void search_small_tails(const segment::Segment& segment, std::uint64_t threshold_bytes, query::ResolvedQuery& resolved);
/// No list needs more hits than there are points, whatever a client asks for.
void clamp_limits(query::ResolvedQuery& resolved, std::uint64_t point_count);
/// @return kInvalidArgument for a vector that the collection lacks although the request gives values for it.
Status check_given_vectors(const segment::Segment& segment, const query::ResolvedQuery& resolved);

}  // namespace alidade::ops
