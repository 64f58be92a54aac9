#pragma once

#include <cstdint>

#include "index/vector/hnsw/graph.h"
#include "kernels/machine_costs.h"

namespace alidade::index {

/// What the ways to answer a search cost, in microseconds, and what a walk needs behind a filter: by the machine
/// (kernels::machine_costs()), the code and the length of the rows.
///
/// `ef` is what finds enough where all rows are wanted, `share` is the part of the rows that is wanted, of all or of
/// those around the query. The formulas were fitted on filters of one set of 63,664 real rows of 384 dimensions, and
/// judged on others (`alidade-bench filter`).
class PlanCosts {
 public:
  /// @param graph  nullptr: none; then only scans have a cost.
  /// @param dim  of the rows
  PlanCosts(const HnswGraph* graph, std::uint32_t dim, double limit);

  double scan(double rows) const;
  double walk(double ef) const { return walk_start_ + hop_ * ef; }
  /// Of a two-hop walk with two_hop_ef(ef, share).
  double two_hop(double ef, double share) const;

  /// What a walk that throws rows away needs to find as much as `ef` finds where all are wanted: predicts 1,327, 460,
  /// 240, 154, 92, 64, 53 where 1,461, 487, 231, 150, 84, 53, 47 were needed, for 1 to 50 % of the rows at k 10.
  double walk_ef(double ef, double share) const;
  /// What a two-hop walk needs. It sees many more rows per node, and so needs less, until few rows are wanted: then
  /// its way leads through gaps.
  double two_hop_ef(double ef, double share) const;

 private:
  double limit_;
  const kernels::RowCosts* costs_ = nullptr;
  std::size_t row_bytes_ = 0;
  double scan_start_ = 0;
  double walk_start_ = 0, hop_ = 0;
};

}  // namespace alidade::index
