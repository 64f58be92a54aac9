#include "index/payload/field_index.h"

#include <algorithm>

#include "index/payload/values.h"

namespace alidade::index {
namespace {

using base::json::Value;

constexpr std::size_t kGrowRows = 4096;

void set_bit(base::Bitset& bits, std::uint32_t row) {
  // Grown in steps: one row at a time would touch four sets at every insert.
  if (row >= bits.size()) bits.resize((row / kGrowRows + 1) * kGrowRows);
  bits.set(row);
}

bool clear_bit(base::Bitset& bits, std::uint32_t row) {
  if (row >= bits.size() || !bits.test(row)) return false;
  bits.reset(row);
  return true;
}

// The rules of is_null and is_empty as an index answers them: nulls count inside lists too.
FieldMatcher null_matcher(const base::Bitset& null_rows, bool wanted) {
  return {[&null_rows, wanted](base::Bitset& rows) {
            if (wanted) {
              rows |= null_rows;
              return;
            }
            base::Bitset others(rows.size(), true);
            rows |= others.and_not(null_rows);
          },
          [wanted](const std::vector<const Value*>& values) {
            return std::any_of(values.begin(), values.end(),
                               [](const Value* value) { return holds_null(*value); }) == wanted;
          }};
}

FieldMatcher empty_matcher(const base::Bitset& filled_rows, bool wanted) {
  return {[&filled_rows, wanted](base::Bitset& rows) {
            if (!wanted) {
              rows |= filled_rows;
              return;
            }
            base::Bitset others(rows.size(), true);
            rows |= others.and_not(filled_rows);
          },
          [wanted](const std::vector<const Value*>& values) {
            return std::none_of(values.begin(), values.end(),
                                [](const Value* value) { return is_filled(*value); }) == wanted;
          }};
}

}  // namespace

FieldIndex::FieldIndex(model::JsonPath path, model::FieldSchema schema) {
  const auto definition = std::make_shared<Definition>(Definition{std::move(path), std::move(schema), nullptr});
  const auto& steps = definition->path.steps;
  if (steps.size() == 1) definition->single_key = std::get_if<std::string>(&steps.front());
  definition_ = definition;
}

template <typename Visit>
void FieldIndex::visit(const Value& payload, Visit&& visit_value) const {
  // Nearly every index is on a top-level key: no std::function for those.
  if (definition_->single_key != nullptr) {
    if (const Value* value = payload.find(*definition_->single_key)) visit_value(*value);
    return;
  }
  model::visit_path(payload, definition_->path, visit_value);
}

void FieldIndex::insert(base::PointOffset offset, const Value& payload) {
  const std::uint32_t row = offset.value;
  std::size_t added = 0;
  visit(payload, [&](const Value& value) {
    if (holds_null(value)) set_bit(null_rows_, row);
    if (is_filled(value)) set_bit(filled_rows_, row);
    for_each_element(value, [&](const Value& element) { added += add_value(row, element) ? 1 : 0; });
  });
  if (added == 0) return;
  set_bit(indexed_rows_, row);
  ++points_count_;
  if (added > 1) set_bit(multi_rows_, row);
}

void FieldIndex::erase(base::PointOffset offset, const Value& payload) {
  const std::uint32_t row = offset.value;
  visit(payload, [&](const Value& value) {
    for_each_element(value, [&](const Value& element) { remove_value(row, element); });
  });
  clear_bit(null_rows_, row);
  clear_bit(filled_rows_, row);
  clear_bit(multi_rows_, row);
  if (clear_bit(indexed_rows_, row)) --points_count_;
}

void FieldIndex::row_died(base::PointOffset offset) {
  if (clear_bit(indexed_rows_, offset.value)) --points_count_;
}

std::optional<FieldMatcher> FieldIndex::matcher(const model::FieldTest& test) const {
  if (const auto* flag = std::get_if<model::NullFlag>(&test)) {
    return null_matcher(null_rows_, flag->null);
  }
  if (const auto* flag = std::get_if<model::EmptyFlag>(&test)) {
    return empty_matcher(filled_rows_, flag->empty);
  }
  return type_matcher(test);
}

std::unique_ptr<OrderedCursor> FieldIndex::ordered(OrderDirection, std::optional<OrderKey>) const {
  return nullptr;
}

Result<std::vector<FacetCount>> FieldIndex::facet(const base::Bitset&,
                                                  const observe::OpContext&) const {
  return std::vector<FacetCount>();
}

void FieldIndex::take_renumbered(const FieldIndex& from, const base::RowMap& rows) {
  indexed_rows_ = rows.map(from.indexed_rows_);
  multi_rows_ = rows.map(from.multi_rows_);
  null_rows_ = rows.map(from.null_rows_);
  filled_rows_ = rows.map(from.filled_rows_);
  points_count_ = indexed_rows_.count();
  take_renumbered_values(from, rows);
}

void FieldIndex::serialize(base::ByteWriter& out) const {
  out.put(points_count_);
  for (const base::Bitset* bits : {&indexed_rows_, &multi_rows_, &null_rows_, &filled_rows_}) {
    write_bits(*bits, out);
  }
  write_values(out);
}

Status FieldIndex::deserialize(base::ByteReader& in) {
  ALD_ASSIGN(points_count_, in.get<std::uint64_t>());
  for (base::Bitset* bits : {&indexed_rows_, &multi_rows_, &null_rows_, &filled_rows_}) {
    ALD_ASSIGN(*bits, read_bits(in));
  }
  return read_values(in);
}

std::uint64_t FieldIndex::memory_bytes() const {
  return sizeof(*this) + indexed_rows_.memory_bytes() + multi_rows_.memory_bytes() + null_rows_.memory_bytes() +
         filled_rows_.memory_bytes() + value_bytes();
}

}  // namespace alidade::index
