#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "collection/catalogue.h"
#include "collection/read_session.h"
#include "env/memory_account.h"
#include "ops/answer_account.h"
#include "ops/dispatcher.h"
#include "ops/read_rows.h"
#include "ops/resolve_query.h"
#include "ops/run_query.h"
#include "query/plan.h"

namespace alidade::ops {
namespace {

using observe::OpContext;
using segment::VectorForm;

/// Fetches what the answer shows of the hits from `first` on.
Result<model::QueryHits> fetch(const collection::ReadSession& session,
                               const query::Hits& hits,
                               std::uint64_t first,
                               const model::PayloadSelector& with_payload,
                               const model::VectorSelector& with_vectors,
                               AnswerAccount& account,
                               bool is_again,
                               const OpContext& context) {
  model::QueryHits out;
  out.score_kind = hits.score_kind;
  out.vector_name = hits.vector_name;
  out.distance = hits.distance;
  for (std::size_t i = first; i < hits.points.size(); ++i) {
    if (out.points.size() % kRecordsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    const query::Hit& hit = hits.points[i];
    ALD_ASSIGN(auto record, session.fetch(hit.at(), with_payload, with_vectors, VectorForm::kStored));
    ALD_RETURN_IF_ERROR(account.add(record, is_again));
    if (!hit.from_vector_search) record.version = 0;  // As the peer: only searches tell versions.
    out.points.push_back({std::move(record), hit.score, hit.order_value});
  }
  return out;
}

/// Hits to be found: those that the offset leaves out as well. As with the peer, MMR takes no more than are shown, so
/// that an offset leaves fewer.
std::uint64_t wanted_hits(const query::ResolvedQuery& resolved, std::uint64_t limit, std::uint64_t offset) {
  const auto* nearest = resolved.kind ? std::get_if<query::Nearest>(&*resolved.kind) : nullptr;
  return nearest != nullptr && nearest->mmr ? limit : saturating_add(limit, offset);
}

/// A random sample is another one on each page: as the peer, it has no pages.
bool ignores_offset(const query::ResolvedQuery& resolved) {
  return resolved.prefetch.empty() && resolved.kind &&
         std::holds_alternative<model::SampleQuery>(*resolved.kind);
}

Result<std::vector<model::QueryHits>> run_queries(const Services& services,
                                                  OpContext& context,
                                                  const CollectionRef& ref,
                                                  std::span<const model::QueryRequest> requests) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(ref));
  ALD_RETURN_IF_ERROR(collection->shard().status());  // One that cannot be read is told before all else.
  std::vector<model::QueryHits> out;
  AnswerAccount account(services.memory);
  env::MemoryAccount looked_up(services.memory);
  const auto run = [&](std::size_t i, query::ResolvedQuery resolved) -> Status {
    const model::QueryRequest& request = requests[i];
    const std::uint64_t offset = ignores_offset(resolved) ? 0 : request.offset;
    resolved.limit = wanted_hits(resolved, request.limit, offset);
    const std::uint64_t threshold_bytes = indexing_threshold_bytes(*collection, resolved);
    ALD_ASSIGN(const auto session, collection::ReadSession::open(*collection));
    ALD_RETURN_IF_ERROR(session.check_vectors(request.with_vectors));
    ALD_ASSIGN(const auto plan, query::plan(std::move(resolved), session.schema(threshold_bytes), services.env.random_u64()));
    ALD_ASSIGN(const auto hits, session.query(plan, context, services.memory));
    ALD_ASSIGN(auto shown, fetch(session, hits, offset, request.with_payload, request.with_vectors, account, i > 0,
                                 context));
    out.push_back(std::move(shown));
    return {};
  };
  ALD_RETURN_IF_ERROR(resolve_queries(services.catalogue, ref, collection, requests, context, looked_up, run));
  return out;
}

}  // namespace

Result<model::QueryHits> QueryPoints::handle(const Services& services,
                                             OpContext& context,
                                             const QueryPoints& request) {
  ALD_ASSIGN(auto all, run_queries(services, context, request.collection, std::span(&request.query, 1)));
  return std::move(all.front());
}

Result<std::vector<model::QueryHits>> QueryBatch::handle(const Services& services,
                                                         OpContext& context,
                                                         const QueryBatch& request) {
  if (request.queries.empty()) return std::vector<model::QueryHits>{};  // Not even whether it exists.
  return run_queries(services, context, request.collection, request.queries);
}

}  // namespace alidade::ops
