#pragma once

#include <string>

#include "engine_data.h"
#include "index/vector/hnsw/graph.h"

namespace alidade::benchmark {

/// Prints, for the filters of the set and for random ones, what each plan costs at recall .95 and
/// which of them choose_plan() takes: where its threshold comes from.
void compare_filter_plans(const std::string& folder, const DataSet& data, const index::HnswGraph& graph);

}  // namespace alidade::benchmark
