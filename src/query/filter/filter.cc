#include "query/filter/filter.h"

#include <algorithm>

#include "observe/row_check.h"
#include "query/filter/bounds.h"
#include "query/filter/node.h"

namespace alidade::query {
namespace {

template <typename Visit>
void for_each_leaf(Group& group, Visit&& visit) {
  for (auto* nodes : {&group.must, &group.should, &group.must_not, &group.min_should}) {
    for (Node& node : *nodes) {
      if (auto* inner = std::get_if<std::unique_ptr<Group>>(&node)) {
        for_each_leaf(**inner, visit);
      } else {
        visit(std::get<Leaf>(node));
      }
    }
  }
}

void explain_group(const Group& group, const std::string& indent, std::string& out);

void explain_nodes(const char* clause,
                   const std::vector<Node>& nodes,
                   const std::string& indent,
                   std::string& out) {
  for (const Node& node : nodes) {
    out += indent + clause;
    if (const auto* inner = std::get_if<std::unique_ptr<Group>>(&node)) {
      out += " filter\n";
      explain_group(**inner, indent + "  ", out);
      continue;
    }
    const Leaf& leaf = std::get<Leaf>(node);
    out += ' ' + leaf.description;
    out += leaf.select ? " [index]\n" : (leaf.reads_payload ? " [payload]\n" : " [row]\n");
  }
}

void explain_group(const Group& group, const std::string& indent, std::string& out) {
  explain_nodes("must", group.must, indent, out);
  explain_nodes("should", group.should, indent, out);
  explain_nodes("must_not", group.must_not, indent, out);
  explain_nodes("min_should", group.min_should, indent, out);
}

}  // namespace

struct PreparedFilter::State {
  const segment::SegmentReader* segment = nullptr;
  std::unique_ptr<Group> root;
  std::vector<const Leaf*> selecting;  // Leaves with a selection, by slot.
};

PreparedFilter::PreparedFilter(std::unique_ptr<State> state) : state_(std::move(state)) {}
PreparedFilter::~PreparedFilter() = default;
PreparedFilter::PreparedFilter(PreparedFilter&&) noexcept = default;
PreparedFilter& PreparedFilter::operator=(PreparedFilter&&) noexcept = default;

Result<PreparedFilter> PreparedFilter::prepare(const model::Filter& filter,
                                               const segment::SegmentReader& segment) {
  auto state = std::make_unique<State>();
  state->segment = &segment;
  ALD_ASSIGN(state->root, make_group(filter, Scope{&segment, ""}));
  for_each_leaf(*state->root, [&](Leaf& leaf) {
    if (!leaf.select) return;
    leaf.slot = state->selecting.size();
    state->selecting.push_back(&leaf);
  });
  return PreparedFilter(std::move(state));
}

struct Narrowed::State {
  const segment::SegmentReader* segment = nullptr;
  const Group* root = nullptr;
  std::vector<base::Bitset> answers;  // By slot.
  Bounds bounds;
};

Narrowed::Narrowed(std::unique_ptr<State> state) : state_(std::move(state)), count_(possible().count()) {}
Narrowed::Narrowed(Narrowed&&) noexcept = default;
Narrowed& Narrowed::operator=(Narrowed&&) noexcept = default;
Narrowed::~Narrowed() = default;

const base::Bitset& Narrowed::possible() const {
  return state_->bounds.exact ? state_->bounds.certain : state_->bounds.possible;
}

Result<bool> Narrowed::passes(base::PointOffset offset) const {
  const Bounds& bounds = state_->bounds;
  if (bounds.certain.test(offset.value)) return true;
  if (bounds.exact || !bounds.possible.test(offset.value)) return false;
  Row row(*state_->segment, offset, &state_->answers);
  const bool passed = query::passes(*state_->root, row);
  ALD_RETURN_IF_ERROR(row.status());
  return passed;
}

Result<Narrowed> PreparedFilter::narrow(const observe::OpContext& context) const {
  const segment::SegmentReader& segment = *state_->segment;
  auto state = std::make_unique<Narrowed::State>();
  state->segment = &segment;
  state->root = state_->root.get();
  std::vector<base::Bitset>& answers = state->answers;
  answers.reserve(state_->selecting.size());
  for (const Leaf* leaf : state_->selecting) {
    ALD_RETURN_IF_ERROR(context.check());
    base::Bitset& rows = answers.emplace_back(segment.row_count());
    leaf->select(rows);
    rows.resize(segment.row_count());
  }

  ALD_ASSIGN(state->bounds, bounds_of(*state_->root, answers, segment.live(), context));
  return Narrowed(std::move(state));
}

Result<Selection> PreparedFilter::select(const observe::OpContext& context) const {
  ALD_ASSIGN(const Narrowed candidates, narrow(context));
  const Bounds& bounds = candidates.state_->bounds;
  Selection selection{bounds.certain, 0};
  if (!bounds.exact) {
    base::Bitset open = bounds.possible;
    open.and_not(bounds.certain);
    observe::RowCheck check(context);
    for (std::size_t i = open.find_next(0); i < open.size(); i = open.find_next(i + 1)) {
      ALD_RETURN_IF_ERROR(check.next());
      ALD_ASSIGN(const bool passed, candidates.passes(base::PointOffset(static_cast<std::uint32_t>(i))));
      if (passed) selection.rows.set(i);
    }
  }
  selection.count = selection.rows.count();
  return selection;
}

Result<bool> PreparedFilter::matches(base::PointOffset offset) const {
  Row row(*state_->segment, offset, nullptr);
  const bool passed = passes(*state_->root, row);
  ALD_RETURN_IF_ERROR(row.status());
  return passed;
}

std::string PreparedFilter::explain() const {
  std::string text;
  explain_group(*state_->root, "", text);
  return text;
}

Result<Selection> select_rows(const segment::SegmentReader& segment,
                              const std::optional<model::Filter>& filter,
                              const observe::OpContext& context) {
  if (!filter || filter->empty()) return Selection{segment.live(), segment.live_count()};
  ALD_ASSIGN(const auto prepared, PreparedFilter::prepare(*filter, segment));
  return prepared.select(context);
}

Status validate(const model::Filter& filter) { return make_group(filter, Scope{}).status(); }

}  // namespace alidade::query
