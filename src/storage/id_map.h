#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/cow_map.h"
#include "base/ids.h"
#include "model/point_id.h"

namespace alidade::storage {

/// From what the user named a point to the row that holds it now. A value: copies share what neither of
/// them has changed.
class IdMap {
 public:
  std::optional<base::PointOffset> find(const model::PointId& id) const;
  /// Maps the id to the offset. @return the offset that it had before.
  std::optional<base::PointOffset> assign(const model::PointId& id, base::PointOffset offset);
  /// Forgets the id if it is mapped to that offset. @return whether it was.
  bool erase(const model::PointId& id, base::PointOffset offset);
  std::size_t size() const { return offsets_.size(); }
  std::uint64_t memory_bytes() const { return offsets_.memory_bytes(); }

 private:
  base::CowMap<model::PointId, std::uint32_t> offsets_;
};

}  // namespace alidade::storage
