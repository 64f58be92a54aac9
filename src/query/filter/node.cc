#include "query/filter/node.h"

#include <algorithm>

namespace alidade::query {

const std::string& Row::text() {
  if (!text_) {
    Result<std::string> text = segment_->payload_text(offset_);
    if (!text.ok()) status_ = text.status();
    text_ = text.ok() ? std::move(text).value() : "";
  }
  return *text_;
}

const base::json::Value& Row::root() {
  if (root_ != nullptr) return *root_;
  payload_ = base::json::Value(base::json::Object{});
  root_ = &payload_;
  if (text().empty()) return *root_;
  Result<base::json::Value> parsed = base::json::parse(text());
  // The store holds only what was valid JSON when it came: anything else is damage.
  if (!parsed.ok()) {
    status_ = base::data_loss("payload is no JSON: " + parsed.status().message());
  } else {
    payload_ = std::move(parsed).value();
  }
  return *root_;
}

bool Row::may_hold(std::string_view needle) {
  if (is_element() || root_ != nullptr) return true;
  // In the text of a payload only escaped characters differ from those of its strings.
  return text().find(needle) != std::string::npos || text().find('\\') != std::string::npos;
}

const base::Bitset* Row::answer(std::size_t slot) const {
  return answers_ == nullptr ? nullptr : &(*answers_)[slot];
}

bool passes(const Node& node, Row& row) {
  if (const auto* group = std::get_if<std::unique_ptr<Group>>(&node)) return passes(**group, row);
  const Leaf& leaf = std::get<Leaf>(node);
  if (leaf.select) {
    if (const base::Bitset* rows = row.answer(leaf.slot)) return rows->test(row.offset().value);
  }
  return leaf.passes(row);
}

bool passes(const Group& group, Row& row) {
  const auto holds = [&](const Node& node) { return passes(node, row); };
  if (!std::all_of(group.must.begin(), group.must.end(), holds)) return false;
  if (std::any_of(group.must_not.begin(), group.must_not.end(), holds)) return false;
  if (!group.should.empty() && std::none_of(group.should.begin(), group.should.end(), holds)) {
    return false;
  }
  if (!group.min_count) return true;
  const auto count = std::count_if(group.min_should.begin(), group.min_should.end(), holds);
  return static_cast<std::uint64_t>(count) >= *group.min_count;
}

namespace {

// Conditions that need no payload come first: they may spare reading it.
void cheap_first(std::vector<Node>& nodes) {
  std::stable_partition(nodes.begin(), nodes.end(), [](const Node& node) {
    const Leaf* leaf = std::get_if<Leaf>(&node);
    return leaf != nullptr && (leaf->select || !leaf->reads_payload);
  });
}

Result<std::vector<Node>> make_nodes(const std::vector<model::Condition>& conditions,
                                     const Scope& scope) {
  std::vector<Node> nodes;
  nodes.reserve(conditions.size());
  for (const model::Condition& condition : conditions) {
    ALD_ASSIGN(Node node, make_node(condition, scope));
    nodes.push_back(std::move(node));
  }
  cheap_first(nodes);
  return nodes;
}

// Turns any condition into a node; no default, so that a new one does not compile without a row.
struct NodeMaker {
  const Scope& scope;

  Result<Node> operator()(const model::FieldCondition& c) const { return leaf(make_field_leaf(c, scope)); }
  Result<Node> operator()(const model::IsEmptyCondition& c) const { return leaf(make_empty_leaf(c.key, scope)); }
  Result<Node> operator()(const model::IsNullCondition& c) const { return leaf(make_null_leaf(c.key, scope)); }
  Result<Node> operator()(const model::HasIdCondition& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::HasVectorCondition& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::SliceCondition& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::MetadataCompare& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::MetadataIn& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::MetadataContains& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::TextContains& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::Constant& c) const { return leaf(make_leaf(c, scope)); }
  Result<Node> operator()(const model::TextRegex& c) const {
    ALD_ASSIGN(Leaf made, make_leaf(c, scope));
    return leaf(std::move(made));
  }
  Result<Node> operator()(const model::NestedCondition& c) const {
    ALD_ASSIGN(Leaf made, make_leaf(c, scope));
    return leaf(std::move(made));
  }
  Result<Node> operator()(const model::SubFilter& c) const {
    ALD_ASSIGN(std::unique_ptr<Group> group, make_group(c.filter ? *c.filter : model::Filter{}, scope));
    return Node(std::move(group));
  }

  static Result<Node> leaf(Leaf made) { return Node(std::move(made)); }
};

}  // namespace

Result<Node> make_node(const model::Condition& condition, const Scope& scope) {
  return std::visit(NodeMaker{scope}, condition);
}

Result<std::unique_ptr<Group>> make_group(const model::Filter& filter, const Scope& scope) {
  auto group = std::make_unique<Group>();
  ALD_ASSIGN(group->must, make_nodes(filter.must, scope));
  ALD_ASSIGN(group->should, make_nodes(filter.should, scope));
  ALD_ASSIGN(group->must_not, make_nodes(filter.must_not, scope));
  if (filter.min_should) {
    ALD_ASSIGN(group->min_should, make_nodes(filter.min_should->conditions, scope));
    group->min_count = filter.min_should->min_count;
  }
  return group;
}

}  // namespace alidade::query
