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

Result<Selection> PreparedFilter::select(const observe::OpContext& context) const {
  const segment::SegmentReader& segment = *state_->segment;
  std::vector<base::Bitset> answers;
  answers.reserve(state_->selecting.size());
  for (const Leaf* leaf : state_->selecting) {
    ALD_RETURN_IF_ERROR(context.check());
    base::Bitset& rows = answers.emplace_back(segment.row_count());
    leaf->select(rows);
    rows.resize(segment.row_count());
  }

  ALD_ASSIGN(Bounds bounds, bounds_of(*state_->root, answers, segment.live(), context));
  Selection selection{std::move(bounds.certain), 0};
  if (!bounds.exact) {
    bounds.possible.and_not(selection.rows);
    observe::RowCheck check(context);
    for (std::size_t i = bounds.possible.find_next(0); i < bounds.possible.size();
         i = bounds.possible.find_next(i + 1)) {
      ALD_RETURN_IF_ERROR(check.next());
      Row row(segment, base::PointOffset(static_cast<std::uint32_t>(i)), &answers);
      const bool passed = passes(*state_->root, row);
      ALD_RETURN_IF_ERROR(row.status());
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
