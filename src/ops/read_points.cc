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
#include "query/page.h"

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

/// The filter made ready; nullopt when all rows pass.
Result<std::optional<query::PreparedFilter>> prepare(const Segment& segment,
                                                     const std::optional<model::Filter>& filter) {
  std::optional<query::PreparedFilter> prepared;
  if (!filter || filter->empty()) return prepared;
  ALD_ASSIGN(prepared, query::PreparedFilter::prepare(*filter, segment));
  return prepared;
}

Result<ScrollPage> scroll_by_id(const Segment& segment,
                                const ScrollPoints& request,
                                const query::PreparedFilter* filter,
                                const OpContext& context) {
  // One more than asked: its id is the next page's offset. Nobody gets more than there are.
  const std::uint64_t wanted = std::min(request.limit, segment.live_count()) + 1;
  ALD_ASSIGN(const auto rows, query::page_by_id(segment, filter, request.offset, wanted, context));
  RowCheck check(context);
  ScrollPage page;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == request.limit) {
      page.next_page = segment.id(rows[i]);
      break;
    }
    ALD_RETURN_IF_ERROR(check.next());
    ALD_ASSIGN(auto record, segment.record(rows[i], request.with_payload, request.with_vectors, VectorForm::kStored));
    page.points.push_back({std::move(record), std::nullopt});
  }
  return page;
}

Result<ScrollPage> scroll_by_value(const Segment& segment,
                                   const ScrollPoints& request,
                                   const query::PreparedFilter* filter,
                                   const OpContext& context) {
  ALD_ASSIGN(const auto rows, query::page_by_value(segment, *request.order_by, filter, request.limit, context));
  RowCheck check(context);
  ScrollPage page;
  for (const index::OrderedEntry& entry : rows) {
    ALD_RETURN_IF_ERROR(check.next());
    ALD_ASSIGN(auto record, segment.record(entry.offset, request.with_payload, request.with_vectors, VectorForm::kStored));
    page.points.push_back({std::move(record), entry.key});
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
  ALD_RETURN_IF_ERROR(view.segment().check_vectors(request.with_vectors));
  ALD_ASSIGN(const auto prepared, prepare(view.segment(), request.filter));
  const query::PreparedFilter* filter = prepared ? &*prepared : nullptr;
  return request.order_by ? scroll_by_value(view.segment(), request, filter, context)
                          : scroll_by_id(view.segment(), request, filter, context);
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
