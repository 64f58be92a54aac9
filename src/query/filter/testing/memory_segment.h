#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "segment/segment_reader.h"

namespace alidade::query::testing {

/// A segment of plain vectors, for tests.
class MemorySegment final : public segment::SegmentReader {
 public:
  index::PayloadIndexes& indexes() { return indexes_; }

  /// Appends a row; an older row of the same id dies.
  base::PointOffset add(const model::PointId& id, const base::json::Value& payload);
  base::PointOffset add(std::uint64_t id, const std::string& payload);
  /// Replaces the payload in place.
  void change(base::PointOffset offset, const base::json::Value& payload);
  void kill(base::PointOffset offset);
  /// Makes an index of all live rows.
  void make_index(const std::string& path, const model::FieldSchema& schema);
  void set_vector(const std::string& name, base::PointOffset offset);

  std::uint32_t row_count() const override { return static_cast<std::uint32_t>(ids_.size()); }
  const base::Bitset& live() const override { return live_; }
  std::uint64_t live_count() const override { return live_.count(); }
  model::PointId id(base::PointOffset offset) const override { return ids_[offset.value]; }
  std::optional<base::PointOffset> find(const model::PointId& id) const override;
  std::uint64_t first_seen(base::PointOffset offset) const override { return offset.value; }
  Result<std::string> payload_text(base::PointOffset offset) const override {
    return payloads_[offset.value];
  }
  const index::PayloadIndexes& payload_indexes() const override { return indexes_; }
  const base::Bitset* vector_presence(const std::string& name) const override;

 private:
  std::vector<model::PointId> ids_;
  std::vector<std::string> payloads_;
  std::unordered_map<model::PointId, std::uint32_t> rows_;
  base::Bitset live_;
  std::map<std::string, base::Bitset> vectors_;
  index::PayloadIndexes indexes_;
};

}  // namespace alidade::query::testing
