#include "storage/point_order.h"

#include <algorithm>

namespace alidade::storage {

void PointOrder::add(const model::PointId& id, std::uint64_t first_seen, base::PointOffset row) {
  if (id.is_number()) {
    numbers_.insert(id.number(), 0);
  } else {
    uuids_.insert({id.high, id.low}, 0);
  }
  insertions_.insert(first_seen, row.value);
}

void PointOrder::remove(const model::PointId& id, std::uint64_t first_seen, base::PointOffset row) {
  if (id.is_number()) {
    numbers_.erase(id.number(), 0);
  } else {
    uuids_.erase({id.high, id.low}, 0);
  }
  insertions_.erase(first_seen, row.value);
}

void PointOrder::move(std::uint64_t old_first_seen,
                      base::PointOffset old_row,
                      std::uint64_t first_seen,
                      base::PointOffset row) {
  insertions_.erase(old_first_seen, old_row.value);
  insertions_.insert(first_seen, row.value);
}

// What ascends is put behind the last block, which is the cheapest insert there is, and leaves full ones.
void PointOrder::fill(std::span<const Point> points) {
  std::vector<std::uint64_t> numbers;
  std::vector<UuidKey> uuids;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> insertions;
  insertions.reserve(points.size());
  for (const Point& point : points) {
    if (point.id.is_number()) {
      numbers.push_back(point.id.number());
    } else {
      uuids.push_back({point.id.high, point.id.low});
    }
    insertions.emplace_back(point.first_seen, point.row.value);
  }
  std::sort(numbers.begin(), numbers.end());
  std::sort(uuids.begin(), uuids.end());
  std::sort(insertions.begin(), insertions.end());
  for (const std::uint64_t number : numbers) numbers_.insert(number, 0);
  for (const UuidKey& uuid : uuids) uuids_.insert(uuid, 0);
  for (const auto& [first_seen, row] : insertions) insertions_.insert(first_seen, row);
}

// Entries of 16 and 24 bytes in blocks that are three quarters full, or full where they ascend.
std::uint64_t PointOrder::memory_bytes() const {
  return numbers_.size() * 20 + uuids_.size() * 32 + insertions_.size() * 18;
}

IdCursor::IdCursor(const PointOrder& order, const std::optional<model::PointId>& start)
    : order_(order), number_(order.numbers_.begin()), uuid_(order.uuids_.begin()) {
  if (!start) return;
  if (start->is_number()) {
    number_ = order.numbers_.lower(start->number(), true);
  } else {
    number_ = order.numbers_.end();
    uuid_ = order.uuids_.lower({start->high, start->low}, true);
  }
}

std::optional<model::PointId> IdCursor::next() {
  if (number_ != order_.numbers_.end()) {
    const std::uint64_t number = order_.numbers_.at(number_).key;
    number_ = order_.numbers_.next(number_);
    return model::PointId::from_number(number);
  }
  if (uuid_ == order_.uuids_.end()) return std::nullopt;
  const auto& key = order_.uuids_.at(uuid_).key;
  const model::PointId id{model::PointId::Kind::kUuid, key.high, key.low};
  uuid_ = order_.uuids_.next(uuid_);
  return id;
}

InsertionCursor::InsertionCursor(const PointOrder& order, std::uint64_t skip)
    : order_(order), at_(order.insertions_.nth(skip)) {}

std::optional<base::PointOffset> InsertionCursor::next() {
  if (at_ == order_.insertions_.end()) return std::nullopt;
  const base::PointOffset row(order_.insertions_.at(at_).row);
  at_ = order_.insertions_.next(at_);
  return row;
}

}  // namespace alidade::storage
