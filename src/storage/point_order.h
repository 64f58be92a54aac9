#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/sorted_blocks.h"
#include "model/point_id.h"

namespace alidade::storage {

/// The live points in the order of their ids and in that of their insertion: about 38 bytes for each, 50 where
/// the id is a UUID. A value: copies share what neither of them has changed. Mutations as PointStore says.
class PointOrder {
 public:
  void add(const model::PointId& id, std::uint64_t first_seen, base::PointOffset row);
  void remove(const model::PointId& id, std::uint64_t first_seen, base::PointOffset row);
  /// The point has another row, and perhaps another place in the order of insertion.
  void move(std::uint64_t old_first_seen, base::PointOffset old_row, std::uint64_t first_seen, base::PointOffset row);
  /// Instead of add() for each of many; this must be empty.
  struct Point {
    model::PointId id;
    std::uint64_t first_seen = 0;
    base::PointOffset row;
  };
  void fill(std::span<const Point> points);
  /// About; O(1).
  std::uint64_t memory_bytes() const;

 private:
  friend class IdCursor;
  friend class InsertionCursor;

  struct UuidKey {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator<(const UuidKey& a, const UuidKey& b) {
      return a.high != b.high ? a.high < b.high : a.low < b.low;
    }
  };

  base::SortedBlocks<std::uint64_t> numbers_;  // Their rows are in the map of ids, and 0 here.
  base::SortedBlocks<UuidKey> uuids_;          // The same.
  base::SortedBlocks<std::uint64_t> insertions_;
};

/// Walks the ids in order. Borrows the order, which must not change.
class IdCursor {
 public:
  /// @param start the first id to come, whether it is there or not; nullopt = all.
  IdCursor(const PointOrder& order, const std::optional<model::PointId>& start);
  std::optional<model::PointId> next();

 private:
  const PointOrder& order_;
  base::SortedBlocks<std::uint64_t>::Position number_;
  base::SortedBlocks<PointOrder::UuidKey>::Position uuid_;
};

/// Walks the rows in the order in which their points were inserted. Borrows the order, which must not change.
class InsertionCursor {
 public:
  /// @param skip how many of the first are left out: steps over blocks of 256.
  InsertionCursor(const PointOrder& order, std::uint64_t skip);
  std::optional<base::PointOffset> next();

 private:
  const PointOrder& order_;
  base::SortedBlocks<std::uint64_t>::Position at_;
};

}  // namespace alidade::storage
