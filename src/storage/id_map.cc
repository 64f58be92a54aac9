#include "storage/id_map.h"

#include <boost/unordered/unordered_flat_map.hpp>

namespace alidade::storage {
namespace {

struct PointIdHash {
  using is_avalanching = void;  // std::hash<PointId> mixes already; Boost must not mix again.
  std::size_t operator()(const model::PointId& id) const noexcept {
    return std::hash<model::PointId>()(id);
  }
};

}  // namespace

struct IdMap::Table {
  boost::unordered_flat_map<model::PointId, std::uint32_t, PointIdHash> offsets;
};

IdMap::IdMap() : table_(std::make_unique<Table>()) {}
IdMap::~IdMap() = default;

std::optional<base::PointOffset> IdMap::find(const model::PointId& id) const {
  const auto found = table_->offsets.find(id);
  if (found == table_->offsets.end()) return std::nullopt;
  return base::PointOffset(found->second);
}

std::optional<base::PointOffset> IdMap::assign(const model::PointId& id, base::PointOffset offset) {
  const auto [place, inserted] = table_->offsets.try_emplace(id, offset.value);
  if (inserted) return std::nullopt;
  const base::PointOffset before(place->second);
  place->second = offset.value;
  return before;
}

void IdMap::erase(const model::PointId& id, base::PointOffset offset) {
  const auto found = table_->offsets.find(id);
  if (found != table_->offsets.end() && found->second == offset.value) table_->offsets.erase(found);
}

void IdMap::reserve(std::size_t count) { table_->offsets.reserve(count); }

std::size_t IdMap::size() const { return table_->offsets.size(); }

std::uint64_t IdMap::memory_bytes() const {
  // One byte of metadata per slot, 15 slots to a group of 16.
  return table_->offsets.bucket_count() * (sizeof(std::pair<model::PointId, std::uint32_t>) + 2);
}

}  // namespace alidade::storage
