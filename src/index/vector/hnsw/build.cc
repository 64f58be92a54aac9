// How rows enter the graph.
#include "index/vector/hnsw/build.h"

#include <algorithm>
#include <array>
#include <type_traits>

namespace alidade::index {
namespace {

// Distances to what is kept are asked for this many at a time: most candidates fall at the first few.
constexpr std::size_t kAtOnce = 8;
// Of the links that a repaired list has anew, nearest first.
constexpr std::size_t kLinksBack = 3;
// Nodes from anywhere, for lists all of whose surroundings died.
constexpr std::size_t kSeedCount = 64;

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
std::vector<std::uint32_t> Insertion<Space>::choose_links(std::uint32_t from,
                                                          const std::vector<std::uint32_t>& nodes,
                                                          std::uint32_t limit) {
  const auto choose = [&](const auto& space, auto& insertion, auto& query) {
    std::vector<std::uint32_t> keys(nodes.size());
    space.prepare_row(from, query);
    space.keys(query, nodes, keys.data());
    std::vector<Neighbour> candidates;
    candidates.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) candidates.push_back({space.distance(query, keys[i]), nodes[i]});
    std::sort(candidates.begin(), candidates.end());
    return insertion.select_diverse(candidates, limit);
  };
  // Others may have linked to nodes that came after this space was made.
  if (std::is_same_v<Space, F32Space> || nodes.empty() ||
      *std::max_element(nodes.begin(), nodes.end()) < space_.row_count()) {
    return choose(space_, *this, node_query_);
  }
  const F32Space exact(settings_.rows, settings_.metric, links_.node_limit());
  const Insertion<F32Space>::Settings settings{settings_.ef_construction, settings_.pruning, settings_.rows,
                                               settings_.metric};
  Insertion<F32Space> insertion(links_, exact, settings, scratch_);
  F32Space::Query query;
  return choose(exact, insertion, query);
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
  if (level == 0) std::erase_if(nodes, [&](std::uint32_t node) { return settings_.live.is_dead(node); });
  nodes.push_back(to);
  const std::vector<std::uint32_t> kept = choose_links(from, nodes, list.capacity);
  for (std::uint32_t i = 0; i < list.capacity; ++i) store_link(list.links + i, i < kept.size() ? kept[i] + 1 : 0);
}

/// Two hops are enough where few died since the last time. Where whole neighbourhoods did, it goes on through dead
/// nodes until it has a list's worth of live ones, or has looked at as many nodes as an insertion looks at; then nodes
/// from anywhere must do. What the node links to anew links back, as far as it is nearest: what linked to the node may
/// have died.
template <CodeSpace Space>
void Insertion<Space>::leave_out_dead(std::uint32_t node) {
  std::vector<std::uint32_t> nodes, dead;
  std::size_t kept_count = 0;
  const auto take = [&](std::uint32_t found) {
    if (found == node) return;
    auto& into = settings_.live.is_dead(found) ? dead : nodes;
    if (std::find(into.begin(), into.end(), found) == into.end()) into.push_back(found);
  };
  const auto take_list = [&](const LinkTable::List& list) {
    for (std::uint32_t i = 0; i < list.capacity; ++i) {
      const std::uint32_t link = load_link(list.links + i);
      if (link == 0) return;
      take(link - 1);
    }
  };
  std::vector<std::uint32_t> chosen;
  {
    const LinkTable::Lock lock(links_, node);
    const LinkTable::List list = links_.at(node, 0);
    take_list(list);
    if (dead.empty()) return;
    kept_count = nodes.size();
    const std::size_t first_hop = dead.size();
    for (std::size_t i = 0; i < dead.size(); ++i) {
      const bool enough = nodes.size() >= list.capacity || i >= settings_.ef_construction;
      if (i >= first_hop && enough) break;
      take_list(links_.at(dead[i], 0));
    }
    if (nodes.size() < links_.m()) take_seeds(take);
    if (nodes.empty()) return;  // Nobody else lives: a list of dead ones leads on, for those who come.
    chosen = choose_links(node, nodes, list.capacity);
    for (std::uint32_t i = 0; i < list.capacity; ++i) store_link(list.links + i, i < chosen.size() ? chosen[i] + 1 : 0);
  }
  if (settings_.live.is_dead(node)) return;
  const auto is_new = [&](std::uint32_t link) {
    return std::find(nodes.begin(), nodes.begin() + static_cast<std::ptrdiff_t>(kept_count), link) ==
           nodes.begin() + static_cast<std::ptrdiff_t>(kept_count);
  };
  std::size_t linked_back = 0;
  for (std::size_t i = 0; i < chosen.size() && linked_back < kLinksBack; ++i) {
    if (!is_new(chosen[i])) continue;
    add_link(chosen[i], 0, node);
    ++linked_back;
  }
}

/// Live nodes that are spread over all of them.
template <CodeSpace Space>
template <typename Take>
void Insertion<Space>::take_seeds(const Take& take) const {
  const base::Bitset& live = *settings_.live.rows;
  const std::size_t end = std::min<std::size_t>(live.size(), links_.node_limit());
  for (std::size_t i = 0; i < kSeedCount; ++i) {
    const std::size_t seed = live.find_next(end * i / kSeedCount);
    if (seed >= end) return;
    // One that is in the graph.
    if (load_link(links_.base(static_cast<std::uint32_t>(seed))) != 0) take(static_cast<std::uint32_t>(seed));
  }
}

/// Unless all are dead.
template <CodeSpace Space>
void Insertion<Space>::keep_live(std::vector<Neighbour>& candidates) const {
  const auto is_dead = [&](const Neighbour& candidate) { return settings_.live.is_dead(candidate.offset); };
  if (!std::all_of(candidates.begin(), candidates.end(), is_dead)) std::erase_if(candidates, is_dead);
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
    if (l == 0) keep_live(candidates);
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
