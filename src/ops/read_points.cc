// Reads that answer rows without a vector search: retrieve, scroll, count, facet.
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "collection/catalogue.h"
#include "collection/read_session.h"
#include "observe/row_check.h"
#include "ops/dispatcher.h"
#include "ops/read_rows.h"
#include "query/filter/filter.h"

namespace alidade::ops {
namespace {

using base::PointOffset;
using model::PointId;
using observe::OpContext;
using observe::RowCheck;
using segment::Segment;
using segment::VectorForm;

Result<std::shared_ptr<shard::Shard>> shard_of(const Services& services, const CollectionRef& ref) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(ref));
  return collection->shard();
}

Result<ScrollPage> scroll_by_id(const Segment& segment,
                                const ScrollPoints& request,
                                const query::Selection& selection,
                                const OpContext& context) {
  RowCheck check(context);
  std::vector<std::pair<PointId, PointOffset>> rows;
  for (std::size_t i = selection.rows.find_next(0); i < selection.rows.size(); i = selection.rows.find_next(i + 1)) {
    ALD_RETURN_IF_ERROR(check.next());
    const PointOffset offset(static_cast<std::uint32_t>(i));
    const PointId id = segment.id(offset);
    if (!request.offset || id >= *request.offset) rows.emplace_back(id, offset);
  }
  // One more than asked: its id is the next page's offset.
  const std::size_t wanted = request.limit >= rows.size() ? rows.size() : request.limit + 1;
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(wanted), rows.end());
  ScrollPage page;
  for (std::size_t i = 0; i < wanted; ++i) {
    if (i == request.limit) {
      page.next_page = rows[i].first;
      break;
    }
    ALD_RETURN_IF_ERROR(check.next());
    ALD_ASSIGN(auto record, segment.record(rows[i].second, request.with_payload, request.with_vectors,
                                           VectorForm::kStored));
    page.points.push_back({std::move(record), std::nullopt});
  }
  return page;
}

Result<ScrollPage> scroll_by_value(const Segment& segment,
                                   const ScrollPoints& request,
                                   const query::Selection& selection,
                                   const OpContext& context) {
  const model::OrderBy& order = *request.order_by;
  const auto direction = order.direction == model::Direction::Kind::kAscending
                             ? index::OrderDirection::kAscending
                             : index::OrderDirection::kDescending;
  const std::string path = order.key.to_string();
  const auto cursor = segment.payload_indexes().ordered(path, direction, order.start_from);
  if (cursor == nullptr) {
    return Status(StatusCode::kInvalidArgument, fmt::format("no range index for '{}'", path),
                  ErrorKind::kNoRangeIndex, {path});
  }
  RowCheck check(context);
  ScrollPage page;
  while (page.points.size() < request.limit) {
    ALD_RETURN_IF_ERROR(check.next());
    const auto entry = cursor->next();
    if (!entry) break;
    if (entry->offset.value >= selection.rows.size() || !selection.rows.test(entry->offset.value)) continue;
    ALD_ASSIGN(auto record, segment.record(entry->offset, request.with_payload, request.with_vectors,
                                           VectorForm::kStored));
    page.points.push_back({std::move(record), entry->key});
  }
  return page;
}

Result<collection::ReadSession> session_of(const Services& services, const CollectionRef& ref) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(ref));
  return collection::ReadSession::open(*collection);
}

FacetValue facet_value(const index::FacetValue& value) {
  if (const auto* b = std::get_if<bool>(&value)) return *b;
  if (const auto* i = std::get_if<std::int64_t>(&value)) return *i;
  return std::get<std::string>(value);
}

}  // namespace

Result<std::vector<model::PointRecord>> RetrievePoints::handle(const Services& services,
                                                               OpContext& context,
                                                               const RetrievePoints& request) {
  ALD_ASSIGN(const auto session, session_of(services, request.collection));
  ALD_RETURN_IF_ERROR(session.check_vectors(request.with_vectors));
  RowCheck check(context);
  std::vector<model::PointRecord> out;
  std::unordered_set<PointId> seen;
  for (const PointId& id : request.ids) {
    ALD_RETURN_IF_ERROR(check.next());
    const auto row = session.find(id);
    if (!row || !seen.insert(id).second) continue;
    ALD_ASSIGN(auto record, session.fetch(*row, request.with_payload, request.with_vectors, VectorForm::kStored));
    out.push_back(std::move(record));
  }
  return out;
}

Result<ScrollPage> ScrollPoints::handle(const Services& services,
                                        OpContext& context,
                                        const ScrollPoints& request) {
  ALD_ASSIGN(const auto shard, shard_of(services, request.collection));
  const auto view = shard->read_view();
  ALD_RETURN_IF_ERROR(check_vector_names(view.segment(), request.with_vectors));
  ALD_ASSIGN(const query::Selection selection, select_rows(view.segment(), request.filter, context));
  return request.order_by ? scroll_by_value(view.segment(), request, selection, context)
                          : scroll_by_id(view.segment(), request, selection, context);
}

Result<std::uint64_t> CountPoints::handle(const Services& services,
                                          OpContext& context,
                                          const CountPoints& request) {
  ALD_ASSIGN(const auto session, session_of(services, request.collection));
  return session.count(request.filter, context);
}

Result<std::vector<FacetHit>> Facet::handle(const Services& services,
                                            OpContext& context,
                                            const Facet& request) {
  ALD_ASSIGN(const auto session, session_of(services, request.collection));
  ALD_ASSIGN(const auto counts, session.facet(request.key, request.filter, request.limit, context));
  std::vector<FacetHit> out;
  for (const auto& entry : counts) out.push_back({facet_value(entry.value), entry.count});
  return out;
}

}  // namespace alidade::ops
