#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bitset.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/row_map.h"
#include "base/status.h"
#include "model/filter.h"
#include "model/json_path.h"
#include "model/payload_schema.h"
#include "observe/op_context.h"

namespace alidade::index {

/// One field test, made ready for one index: constants converted, query text cut into tokens.
/// Valid until the next change of the index.
struct FieldMatcher {
  /// Adds every row that passes, to a set as long as the segment has rows. Rows that died may be
  /// among them, and the set may come back longer; the caller cuts it and ANDs with the live rows.
  std::function<void(base::Bitset&)> select;
  /// Judges one row by the values at the field's path, by the same rules as the index: what select
  /// answers for the row, without looking the row up.
  std::function<bool(const std::vector<const base::json::Value*>&)> passes;
};

/// A facet value: bool, integer, or string (keywords and hyphenated UUIDs).
using FacetValue = std::variant<bool, std::int64_t, std::string>;
struct FacetCount {
  FacetValue value;
  std::uint64_t count = 0;
};

/// Looks at the context while values are counted, once every 1024 of their rows.
class FacetPulse {
 public:
  explicit FacetPulse(const observe::OpContext& context) : context_(context) {}

  /// @param rows how many come next. @return false when the count is to end.
  bool next(std::uint64_t rows) {
    left_ = left_ > rows ? left_ - rows : 0;
    if (left_ == 0 && status_.ok()) {
      status_ = context_.check();
      left_ = kRowsPerCheck;
    }
    return status_.ok();
  }
  const Status& status() const { return status_; }

 private:
  static constexpr std::uint64_t kRowsPerCheck = 1024;

  const observe::OpContext& context_;
  std::uint64_t left_ = 0;
  Status status_;
};

/// A sort key of order_by: int64 for integer and datetime (µs) fields, double for float fields.
using OrderKey = std::variant<std::int64_t, double>;
struct OrderedEntry {
  OrderKey key;
  base::PointOffset offset;
};
enum class OrderDirection { kAscending, kDescending };

/// Walks (value, row) pairs in order; a row with several values comes once for each of them.
/// Valid until the next change of the index.
class OrderedCursor {
 public:
  virtual ~OrderedCursor() = default;
  virtual std::optional<OrderedEntry> next() = 0;
};

/// The index of one payload field. Values are what the path reaches, arrays opened one level;
/// values of another type are left out. Mutations by one writer; a clone may be read meanwhile.
class FieldIndex {
 public:
  FieldIndex(model::JsonPath path, model::FieldSchema schema);
  virtual ~FieldIndex() = default;
  FieldIndex& operator=(const FieldIndex&) = delete;

  /// The same content, shared until one of the two changes. O(1).
  virtual std::unique_ptr<FieldIndex> clone() const = 0;

  const model::JsonPath& path() const { return definition_->path; }
  const model::FieldSchema& schema() const { return definition_->schema; }
  /// Live rows that have at least one value of the index's type.
  std::uint64_t points_count() const { return points_count_; }

  void insert(base::PointOffset offset, const base::json::Value& payload);
  /// Takes the row's values out; `payload` as it was inserted.
  void erase(base::PointOffset offset, const base::json::Value& payload);
  /// The row is dead for good: corrects the counts, leaves its values in place.
  void row_died(base::PointOffset offset);
  /// Whether the row counts as one with a value.
  bool counts(base::PointOffset offset) const {
    return offset.value < indexed_rows_.size() && indexed_rows_.test(offset.value);
  }

  /// @return nullopt when this index does not answer such a test (it is judged without an index).
  std::optional<FieldMatcher> matcher(const model::FieldTest& test) const;

  /// nullptr when the index has no order (keyword, bool, geo, uuid, text, integer with range=false).
  /// @param start the first key to come, inclusive.
  virtual std::unique_ptr<OrderedCursor> ordered(OrderDirection direction,
                                                 std::optional<OrderKey> start) const;
  virtual bool can_order() const { return false; }
  virtual bool can_facet() const { return false; }
  /// Values held by the rows of the set, each with the number of such rows; in no order.
  /// @return kDeadlineExceeded, kCancelled.
  virtual Result<std::vector<FacetCount>> facet(const base::Bitset& rows,
                                                const observe::OpContext& context) const;

  /// Fills a fresh index of the same path and type with what `from` holds of the rows that are kept,
  /// under their new numbers.
  void take_renumbered(const FieldIndex& from, const base::RowMap& rows);

  void serialize(base::ByteWriter& out) const;
  /// Fills a fresh index. @return kDataLoss.
  Status deserialize(base::ByteReader& in);
  std::uint64_t memory_bytes() const;

 protected:
  FieldIndex(const FieldIndex&) = default;

  /// Adds one value. @return false when it is of another type.
  virtual bool add_value(std::uint32_t row, const base::json::Value& value) = 0;
  /// Takes one value out again; equal values of one row may come several times.
  virtual void remove_value(std::uint32_t row, const base::json::Value& value) = 0;
  virtual std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const = 0;
  virtual void write_values(base::ByteWriter& out) const = 0;
  virtual Status read_values(base::ByteReader& in) = 0;
  virtual std::uint64_t value_bytes() const = 0;
  /// @param from an index of the same class.
  virtual void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) = 0;

  /// Rows with at least one value of the type, and those with more than one.
  const base::Bitset& indexed_rows() const { return indexed_rows_; }
  const base::Bitset& multi_rows() const { return multi_rows_; }

 private:
  template <typename Visit>
  void visit(const base::json::Value& payload, Visit&& visit_value) const;

  struct Definition {
    model::JsonPath path;
    model::FieldSchema schema;
    const std::string* single_key = nullptr;  // Into the path, when it is one top-level key.
  };

  std::shared_ptr<const Definition> definition_;
  std::uint64_t points_count_ = 0;
  base::Bitset indexed_rows_;
  base::Bitset multi_rows_;
  base::Bitset null_rows_;    // Rows with a null, also inside a list.
  base::Bitset filled_rows_;  // Rows that are not empty: something else than missing, null or [].
};

}  // namespace alidade::index
