#include "query/filter/bounds.h"

#include "query/rows.h"

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
  Bounding(const std::vector<Bitset>& answers, const Bitset& live, const observe::OpContext& context)
      : answers_(answers), live_(live), context_(context) {}

  Result<Bounds> of(const Node& node) const {
    ALD_RETURN_IF_ERROR(context_.check());
    if (const auto* group = std::get_if<std::unique_ptr<Group>>(&node)) return of(**group);
    const Leaf& leaf = std::get<Leaf>(node);
    if (leaf.select) {
      Bounds bounds{answers_[leaf.slot], {}, true};
      bounds.certain &= live_;
      return bounds;
    }
    return Bounds{Bitset(live_.size()), live_, false};
  }

  Result<Bounds> of(const Group& group) const {
    Bounds all{live_, {}, true};
    for (const Node& node : group.must) {
      ALD_ASSIGN(const Bounds next, of(node));
      intersect(all, next);
    }
    for (const Node& node : group.must_not) {
      ALD_ASSIGN(const Bounds next, of(node));
      subtract(all, next);
    }
    if (!group.should.empty()) {
      ALD_ASSIGN(const Bounds any, any_of(group.should));
      intersect(all, any);
    }
    if (group.min_count) {
      ALD_ASSIGN(const Bounds enough, at_least(group.min_should, *group.min_count));
      intersect(all, enough);
    }
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

  Result<Bounds> any_of(const std::vector<Node>& nodes) const {
    Bounds any{Bitset(live_.size()), {}, true};
    for (const Node& node : nodes) {
      ALD_ASSIGN(const Bounds next, of(node));
      if (!next.exact) split(any);
      any.certain |= next.certain;
      if (!any.exact) any.possible |= possible_of(next);
    }
    return any;
  }

  Result<Bounds> at_least(const std::vector<Node>& nodes, std::uint64_t min_count) const {
    std::vector<std::uint32_t> certain(live_.size());
    std::vector<std::uint32_t> possible(live_.size());
    for (const Node& node : nodes) {
      ALD_ASSIGN(const Bounds next, of(node));
      const auto count = [](std::vector<std::uint32_t>& counts) {
        return [&counts](std::size_t row) { ++counts[row]; };
      };
      ALD_RETURN_IF_ERROR(for_each_row(next.certain, context_, count(certain)));
      ALD_RETURN_IF_ERROR(for_each_row(possible_of(next), context_, count(possible)));
    }
    Bounds counted{Bitset(live_.size()), Bitset(live_.size()), false};
    ALD_RETURN_IF_ERROR(for_each_row(live_, context_, [&](std::size_t row) {
      if (certain[row] >= min_count) counted.certain.set(row);
      if (possible[row] >= min_count) counted.possible.set(row);
    }));
    counted.exact = counted.certain == counted.possible;
    return counted;
  }

  const std::vector<Bitset>& answers_;
  const Bitset& live_;
  const observe::OpContext& context_;
};

}  // namespace

Result<Bounds> bounds_of(const Group& group,
                         const std::vector<Bitset>& answers,
                         const Bitset& live,
                         const observe::OpContext& context) {
  return Bounding(answers, live, context).of(group);
}

}  // namespace alidade::query
