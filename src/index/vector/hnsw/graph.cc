// Which space a walk or an insertion works on; walk.h walks, build.h links, graph_file.cc writes and reads.
#include "index/vector/hnsw/graph.h"

#include <algorithm>

#include "index/vector/hnsw/build.h"
#include "index/vector/hnsw/walk.h"
#include "index/vector/scan.h"
#include "index/vector/spaces/choose_code.h"
#include "index/vector/spaces/f32_space.h"
#include "index/vector/spaces/grid_space.h"

namespace alidade::index {
namespace {

// Measured on 63,664 real rows with 48 links: 1.1 gives 1.1 and 1.3 times the queries of 1.0 at recall .95 and
// .99; 1.2 links to too much that is far. It multiplies squared distances, of which 1 - dot is half a one.
constexpr float kAlpha = 1.1F;
constexpr float kAlphaOfLengths = 1.05F;
// A grid that is off by less costs no recall that can be measured.
constexpr float kGridTolerance = 0.1F;
// After them some hundred nodes around the query are known, which is enough to tell a share from a tenth of it.
constexpr std::uint32_t kHopsToLook = 16;
// Of the nearest nodes that are seen meanwhile so many are kept at least, for the share among them.
constexpr std::uint32_t kLeastSeen = 96;
// Rows of which encode_ahead() makes the codes: some milliseconds.
constexpr std::uint32_t kAheadPerCall = 8192;
// An insertion among dead nodes looks at so many times as many as usual, at most.
constexpr std::uint64_t kMostWiden = 4;

Pruning pruning_for(kernels::Metric metric, bool has_unit_rows) {
  switch (metric) {
    case kernels::Metric::kL2: return {kAlpha, 0};
    case kernels::Metric::kL1: return {kAlphaOfLengths, 0};
    // Of free lengths, minus a product is no distance that could be multiplied.
    case kernels::Metric::kDot: return has_unit_rows ? Pruning{kAlpha, 1} : Pruning{};
  }
  return {};
}

bool still_fits(const Grid& used, const Grid& wanted) {
  return used.bits == wanted.bits && wanted.step < used.step * (1 + kGridTolerance) &&
         wanted.step > used.step * (1 - kGridTolerance) && wanted.half_square < used.half_square * 2;
}

int bits_of(GraphCodes codes) {
  switch (codes) {
    case GraphCodes::kEight: return 8;
    case GraphCodes::kFour: return 4;
    case GraphCodes::kNone:
    case GraphCodes::kAutomatic: return 0;
  }
  return 0;
}

/// The first number above `count` at which the rows are looked at: powers of two, from kMinCodedRows on.
std::uint64_t next_survey(std::uint32_t count) {
  std::uint64_t at = kMinCodedRows;
  while (at <= count) at *= 2;
  return at;
}

}  // namespace

HnswGraph::HnswGraph(const HnswParams& params,
                     kernels::Metric metric,
                     const storage::VectorRows& rows,
                     GraphCodes codes)
    : params_(params), metric_(metric), rows_(rows), wanted_codes_(codes), links_(params.m) {}

HnswGraph::~HnswGraph() = default;

/// Calls the function with a view of the rows as they are walked over now. The caller has read the entry before.
template <typename Function>
auto HnswGraph::with_space(const Function& function) const {
  const CodeRows* table = codes_.load(std::memory_order_acquire);
  if (table == nullptr) return function(F32Space(rows_, metric_, links_.node_limit()));
  if (table->grid().bits == 8) return function(GridSpace<8>(*table));
  return function(GridSpace<4>(*table));
}

void HnswGraph::encode_to(std::uint32_t end) {
  if (end <= encoded_.load(std::memory_order_acquire)) return;
  base::MutexLock lock(codes_mutex_);
  encode_locked(end);
}

void HnswGraph::encode_ahead(std::uint32_t end) {
  base::MutexLock lock(codes_mutex_);
  const std::uint32_t encoded = encoded_.load(std::memory_order_relaxed);
  const std::uint64_t last = std::min(next_survey(encoded) - 1, std::uint64_t{encoded} + kAheadPerCall);
  encode_locked(static_cast<std::uint32_t>(std::min<std::uint64_t>(end, last)));
}

void HnswGraph::encode_locked(std::uint32_t end) {
  for (std::uint32_t done = encoded_.load(std::memory_order_relaxed); done < end;) {
    const std::uint64_t survey = next_survey(done);
    done = static_cast<std::uint32_t>(std::min<std::uint64_t>(end, survey));
    if (CodeRows* table = codes_.load(std::memory_order_relaxed)) table->encode_to(done);
    if (done == survey) choose_codes(done);
    encoded_.store(done, std::memory_order_release);
  }
}

/// Rows come in an order that need not be fair, so what suits them is asked again whenever they have doubled.
void HnswGraph::choose_codes(std::uint32_t end) {
  const RowSurvey survey = survey_rows(rows_, metric_, end, bits_of(wanted_codes_));
  has_unit_rows_.store(survey.has_unit_rows, std::memory_order_relaxed);
  CodeRows* const used = codes_.load(std::memory_order_relaxed);
  if (!survey.grid || wanted_codes_ == GraphCodes::kNone) {
    codes_.store(nullptr, std::memory_order_release);
    return;
  }
  if (used != nullptr && still_fits(used->grid(), *survey.grid)) return;
  auto table = std::make_unique<CodeRows>(rows_, metric_, *survey.grid);
  table->encode_to(end);
  tables_.push_back(std::move(table));
  codes_.store(tables_.back().get(), std::memory_order_release);
}

/// Dead nodes take room among what a walk finds.
std::uint32_t HnswGraph::ef_among(const LiveRows& live) const {
  const std::uint64_t found = linked_count(), wanted = std::max<std::uint64_t>(live.count, 1);
  if (live.rows == nullptr || found <= wanted) return params_.ef_construction;
  return static_cast<std::uint32_t>(params_.ef_construction * std::min<std::uint64_t>(found, kMostWiden * wanted) / wanted);
}

void HnswGraph::insert_in_steps(std::uint32_t offset,
                                HnswScratch& scratch,
                                const std::function<void()>& between,
                                const LiveRows& live) {
  encode_to(offset + 1);
  const std::uint32_t level = links_.level_of(offset);
  links_.add_node(offset, level);
  GraphEntry from = links_.entry();
  if (from.node == GraphEntry::kNone) {
    if (between) between();
    // Of several first nodes one becomes the entry; the others link to it as later ones do.
    if (links_.claim_entry(offset, level)) return;
    from = links_.entry();
  }
  with_space([&]<typename Space>(const Space& space) {
    const typename Insertion<Space>::Settings settings{
        ef_among(live), pruning_for(metric_, has_unit_rows_.load(std::memory_order_relaxed)), rows_, metric_, live};
    Insertion<Space>(links_, space, settings, scratch).insert(offset, level, from, between);
  });
  links_.raise_entry(offset, level);
}

void HnswGraph::repair(std::uint32_t first, std::uint32_t end, const LiveRows& live, HnswScratch& scratch) {
  const std::uint32_t entry = links_.entry().node;
  end = std::min(end, links_.node_limit());
  with_space([&]<typename Space>(const Space& space) {
    const typename Insertion<Space>::Settings settings{
        params_.ef_construction, pruning_for(metric_, has_unit_rows_.load(std::memory_order_relaxed)), rows_, metric_, live};
    Insertion<Space> insertion(links_, space, settings, scratch);
    for (std::uint32_t node = first; node < end; ++node) {
      // A dead one is come to from above, or as the entry.
      if (!live.is_dead(node) || node == entry || links_.level_of(node) > 0) insertion.leave_out_dead(node);
    }
  });
}

template <typename Function>
Result<WalkResult> HnswGraph::walk_from_entry(const PaddedQuery& query,
                                              HnswScratch& scratch,
                                              const observe::OpContext& context,
                                              const Function& find) const {
  const GraphEntry from = links_.entry();
  if (from.node == GraphEntry::kNone) {
    scratch.clear_pool(0);
    return WalkResult{};
  }
  return with_space([&]<typename Space>(const Space& space) -> Result<WalkResult> {
    typename Space::Query ready;
    space.prepare(query.data(), ready);
    Walk<Space> walk(links_, space, scratch, &context);
    const std::uint32_t start = walk.descend(ready, from, 0);
    ALD_RETURN_IF_ERROR(find(walk, ready, start));
    return WalkResult{.is_exact = Space::kIsExact, .rerank = Space::rerank_factor()};
  });
}

Result<WalkResult> HnswGraph::walk(const PaddedQuery& query,
                                   std::uint32_t ef,
                                   HnswScratch& scratch,
                                   const observe::OpContext& context) const {
  return walk_from_entry(query, scratch, context, [&](auto& walk, const auto& ready, std::uint32_t start) {
    return walk.find_near(ready, start, 0, ef);
  });
}

Result<WalkResult> HnswGraph::walk_for(const PaddedQuery& query,
                                       const WalkSteering& steering,
                                       HnswScratch& scratch,
                                       const observe::OpContext& context) const {
  bool gave_up = false;
  const auto find = [&](auto& walk, const auto& ready, std::uint32_t start) -> Status {
    ALD_RETURN_IF_ERROR(walk.look_around(ready, start, kHopsToLook, std::max(2 * std::min(steering.expected_ef, 1U << 30), kLeastSeen)));
    std::size_t wanted = 0;
    for (std::size_t i = 0; i < scratch.pool_size; ++i) {
      const std::uint32_t node = HnswScratch::node_at(scratch.pool()[i]);
      wanted += node < steering.wanted.size() && steering.wanted.test(node) ? 1 : 0;
    }
    const double share = (static_cast<double>(wanted) + 0.5) / (static_cast<double>(scratch.pool_size) + 1);
    const std::uint32_t ef = steering.ef_for(share);
    gave_up = ef == 0;
    return gave_up ? Status() : walk.go_on(ready, ef);
  };
  ALD_ASSIGN(WalkResult result, walk_from_entry(query, scratch, context, find));
  result.gave_up = gave_up;
  return result;
}

Result<WalkResult> HnswGraph::walk_two_hop(const PaddedQuery& query,
                                           std::uint32_t ef,
                                           const base::Bitset& allowed,
                                           HnswScratch& scratch,
                                           const observe::OpContext& context) const {
  return walk_from_entry(query, scratch, context, [&](auto& walk, const auto& ready, std::uint32_t start) {
    return walk.find_allowed(ready, start, allowed, ef);
  });
}

std::vector<Neighbour> HnswGraph::ranked(const PaddedQuery& query,
                                         const WalkResult& result,
                                         const HnswScratch& scratch,
                                         const base::Bitset* allowed) const {
  std::vector<Neighbour> found;
  found.reserve(scratch.pool_size);
  for (std::size_t i = 0; i < scratch.pool_size; ++i) {
    const std::uint64_t entry = scratch.pool()[i];
    const std::uint32_t node = HnswScratch::node_at(entry);
    if (allowed != nullptr && (node >= allowed->size() || !allowed->test(node))) continue;
    found.push_back({distance_of(HnswScratch::key_at(entry)), node});
  }
  if (result.is_exact) return found;
  rank_exactly(rows_, metric_, query, found);
  return found;
}

Result<std::vector<Neighbour>> HnswGraph::search(const PaddedQuery& query,
                                                 std::uint32_t ef,
                                                 HnswScratch& scratch,
                                                 const observe::OpContext& context) const {
  ALD_ASSIGN(const WalkResult result, walk(query, ef, scratch, context));
  return ranked(query, result, scratch, nullptr);
}

Result<std::vector<Neighbour>> HnswGraph::search_two_hop(const PaddedQuery& query,
                                                         std::uint32_t ef,
                                                         const base::Bitset& allowed,
                                                         HnswScratch& scratch,
                                                         const observe::OpContext& context) const {
  ALD_ASSIGN(const WalkResult result, walk_two_hop(query, ef, allowed, scratch, context));
  return ranked(query, result, scratch, &allowed);
}

std::uint64_t HnswGraph::memory_bytes() const {
  const CodeRows* table = codes();
  return links_.memory_bytes() + (table == nullptr ? 0 : table->memory_bytes());
}

}  // namespace alidade::index
