#include "query/filter/bounds.h"

namespace alidade::query {
namespace {

using base::Bitset;

const Bitset& possible_of(const Bounds& bounds) {
  return bounds.exact ? bounds.certain : bounds.possible;
}

// Must be called before `certain` of an exact value changes apart from `possible`.
void split(Bounds& bounds) {
  if (!bounds.exact) return;
  bounds.possible = bounds.certain;
  bounds.exact = false;
}

class Bounding {
 public:
  Bounding(const std::vector<Bitset>& answers, const Bitset& live) : answers_(answers), live_(live) {}

  Bounds of(const Node& node) const {
    if (const auto* group = std::get_if<std::unique_ptr<Group>>(&node)) return of(**group);
    const Leaf& leaf = std::get<Leaf>(node);
    if (leaf.select) {
      Bounds bounds{answers_[leaf.slot], {}, true};
      bounds.certain &= live_;
      return bounds;
    }
    return {Bitset(live_.size()), live_, false};
  }

  Bounds of(const Group& group) const {
    Bounds all{live_, {}, true};
    for (const Node& node : group.must) intersect(all, of(node));
    for (const Node& node : group.must_not) subtract(all, of(node));
    if (!group.should.empty()) intersect(all, any_of(group.should));
    if (group.min_count) intersect(all, at_least(group.min_should, *group.min_count));
    return all;
  }

 private:
  static void intersect(Bounds& all, const Bounds& next) {
    if (!next.exact) split(all);
    all.certain &= next.certain;
    if (!all.exact) all.possible &= possible_of(next);
  }

  static void subtract(Bounds& all, const Bounds& next) {
    if (!next.exact) split(all);
    all.certain.and_not(possible_of(next));
    if (!all.exact) all.possible.and_not(next.certain);
  }

  Bounds any_of(const std::vector<Node>& nodes) const {
    Bounds any{Bitset(live_.size()), {}, true};
    for (const Node& node : nodes) {
      const Bounds next = of(node);
      if (!next.exact) split(any);
      any.certain |= next.certain;
      if (!any.exact) any.possible |= possible_of(next);
    }
    return any;
  }

  Bounds at_least(const std::vector<Node>& nodes, std::uint64_t min_count) const {
    std::vector<std::uint32_t> certain(live_.size());
    std::vector<std::uint32_t> possible(live_.size());
    for (const Node& node : nodes) {
      const Bounds next = of(node);
      next.certain.for_each([&](std::size_t row) { ++certain[row]; });
      possible_of(next).for_each([&](std::size_t row) { ++possible[row]; });
    }
    Bounds counted{Bitset(live_.size()), Bitset(live_.size()), false};
    live_.for_each([&](std::size_t row) {
      if (certain[row] >= min_count) counted.certain.set(row);
      if (possible[row] >= min_count) counted.possible.set(row);
    });
    counted.exact = counted.certain == counted.possible;
    return counted;
  }

  const std::vector<Bitset>& answers_;
  const Bitset& live_;
};

}  // namespace

Bounds bounds_of(const Group& group, const std::vector<Bitset>& answers, const Bitset& live) {
  return Bounding(answers, live).of(group);
}

}  // namespace alidade::query
