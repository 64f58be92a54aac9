#include "query/filter/testing/memory_segment.h"

namespace alidade::query::testing {

using base::json::Value;

base::PointOffset MemorySegment::add(const model::PointId& id, const Value& payload) {
  if (const auto old = find(id)) kill(*old);
  const base::PointOffset offset(row_count());
  ids_.push_back(id);
  payloads_.push_back(base::json::to_text(payload));
  rows_[id] = offset.value;
  live_.resize(ids_.size());
  live_.set(offset.value);
  indexes_.insert(offset, payload);
  return offset;
}

base::PointOffset MemorySegment::add(std::uint64_t id, const std::string& payload) {
  return add(model::PointId::from_number(id), base::json::parse(payload).value());
}

void MemorySegment::change(base::PointOffset offset, const Value& payload) {
  indexes_.erase(offset, base::json::parse(payloads_[offset.value]).value());
  payloads_[offset.value] = base::json::to_text(payload);
  indexes_.insert(offset, payload);
}

void MemorySegment::kill(base::PointOffset offset) {
  live_.reset(offset.value);
  rows_.erase(ids_[offset.value]);
  indexes_.row_died(offset);
}

void MemorySegment::make_index(const std::string& path, const model::FieldSchema& schema) {
  auto field = index::PayloadIndexes::make_field(path, schema).value();
  live_.for_each([&](std::size_t row) {
    const base::PointOffset offset(static_cast<std::uint32_t>(row));
    field->insert(offset, payload(offset).value());
  });
  indexes_.install(std::move(field));
}

void MemorySegment::set_vector(const std::string& name, base::PointOffset offset) {
  base::Bitset& rows = vectors_[name];
  if (offset.value >= rows.size()) rows.resize(offset.value + std::size_t{1});
  rows.set(offset.value);
}

std::optional<base::PointOffset> MemorySegment::find(const model::PointId& id) const {
  const auto row = rows_.find(id);
  if (row == rows_.end()) return std::nullopt;
  return base::PointOffset(row->second);
}

const base::Bitset* MemorySegment::vector_presence(const std::string& name) const {
  const auto rows = vectors_.find(name);
  return rows == vectors_.end() ? nullptr : &rows->second;
}

}  // namespace alidade::query::testing
