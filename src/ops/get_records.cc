// Chroma's get: rows by ids and a filter, in the order in which they came.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include "collection/catalogue.h"
#include "observe/row_check.h"
#include "ops/dispatcher.h"
#include "ops/read_rows.h"
#include "query/filter/filter.h"
#include "query/page.h"

namespace alidade::ops {
namespace {

using base::PointOffset;
using model::PointId;
using observe::OpContext;
using segment::Segment;
using Row = std::pair<std::uint64_t, PointOffset>;  // When it was first seen, and where it is.

/// Of the rows that are named, those that pass, in the order of insertion.
Result<std::vector<PointOffset>> named_rows(const Segment& segment,
                                            const GetRecords& request,
                                            const query::PreparedFilter* filter,
                                            const OpContext& context) {
  std::optional<query::Narrowed> candidates;
  if (filter != nullptr) {
    ALD_ASSIGN(candidates, filter->narrow(context));
  }
  observe::RowCheck check(context);
  std::vector<Row> rows;
  std::unordered_set<PointId> seen;
  for (const PointId& id : *request.ids) {
    ALD_RETURN_IF_ERROR(check.next());
    const auto offset = segment.find(id);
    if (!offset || !seen.insert(id).second) continue;
    if (candidates) {
      ALD_ASSIGN(const bool passed, candidates->passes(*offset));
      if (!passed) continue;
    }
    rows.emplace_back(segment.first_seen(*offset), *offset);
  }
  std::sort(rows.begin(), rows.end());
  const std::size_t begin = std::min<std::uint64_t>(request.offset, rows.size());
  const std::size_t count = std::min<std::uint64_t>(request.limit.value_or(rows.size()), rows.size() - begin);
  std::vector<PointOffset> page;
  for (std::size_t i = begin; i < begin + count; ++i) page.push_back(rows[i].second);
  return page;
}

}  // namespace

Result<std::vector<model::PointRecord>> GetRecords::handle(const Services& services,
                                                           OpContext& context,
                                                           const GetRecords& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  const auto view = shard->read_view();
  const Segment& segment = view.segment();
  std::optional<query::PreparedFilter> prepared;
  if (request.filter && !request.filter->empty()) {
    ALD_ASSIGN(prepared, query::PreparedFilter::prepare(*request.filter, segment));
  }
  const query::PreparedFilter* filter = prepared ? &*prepared : nullptr;
  const std::uint64_t limit = request.limit.value_or(std::numeric_limits<std::uint64_t>::max());
  ALD_ASSIGN(const auto rows, request.ids ? named_rows(segment, request, filter, context)
                                          : query::page_by_insertion(segment, filter, request.offset, limit, context));
  std::vector<model::PointRecord> out;
  out.reserve(rows.size());
  for (const PointOffset offset : rows) {
    if (out.size() % kRecordsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    ALD_ASSIGN(auto record, segment.record(offset, request.with_payload, request.with_vectors,
                                           segment::VectorForm::kOriginal));
    out.push_back(std::move(record));
  }
  return out;
}

}  // namespace alidade::ops
