// How rows enter the graph.
#include "index/vector/hnsw/build.h"

#include <algorithm>
#include <array>
#include <type_traits>

namespace alidade::index {
namespace {

// Distances to what is kept are asked for this many at a time: most candidates fall at the first few.
constexpr std::size_t kAtOnce = 8;

}  // namespace

template <CodeSpace Space>
Insertion<Space>::Insertion(LinkTable& links, const Space& space, const Settings& settings, HnswScratch& scratch)
    : links_(links), space_(space), settings_(settings), scratch_(scratch) {}

template <CodeSpace Space>
bool Insertion<Space>::is_diverse(const Neighbour& candidate, const std::vector<std::uint32_t>& kept, bool& tied) {
  std::array<std::uint32_t, kAtOnce> keys;
  for (std::size_t first = 0; first < kept.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, kept.size() - first);
    space_.keys(other_query_, {kept.data() + first, count}, keys.data());
    for (std::size_t i = 0; i < count; ++i) {
      const float d = space_.distance(other_query_, keys[i]);
      tied |= d == candidate.distance;
      if (!settings_.pruning.keeps(d, candidate.distance)) return false;
    }
  }
  return true;
}

/// Algorithm 4 with an alpha: keeps a candidate unless it is nearer to something kept than to the node.
/// Of candidates as near to one another as to the node (equal rows, mostly) it keeps half a list:
/// many equal rows would otherwise link to one another alone and be an island.
/// @param candidates nearest first.
template <CodeSpace Space>
std::vector<std::uint32_t> Insertion<Space>::select_diverse(const std::vector<Neighbour>& candidates,
                                                            std::uint32_t limit) {
  std::vector<std::uint32_t> kept;
  kept.reserve(std::min<std::size_t>(limit, candidates.size()));
  const bool all = candidates.size() <= limit;
  for (const Neighbour& candidate : candidates) {
    if (kept.size() == limit) break;
    bool keep = all;
    if (!all) {
      bool tied = false;
      space_.prepare_row(candidate.offset, other_query_);
      keep = is_diverse(candidate, kept, tied) && !(tied && kept.size() >= limit / 2);
    }
    if (keep) kept.push_back(candidate.offset);
  }
  return kept;
}

template <CodeSpace Space>
void Insertion<Space>::add_link(std::uint32_t from, std::uint32_t level, std::uint32_t to) {
  const LinkTable::Lock lock(links_, from);
  const LinkTable::List list = links_.at(from, level);
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = 0; i < list.capacity; ++i) {
    const std::uint32_t link = load_link(list.links + i);
    if (link == 0) {
      store_link(list.links + i, to + 1);
      return;
    }
    if (i == 0) nodes.reserve(list.capacity + 1);
    nodes.push_back(link - 1);
  }
  nodes.push_back(to);
  std::vector<std::uint32_t> kept;
  const auto prune = [&](const auto& space, auto& insertion, auto& query) {
    std::vector<std::uint32_t> keys(nodes.size());
    space.prepare_row(from, query);
    space.keys(query, nodes, keys.data());
    std::vector<Neighbour> candidates;
    candidates.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) candidates.push_back({space.distance(query, keys[i]), nodes[i]});
    std::sort(candidates.begin(), candidates.end());
    kept = insertion.select_diverse(candidates, list.capacity);
  };
  // Others may have linked to nodes that came after this space was made.
  if (std::is_same_v<Space, F32Space> ||
      *std::max_element(nodes.begin(), nodes.end()) < space_.row_count()) {
    prune(space_, *this, node_query_);
  } else {
    const F32Space exact(settings_.rows, settings_.metric, links_.node_limit());
    const Insertion<F32Space>::Settings settings{settings_.ef_construction, settings_.pruning, settings_.rows,
                                                 settings_.metric};
    Insertion<F32Space> insertion(links_, exact, settings, scratch_);
    F32Space::Query query;
    prune(exact, insertion, query);
  }
  for (std::uint32_t i = 0; i < list.capacity; ++i) store_link(list.links + i, i < kept.size() ? kept[i] + 1 : 0);
}

/// Walks from the top level down, each level from the nearest node of the one above.
/// @return the neighbours to link to, by level, from 0 on.
template <CodeSpace Space>
std::vector<std::vector<std::uint32_t>> Insertion<Space>::choose_neighbours(std::uint32_t node,
                                                                            std::uint32_t level,
                                                                            GraphEntry from) {
  space_.prepare_row(node, node_query_);
  const std::uint32_t top = std::min(level, from.level);
  std::vector<std::vector<std::uint32_t>> chosen(top + 1);
  Walk<Space> walk(links_, space_, scratch_, nullptr);
  std::uint32_t start = walk.descend(node_query_, from, top);
  std::vector<Neighbour> candidates;
  for (std::uint32_t l = top + 1; l-- > 0;) {
    // Without a context nothing can end this walk early.
    walk.find_near(node_query_, start, l, settings_.ef_construction).ignore();
    candidates.clear();
    for (std::size_t i = 0; i < scratch_.pool_size; ++i) {
      const std::uint64_t entry = scratch_.pool()[i];
      if (HnswScratch::node_at(entry) == node) continue;
      candidates.push_back({space_.distance(node_query_, HnswScratch::key_at(entry)), HnswScratch::node_at(entry)});
    }
    if (!candidates.empty()) start = candidates.front().offset;
    // All of level 0's room at once, not only m of it: 3 to 5 % fewer distances at equal recall.
    chosen[l] = select_diverse(candidates, l == 0 ? links_.base_degree() : links_.m());
  }
  return chosen;
}

template <CodeSpace Space>
void Insertion<Space>::insert(std::uint32_t node,
                              std::uint32_t level,
                              GraphEntry from,
                              const std::function<void()>& between) {
  const auto pause = [&] {
    if (between) between();
  };
  const auto chosen = choose_neighbours(node, level, from);
  for (std::uint32_t l = 0; l < chosen.size(); ++l) {
    links_.write(node, l, chosen[l]);
    pause();
    for (const std::uint32_t neighbour : chosen[l]) {
      add_link(neighbour, l, node);
      pause();
    }
  }
}

template class Insertion<F32Space>;
template class Insertion<GridSpace<8>>;
template class Insertion<GridSpace<4>>;

}  // namespace alidade::index
