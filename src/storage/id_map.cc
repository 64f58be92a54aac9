#include "storage/id_map.h"

namespace alidade::storage {

std::optional<base::PointOffset> IdMap::find(const model::PointId& id) const {
  const std::uint32_t* found = offsets_.find(id);
  if (found == nullptr) return std::nullopt;
  return base::PointOffset(*found);
}

std::optional<base::PointOffset> IdMap::assign(const model::PointId& id, base::PointOffset offset) {
  const auto before = find(id);
  offsets_.write_or_insert(id) = offset.value;
  return before;
}

bool IdMap::erase(const model::PointId& id, base::PointOffset offset) {
  return find(id) == offset && offsets_.erase(id);
}

}  // namespace alidade::storage
