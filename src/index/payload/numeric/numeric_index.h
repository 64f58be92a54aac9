#pragma once

#include <memory>
#include <type_traits>

#include "base/sorted_blocks.h"
#include "index/payload/field_index.h"
#include "index/payload/numeric/ranges.h"
#include "index/payload/values.h"

namespace alidade::index {

// Sorted numbers. Each answers ranges (datetime: of dates and of microseconds) and gives order_by
// its order; integer also answers match value, any and except of integers, and facets.
std::unique_ptr<FieldIndex> make_integer_index(model::JsonPath path, model::FieldSchema schema);
std::unique_ptr<FieldIndex> make_float_index(model::JsonPath path, model::FieldSchema schema);
std::unique_ptr<FieldIndex> make_datetime_index(model::JsonPath path, model::FieldSchema schema);

/// Walks sorted blocks in either direction.
template <typename Key>
class BlockCursor final : public OrderedCursor {
 public:
  BlockCursor(const SortedBlocks<Key>& blocks, OrderDirection direction, std::optional<OrderKey> start)
      : blocks_(blocks), ascending_(direction == OrderDirection::kAscending) {
    at_ = ascending_ ? blocks.begin() : blocks.end();
    if (!start) return;
    // The start is inclusive: a descending walk begins behind the last entry of that key.
    KeyRange<Key> range;
    std::visit([&](auto key) { ascending_ ? bound_low(range, key, true) : bound_high(range, key, true); },
               *start);
    if (range.empty) {
      at_ = ascending_ ? blocks.end() : blocks.begin();
    } else if (ascending_ && range.low) {
      at_ = blocks.lower(*range.low, range.low_inclusive);
    } else if (!ascending_ && range.high) {
      at_ = blocks.lower(*range.high, !range.high_inclusive);
    }
  }

  std::optional<OrderedEntry> next() override {
    if (at_ == (ascending_ ? blocks_.end() : blocks_.begin())) return std::nullopt;
    if (!ascending_) at_ = blocks_.previous(at_);
    const auto& entry = blocks_.at(at_);
    if (ascending_) at_ = blocks_.next(at_);
    return OrderedEntry{entry.key, base::PointOffset(entry.row)};
  }

 private:
  const SortedBlocks<Key>& blocks_;
  const bool ascending_;
  typename SortedBlocks<Key>::Position at_;
};

/// What the three share. Read: the key of a payload value, or nullopt.
template <typename Key, std::optional<Key> (*Read)(const base::json::Value&)>
class NumericIndex : public FieldIndex {
 public:
  using FieldIndex::FieldIndex;

  bool can_order() const override { return true; }
  std::unique_ptr<OrderedCursor> ordered(OrderDirection direction,
                                         std::optional<OrderKey> start) const override {
    return std::make_unique<BlockCursor<Key>>(values_, direction, start);
  }

 protected:
  bool add_value(std::uint32_t row, const base::json::Value& value) override {
    const std::optional<Key> key = Read(value);
    if (key) values_.insert(*key, row);
    return key.has_value();
  }
  void remove_value(std::uint32_t row, const base::json::Value& value) override {
    if (const std::optional<Key> key = Read(value)) values_.erase(*key, row);
  }
  void write_values(base::ByteWriter& out) const override { values_.write(out); }
  Status read_values(base::ByteReader& in) override { return values_.read(in); }
  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    values_ = static_cast<const NumericIndex&>(from).values_.renumbered(rows);
  }
  std::uint64_t value_bytes() const override { return values_.memory_bytes(); }

  FieldMatcher range_matcher(const KeyRange<Key>& range) const {
    return {[this, range](base::Bitset& rows) { select_range(range, rows); },
            [range](const std::vector<const base::json::Value*>& values) {
              return any_element(values, [&](const base::json::Value& value) {
                const std::optional<Key> key = Read(value);
                return key && inside(range, *key);
              });
            }};
  }
  void select_range(const KeyRange<Key>& range, base::Bitset& rows) const {
    values_.for_each(range, [&](const auto& entry) { select_row(rows, entry.row); });
  }
  const SortedBlocks<Key>& values() const { return values_; }

 private:
  SortedBlocks<Key> values_;
};

}  // namespace alidade::index
