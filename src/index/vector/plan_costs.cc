#include "index/vector/plan_costs.h"

#include <algorithm>

#include "index/vector/scan.h"
#include "kernels/machine_costs.h"

namespace alidade::index {
namespace {

// Making the query ready, and the answer.
constexpr double kStart = 2;
// A walk comes down from the upper levels first: about as many nodes, but shorter lists.
constexpr double kHopsOfDescent = 8;
// Rows that a search ranks exactly, per wanted one; a scan by 4 bits looks at more of them.
constexpr double kRankedByWalk = 3, kRankedByProof = 3;
// How much more walk a wanted row needs for each row that is passed over to find it.
constexpr double kPassedOver = 1.3;
// Of a two-hop walk, in hops: its way from seeds that lie anywhere, and a node, with the lists of some of its
// neighbours and one and a half times as many rows as a list holds.
constexpr double kTwoHopWay = 60, kTwoHopNode = 4.5;
constexpr double kTwoHopEf = 0.8, kTwoHopShare = 0.03;
// A front that holds hardly more than is wanted ends in the first gap.
constexpr double kLeastTwoHopEf = 2;

}  // namespace

PlanCosts::PlanCosts(const HnswGraph* graph, std::uint32_t dim, double limit) : limit_(limit) {
  const kernels::MachineCosts& machine = kernels::machine_costs();
  const CodeRows* codes = graph == nullptr ? nullptr : graph->codes();
  const std::size_t float_bytes = std::size_t{dim} * sizeof(float);
  row_bytes_ = codes == nullptr ? float_bytes : codes->row_bytes();
  costs_ = codes == nullptr ? &machine.floats : codes->grid().bits == 8 ? &machine.eight_bits : &machine.four_bits;
  const double nodes = graph == nullptr ? 0 : static_cast<double>(graph->node_count());
  const double ranked_row = machine.floats.scanned.of(float_bytes, nodes * static_cast<double>(float_bytes)) / 1000;
  const bool is_ranked = codes != nullptr && codes->grid().bits == 4;
  const double ranked_by_scan = codes == nullptr ? 0
                                : is_ranked      ? std::max(static_cast<double>(kRankedPerWanted) * limit, static_cast<double>(kLeastRanked))
                                                 : kRankedByProof * limit;
  scan_start_ = kStart + ranked_row * ranked_by_scan;
  const double links = graph == nullptr ? 0 : 3.0 * graph->params().m * sizeof(std::uint32_t);
  hop_ = costs_->hop.of(row_bytes_, nodes * (static_cast<double>(row_bytes_) + links)) / 1000;
  walk_start_ = kStart + kHopsOfDescent * hop_ + (codes == nullptr ? 0 : ranked_row * kRankedByWalk * limit);
}

/// What passes one filter is mostly asked for again, so it is what stays in caches or does not.
double PlanCosts::scan(double rows) const {
  return scan_start_ + costs_->scanned.of(row_bytes_, rows * static_cast<double>(row_bytes_)) / 1000 * rows;
}

double PlanCosts::two_hop(double ef, double share) const {
  return walk_start_ + hop_ * (kTwoHopWay + kTwoHopNode * two_hop_ef(ef, share));
}

double PlanCosts::walk_ef(double ef, double share) const { return ef + kPassedOver * limit_ * (1 / std::min(1.0, share) - 1); }

double PlanCosts::two_hop_ef(double ef, double share) const {
  return std::max(kTwoHopEf * ef, kLeastTwoHopEf * limit_) * std::max(1.0, kTwoHopShare / share);
}

}  // namespace alidade::index
