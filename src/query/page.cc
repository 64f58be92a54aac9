#include "query/page.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>

#include "observe/row_check.h"
#include "query/rows.h"

namespace alidade::query {
namespace {

using base::PointOffset;
using segment::Segment;
using Rows = std::vector<PointOffset>;

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

/// Whether to sort all candidates rather than to walk in order until enough of them came by, as if they were
/// spread evenly.
bool sorting_is_cheaper(const Narrowed& candidates, std::uint64_t row_count, std::uint64_t wanted) {
  const auto count = static_cast<double>(candidates.count());
  const auto rows = static_cast<double>(row_count);
  if (count == 0) return true;
  const double walked = std::min(rows, static_cast<double>(wanted) * rows / count);
  return count * static_cast<double>(std::bit_width(candidates.count())) < walked;
}

/// Takes the rows that pass, behind the first `skip` of them.
class Taker {
 public:
  Taker(const Narrowed* candidates, std::uint64_t skip, std::uint64_t limit, const observe::OpContext& context)
      : candidates_(candidates), skip_(skip), limit_(limit), check_(context) {}

  bool is_full() const { return rows_.size() >= limit_; }
  Status offer(PointOffset row) {
    ALD_RETURN_IF_ERROR(check_.next());
    if (candidates_ != nullptr) {
      ALD_ASSIGN(const bool passed, candidates_->passes(row));
      if (!passed) return {};
    }
    if (skip_ > 0) {
      --skip_;
    } else {
      rows_.push_back(row);
    }
    return {};
  }
  Rows take() { return std::move(rows_); }

 private:
  const Narrowed* candidates_;
  std::uint64_t skip_;
  std::uint64_t limit_;
  observe::RowCheck check_;
  Rows rows_;
};

/// Offers the candidates in the order of their keys. @param key_of nullopt = the row is left out.
template <typename Key, typename KeyOf>
Result<Rows> take_sorted(const Narrowed& candidates, Taker& taker, const observe::OpContext& context, KeyOf key_of) {
  std::vector<std::pair<Key, PointOffset>> sorted;
  ALD_RETURN_IF_ERROR(for_each_row(candidates.possible(), context, [&](std::size_t row) {
    const PointOffset offset(static_cast<std::uint32_t>(row));
    if (const std::optional<Key> key = key_of(offset)) sorted.emplace_back(*key, offset);
  }));
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size() && !taker.is_full(); ++i) {
    ALD_RETURN_IF_ERROR(taker.offer(sorted[i].second));
  }
  return taker.take();
}

Result<std::optional<Narrowed>> narrow(const PreparedFilter* filter, const observe::OpContext& context) {
  std::optional<Narrowed> candidates;
  if (filter == nullptr) return candidates;
  ALD_ASSIGN(candidates, filter->narrow(context));
  return candidates;
}

}  // namespace

Result<Rows> page_by_id(const Segment& segment,
                        const PreparedFilter* filter,
                        const std::optional<model::PointId>& start,
                        std::uint64_t limit,
                        const observe::OpContext& context) {
  ALD_RETURN_IF_ERROR(context.check());
  ALD_ASSIGN(const auto candidates, narrow(filter, context));
  Taker taker(candidates ? &*candidates : nullptr, 0, limit, context);
  if (candidates && sorting_is_cheaper(*candidates, segment.live_count(), limit)) {
    return take_sorted<model::PointId>(*candidates, taker, context, [&](PointOffset row) {
      const model::PointId id = segment.id(row);
      return start && id < *start ? std::nullopt : std::optional(id);
    });
  }
  storage::IdCursor cursor = segment.store().by_id(start);
  while (!taker.is_full()) {
    const auto id = cursor.next();
    if (!id) break;
    if (const auto row = segment.find(*id)) ALD_RETURN_IF_ERROR(taker.offer(*row));
  }
  return taker.take();
}

Result<Rows> page_by_insertion(const Segment& segment,
                               const PreparedFilter* filter,
                               std::uint64_t skip,
                               std::uint64_t limit,
                               const observe::OpContext& context) {
  ALD_RETURN_IF_ERROR(context.check());
  ALD_ASSIGN(const auto candidates, narrow(filter, context));
  if (candidates && skip >= candidates->count()) return Rows();
  Taker taker(candidates ? &*candidates : nullptr, candidates ? skip : 0, limit, context);
  if (candidates && sorting_is_cheaper(*candidates, segment.live_count(), saturating_add(skip, limit))) {
    return take_sorted<std::uint64_t>(*candidates, taker, context,
                                      [&](PointOffset row) { return std::optional(segment.first_seen(row)); });
  }
  storage::InsertionCursor cursor = segment.store().by_insertion(candidates ? 0 : skip);
  while (!taker.is_full()) {
    const auto row = cursor.next();
    if (!row) break;
    ALD_RETURN_IF_ERROR(taker.offer(*row));
  }
  return taker.take();
}

Result<std::vector<index::OrderedEntry>> page_by_value(const Segment& segment,
                                                       const model::OrderBy& order,
                                                       const std::function<Result<bool>(PointOffset)>& passes,
                                                       std::uint64_t limit,
                                                       const observe::OpContext& context) {
  const auto direction = order.direction == model::Direction::Kind::kAscending ? index::OrderDirection::kAscending
                                                                                : index::OrderDirection::kDescending;
  const std::string path = order.key.to_string();
  const auto cursor = segment.payload_indexes().ordered(path, direction, order.start_from);
  if (cursor == nullptr) {
    return Status(StatusCode::kInvalidArgument, "no range index for '" + path + "'", ErrorKind::kNoRangeIndex, {path});
  }
  observe::RowCheck check(context);
  std::vector<index::OrderedEntry> page;
  while (page.size() < limit) {
    ALD_RETURN_IF_ERROR(check.next());
    const auto entry = cursor->next();
    if (!entry) break;
    ALD_ASSIGN(const bool passed, passes(entry->offset));
    if (passed) page.push_back(*entry);
  }
  return page;
}

Result<std::vector<index::OrderedEntry>> page_by_value(const Segment& segment,
                                                       const model::OrderBy& order,
                                                       const PreparedFilter* filter,
                                                       std::uint64_t limit,
                                                       const observe::OpContext& context) {
  ALD_ASSIGN(const auto candidates, narrow(filter, context));
  const auto passes = [&](PointOffset row) -> Result<bool> {
    if (row.value >= segment.row_count() || !segment.live().test(row.value)) return false;
    return candidates ? candidates->passes(row) : Result<bool>(true);
  };
  return page_by_value(segment, order, passes, limit, context);
}

}  // namespace alidade::query
