#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/ids.h"
#include "model/point_id.h"

namespace alidade::storage {

/// From what the user named a point to the row that holds it now. Not synchronised.
class IdMap {
 public:
  IdMap();
  ~IdMap();

  std::optional<base::PointOffset> find(const model::PointId& id) const;
  /// Maps the id to the offset. @return the offset that it had before.
  std::optional<base::PointOffset> assign(const model::PointId& id, base::PointOffset offset);
  /// Forgets the id if it is mapped to that offset.
  void erase(const model::PointId& id, base::PointOffset offset);
  void reserve(std::size_t count);
  std::size_t size() const;
  std::uint64_t memory_bytes() const;

 private:
  struct Table;
  std::unique_ptr<Table> table_;
};

}  // namespace alidade::storage
