#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bitset.h"
#include "base/json.h"
#include "model/filter.h"
#include "segment/segment_reader.h"

namespace alidade::query {

/// The thing that conditions judge: a row with its payload, read once when first asked for, or one
/// element of a list (nested conditions), which has no id and no vectors.
class Row {
 public:
  Row(const segment::SegmentReader& segment,
      base::PointOffset offset,
      const std::vector<base::Bitset>* answers)
      : segment_(&segment), offset_(offset), answers_(answers) {}
  explicit Row(const base::json::Value& element) : root_(&element) {}

  bool is_element() const { return segment_ == nullptr; }
  base::PointOffset offset() const { return offset_; }
  /// The payload or the element. When it cannot be read: an empty object, and status() says why.
  const base::json::Value& root();
  /// False when no string of the payload can hold the needle, as a look at its text shows without
  /// parsing it; true says nothing.
  bool may_hold(std::string_view needle);
  /// Rows that leaf `slot` selected, when selections were made.
  const base::Bitset* answer(std::size_t slot) const;

  const Status& status() const { return status_; }
  void fail(Status status) { status_ = std::move(status); }

 private:
  const segment::SegmentReader* segment_ = nullptr;
  base::PointOffset offset_;
  const std::vector<base::Bitset>* answers_ = nullptr;
  const std::string& text();

  std::optional<std::string> text_;
  const base::json::Value* root_ = nullptr;
  base::json::Value payload_;
  Status status_;
};

/// One condition made ready.
struct Leaf {
  std::string description;
  /// Adds the rows that pass (dead ones may be among them) to a set as long as the segment; empty
  /// when only `passes` can tell.
  std::function<void(base::Bitset&)> select;
  std::function<bool(Row&)> passes;
  bool reads_payload = true;
  std::size_t slot = 0;  // Place of its selection; given by prepare().
};

struct Group;
using Node = std::variant<Leaf, std::unique_ptr<Group>>;

/// A model::Filter made ready.
struct Group {
  std::vector<Node> must;
  std::vector<Node> should;
  std::vector<Node> must_not;
  std::vector<Node> min_should;
  std::optional<std::uint64_t> min_count;  // Set when there is a min_should.
};

bool passes(const Node& node, Row& row);
bool passes(const Group& group, Row& row);

/// Where conditions stand: at the top of a segment's rows, or inside the elements of a list.
struct Scope {
  const segment::SegmentReader* segment = nullptr;  // nullptr only when a filter is merely validated.
  /// Inside nested: path of the list in text form with "[]", else "".
  std::string element_path;

  bool in_elements() const { return !element_path.empty(); }
};

Result<Node> make_node(const model::Condition& condition, const Scope& scope);
Result<std::unique_ptr<Group>> make_group(const model::Filter& filter, const Scope& scope);

// One function per family of conditions, each in the file of its name. ------------------------

Leaf make_field_leaf(const model::FieldCondition& condition, const Scope& scope);        // field.cc
Leaf make_empty_leaf(const model::JsonPath& key, const Scope& scope);                    // null_empty.cc
Leaf make_null_leaf(const model::JsonPath& key, const Scope& scope);                     // null_empty.cc
Leaf make_leaf(const model::HasIdCondition& condition, const Scope& scope);              // identity.cc
Leaf make_leaf(const model::HasVectorCondition& condition, const Scope& scope);          // identity.cc
Leaf make_leaf(const model::SliceCondition& condition, const Scope& scope);              // slice.cc
Leaf make_leaf(const model::MetadataCompare& condition, const Scope& scope);             // metadata.cc
Leaf make_leaf(const model::MetadataIn& condition, const Scope& scope);                  // metadata.cc
Leaf make_leaf(const model::MetadataContains& condition, const Scope& scope);            // metadata.cc
Leaf make_leaf(const model::TextContains& condition, const Scope& scope);                // metadata.cc
Leaf make_leaf(const model::Constant& condition, const Scope& scope);                    // identity.cc
Result<Leaf> make_leaf(const model::TextRegex& condition, const Scope& scope);           // metadata.cc
Result<Leaf> make_leaf(const model::NestedCondition& condition, const Scope& scope);     // nested.cc

/// A test of the values at a field's path, by the rules without an index.
using ValueTest = std::function<bool(const std::vector<const base::json::Value*>&)>;

ValueTest make_value_test(const model::FieldTest& test);     // field.cc
ValueTest make_test(const model::MatchValue& test);          // match.cc
ValueTest make_test(const model::MatchAny& test);            // match.cc
ValueTest make_test(const model::MatchExcept& test);         // match.cc
ValueTest make_test(const model::MatchPrefix& test);         // match.cc
ValueTest make_test(const model::MatchText& test);           // text.cc
ValueTest make_test(const model::NumberRange& test);         // range.cc
ValueTest make_test(const model::DatetimeRange& test);       // range.cc
ValueTest make_test(const model::GeoBoundingBox& test);      // geo.cc
ValueTest make_test(const model::GeoRadius& test);           // geo.cc
ValueTest make_test(const model::GeoPolygon& test);          // geo.cc
ValueTest make_test(const model::ValuesCount& test);         // values_count.cc
ValueTest make_test(const model::EmptyFlag& test);           // null_empty.cc
ValueTest make_test(const model::NullFlag& test);            // null_empty.cc

}  // namespace alidade::query
