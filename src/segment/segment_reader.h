#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bitset.h"
#include "base/ids.h"
#include "base/json.h"
#include "index/payload/payload_indexes.h"
#include "model/point_id.h"

namespace alidade::segment {

/// What filters and searches read of a segment: of one that does not change meanwhile, such as a shard's
/// read view. Any number of threads.
class SegmentReader {
 public:
  virtual ~SegmentReader() = default;

  /// Rows ever appended, dead ones included; offsets are below it.
  virtual std::uint32_t row_count() const = 0;
  virtual const base::Bitset& live() const = 0;
  virtual std::uint64_t live_count() const = 0;

  virtual model::PointId id(base::PointOffset offset) const = 0;
  virtual std::optional<base::PointOffset> find(const model::PointId& id) const = 0;
  /// Grows with every new point and stays with it through updates: the order of insertion.
  virtual std::uint64_t first_seen(base::PointOffset offset) const = 0;

  /// The payload text ("" = none). @return kDataLoss, kIo.
  virtual Result<std::string> payload_text(base::PointOffset offset) const = 0;
  /// The payload parsed; an empty object when there is none.
  Result<base::json::Value> payload(base::PointOffset offset) const;

  virtual const index::PayloadIndexes& payload_indexes() const = 0;
  /// Rows that have the vector, or nullptr when there is no such vector name.
  virtual const base::Bitset* vector_presence(const std::string& name) const = 0;
};

}  // namespace alidade::segment
