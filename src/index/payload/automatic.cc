#include "index/payload/automatic.h"

#include "index/payload/numeric/ranges.h"
#include "index/payload/values.h"
#include "model/collection_config.h"

namespace alidade::index {
namespace {

using base::json::Value;
using Operator = model::MetadataCompare::Operator;

void add_row(base::Bitset& bits, std::uint32_t row) {
  if (row >= bits.size()) bits.resize(row + std::size_t{1});
  bits.set(row);
}

template <typename Key>
void select_range(const SortedBlocks<Key>& blocks, const KeyRange<Key>& range, base::Bitset& rows) {
  blocks.for_each(range, [&](const auto& entry) { select_row(rows, entry.row); });
}

template <typename Key, typename Bound>
KeyRange<Key> compare_range(Operator op, Bound bound) {
  KeyRange<Key> range;
  if (op == Operator::kGreater || op == Operator::kGreaterOrEqual) {
    bound_low(range, bound, op == Operator::kGreaterOrEqual);
  } else if (op == Operator::kLess || op == Operator::kLessOrEqual) {
    bound_high(range, bound, op == Operator::kLessOrEqual);
  } else {
    bound_low(range, bound, true);
    bound_high(range, bound, true);
    if (range.low && range.high && *range.high < *range.low) range.empty = true;
  }
  return range;
}

std::uint8_t kind_bit(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kBool: return model::SeenKinds::kBool;
    case Value::Kind::kInt: return model::SeenKinds::kInt;
    case Value::Kind::kUint:
    case Value::Kind::kDouble: return model::SeenKinds::kFloat;
    case Value::Kind::kString: return model::SeenKinds::kString;
    case Value::Kind::kObject:
      return value.find("indices") != nullptr ? model::SeenKinds::kSparse : std::uint8_t{0};
    case Value::Kind::kNull:
    case Value::Kind::kArray: return 0;
  }
  return 0;
}

bool is_indexed(const std::string& key, const Value& value) {
  return key != AutomaticIndexes::kDocumentKey && !value.is_null() && !value.is_object();
}

}  // namespace

void ScalarIndex::add(std::uint32_t row, const Value& value) {
  if (value.is_string()) {
    strings_.add(value.as_string(), row);
  } else if (value.is_int()) {
    integers_.insert(value.as_int(), row);
  } else if (value.is_number()) {  // Integers above int64 are floats to this dialect.
    floats_.insert(value.as_double(), row);
  } else if (value.is_bool()) {
    add_row(value.as_bool() ? true_ : false_, row);
  }
}

void ScalarIndex::remove(std::uint32_t row, const Value& value) {
  if (value.is_string()) {
    strings_.remove(value.as_string(), row);
  } else if (value.is_int()) {
    integers_.erase(value.as_int(), row);
  } else if (value.is_number()) {
    floats_.erase(value.as_double(), row);
  } else if (value.is_bool()) {
    base::Bitset& rows = value.as_bool() ? true_ : false_;
    if (row < rows.size()) rows.reset(row);
  }
}

void ScalarIndex::select_same(const model::MetadataScalar& operand, base::Bitset& rows) const {
  if (const auto* flag = std::get_if<bool>(&operand)) {
    rows |= *flag ? true_ : false_;
  } else if (const auto* integer = std::get_if<std::int64_t>(&operand)) {
    select_range(integers_, single_key(*integer), rows);
  } else if (const auto* number = std::get_if<double>(&operand)) {
    select_range(floats_, single_key(*number), rows);
  } else if (const Posting* posting = strings_.find(std::get<std::string>(operand))) {
    posting->select(rows);
  }
}

void ScalarIndex::select_equal(const model::MetadataScalar& operand, base::Bitset& rows) const {
  select_same(operand, rows);
  if (const auto* integer = std::get_if<std::int64_t>(&operand)) {
    select_range(floats_, compare_range<double>(Operator::kEqual, *integer), rows);
  } else if (const auto* number = std::get_if<double>(&operand)) {
    select_range(integers_, compare_range<std::int64_t>(Operator::kEqual, *number), rows);
  }
}

void ScalarIndex::select_compare(Operator op,
                                 const model::MetadataScalar& operand,
                                 base::Bitset& rows) const {
  const auto select = [&](auto bound) {
    select_range(integers_, compare_range<std::int64_t>(op, bound), rows);
    select_range(floats_, compare_range<double>(op, bound), rows);
  };
  if (const auto* integer = std::get_if<std::int64_t>(&operand)) select(*integer);
  if (const auto* number = std::get_if<double>(&operand)) select(*number);
}

ScalarIndex ScalarIndex::renumbered(const base::RowMap& rows) const {
  ScalarIndex out;
  out.strings_ = strings_.renumbered(rows);
  out.integers_ = integers_.renumbered(rows);
  out.floats_ = floats_.renumbered(rows);
  out.true_ = rows.map(true_);
  out.false_ = rows.map(false_);
  return out;
}

std::uint64_t ScalarIndex::memory_bytes() const {
  return strings_.memory_bytes() + integers_.memory_bytes() + floats_.memory_bytes() +
         true_.memory_bytes() + false_.memory_bytes();
}

void ScalarIndex::write(base::ByteWriter& out) const {
  strings_.write(out);
  integers_.write(out);
  floats_.write(out);
  write_bits(true_, out);
  write_bits(false_, out);
}

Status ScalarIndex::read(base::ByteReader& in) {
  ALD_RETURN_IF_ERROR(strings_.read(in));
  ALD_RETURN_IF_ERROR(integers_.read(in));
  ALD_RETURN_IF_ERROR(floats_.read(in));
  ALD_ASSIGN(true_, read_bits(in));
  ALD_ASSIGN(false_, read_bits(in));
  return {};
}

void AutomaticIndexes::see(const std::string& key, const Value& value) {
  std::uint8_t bits = 0;
  for_each_element(value, [&](const Value& element) { bits |= kind_bit(element); });
  if (bits == 0) return;
  const auto known = seen_keys_->find(key);
  if (known == seen_keys_->end() || (known->second | bits) != known->second) seen_keys_.write()[key] |= bits;
}

AutomaticIndexes::Field& AutomaticIndexes::field_of(const std::string& key) {
  return fields_.write_or_insert(std::string_view(key), [&] { return SharedText(key); }).write();
}

void AutomaticIndexes::insert(base::PointOffset offset, const Value& payload) {
  if (!payload.is_object()) return;
  for (const auto& [key, value] : payload.as_object()) {
    see(key, value);
    if (!is_indexed(key, value)) continue;
    Field& field = field_of(key);
    if (!value.is_array()) {
      field.scalars.add(offset.value, value);
      continue;
    }
    for (const Value& element : value.as_array()) field.elements.add(offset.value, element);
  }
}

void AutomaticIndexes::erase(base::PointOffset offset, const Value& payload) {
  if (!payload.is_object()) return;
  for (const auto& [key, value] : payload.as_object()) {
    if (find(key) == nullptr || !is_indexed(key, value)) continue;
    Field& field = field_of(key);
    if (!value.is_array()) {
      field.scalars.remove(offset.value, value);
      continue;
    }
    for (const Value& element : value.as_array()) field.elements.remove(offset.value, element);
  }
}

const AutomaticIndexes::Field* AutomaticIndexes::find(const std::string& key) const {
  const auto* field = fields_.find(std::string_view(key));
  return field == nullptr ? nullptr : &**field;
}

AutomaticIndexes AutomaticIndexes::renumbered(const base::RowMap& rows) const {
  AutomaticIndexes out;
  fields_.for_each([&](const SharedText& key, const base::Cow<Field>& field) {
    out.field_of(*key) = Field{field->scalars.renumbered(rows), field->elements.renumbered(rows)};
  });
  out.seen_keys_ = seen_keys_;
  return out;
}

std::uint64_t AutomaticIndexes::memory_bytes() const {
  std::uint64_t bytes = fields_.memory_bytes();
  fields_.for_each([&](const SharedText& key, const base::Cow<Field>& field) {
    bytes += key->size() + field->scalars.memory_bytes() + field->elements.memory_bytes();
  });
  return bytes;
}

void AutomaticIndexes::write(base::ByteWriter& out) const {
  out.put(static_cast<std::uint32_t>(seen_keys_->size()));
  for (const auto& [key, bits] : *seen_keys_) {
    out.put_text(key);
    out.put(bits);
  }
  out.put(static_cast<std::uint32_t>(fields_.size()));
  fields_.for_each([&](const SharedText& key, const base::Cow<Field>& field) {
    out.put_text(*key);
    field->scalars.write(out);
    field->elements.write(out);
  });
}

Status AutomaticIndexes::read(base::ByteReader& in) {
  ALD_ASSIGN(const auto seen, in.get<std::uint32_t>());
  for (std::uint32_t i = 0; i < seen; ++i) {
    ALD_ASSIGN(const auto key, in.get_text());
    ALD_ASSIGN(seen_keys_.write()[std::string(key)], in.get<std::uint8_t>());
  }
  ALD_ASSIGN(const auto count, in.get<std::uint32_t>());
  for (std::uint32_t i = 0; i < count; ++i) {
    ALD_ASSIGN(const auto key, in.get_text());
    Field& field = field_of(std::string(key));
    ALD_RETURN_IF_ERROR(field.scalars.read(in));
    ALD_RETURN_IF_ERROR(field.elements.read(in));
  }
  return {};
}

}  // namespace alidade::index
