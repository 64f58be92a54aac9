// Chroma's get: rows by ids and a filter, in the order in which they came.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include "collection/catalogue.h"
#include "ops/dispatcher.h"
#include "ops/read_rows.h"
#include "query/filter/filter.h"

namespace alidade::ops {
namespace {

using base::PointOffset;
using model::PointId;
using observe::OpContext;
using segment::Segment;
using Row = std::pair<std::uint64_t, PointOffset>;  // When it was first seen, and where it is.

Result<std::vector<Row>> named_rows(const Segment& segment,
                                    const std::vector<PointId>& ids,
                                    const query::Selection& selection,
                                    const OpContext& context) {
  std::vector<Row> rows;
  std::unordered_set<PointId> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % kIdsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    const auto offset = segment.find(ids[i]);
    if (!offset || !selection.rows.test(offset->value) || !seen.insert(ids[i]).second) continue;
    rows.emplace_back(segment.first_seen(*offset), *offset);
  }
  return rows;
}

Result<std::vector<Row>> selected_rows(const Segment& segment,
                                       const query::Selection& selection,
                                       const OpContext& context) {
  std::vector<Row> rows;
  rows.reserve(selection.count);
  for (std::size_t i = selection.rows.find_next(0); i < selection.rows.size();
       i = selection.rows.find_next(i + 1)) {
    if (rows.size() % kIdsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    const PointOffset offset(static_cast<std::uint32_t>(i));
    rows.emplace_back(segment.first_seen(offset), offset);
  }
  return rows;
}

/// Puts the rows [offset, offset + limit) where they belong, and cuts the others off.
void cut_page(std::uint64_t offset, std::uint64_t limit, std::vector<Row>& rows) {
  const std::size_t begin = std::min<std::uint64_t>(offset, rows.size());
  const std::size_t end = begin + std::min<std::uint64_t>(limit, rows.size() - begin);
  // Rows lie in the order in which they came until some are written again.
  if (!std::is_sorted(rows.begin(), rows.end())) {
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(end), rows.end());
  }
  rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(end), rows.end());
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace

Result<std::vector<model::PointRecord>> GetRecords::handle(const Services& services,
                                                           OpContext& context,
                                                           const GetRecords& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  const auto view = shard->read_view();
  const Segment& segment = view.segment();
  ALD_ASSIGN(const query::Selection selection, select_rows(segment, request.filter, context));
  ALD_ASSIGN(auto rows, request.ids ? named_rows(segment, *request.ids, selection, context)
                                    : selected_rows(segment, selection, context));
  cut_page(request.offset, request.limit.value_or(std::numeric_limits<std::uint64_t>::max()), rows);
  std::vector<model::PointRecord> out;
  out.reserve(rows.size());
  for (const auto& [first_seen, offset] : rows) {
    if (out.size() % kRecordsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    ALD_ASSIGN(auto record, segment.record(offset, request.with_payload, request.with_vectors,
                                           segment::VectorForm::kOriginal));
    out.push_back(std::move(record));
  }
  return out;
}

}  // namespace alidade::ops
