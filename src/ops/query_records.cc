// Chroma's query: the nearest rows to each of several vectors, among those that ids and a filter allow.
#include <fmt/format.h>

#include "collection/catalogue.h"
#include "ops/answer_account.h"
#include "ops/check_filter.h"
#include "ops/dispatcher.h"
#include "ops/read_rows.h"
#include "query/filter/filter.h"

namespace alidade::ops {
namespace {

using observe::OpContext;
using segment::Segment;

Status check_dimensions(const QueryRecords& request, std::uint32_t dim) {
  for (const auto& values : request.vectors) {
    if (values.size() == dim) continue;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("expected {} values, got {}", dim, values.size()),
                  ErrorKind::kDimensionMismatch,
                  {std::to_string(dim), std::to_string(values.size()), ""});
  }
  return {};
}

/// The rows that are named. An id that is not there is refused where nothing but the ids decides.
Result<query::Selection> named_rows(const Segment& segment,
                                    const std::vector<model::PointId>& ids,
                                    bool has_filter,
                                    const OpContext& context) {
  query::Selection named{base::Bitset(segment.row_count()), 0};
  std::size_t looked_up = 0;
  for (const model::PointId& id : ids) {
    if (looked_up++ % kIdsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    if (const auto offset = segment.find(id)) {
      named.rows.set(offset->value);
    } else if (!has_filter) {
      return Status(StatusCode::kNotFound, fmt::format("No point with id {} found", id.to_string()),
                    ErrorKind::kPointNotFound, {id.to_string()});
    }
  }
  return named;
}

/// The rows that may answer; nullopt = all.
Result<std::optional<query::Selection>> candidates(const Segment& segment,
                                                   const QueryRecords& request,
                                                   const std::optional<query::PreparedFilter>& filter,
                                                   const OpContext& context) {
  std::optional<query::Selection> selection;
  if (filter) {
    ALD_ASSIGN(selection, filter->select(context));
  }
  if (!request.ids) return selection;
  ALD_ASSIGN(query::Selection named, named_rows(segment, *request.ids, filter.has_value(), context));
  if (selection) named.rows &= selection->rows;
  named.count = named.rows.count();
  return std::optional<query::Selection>(std::move(named));
}

Result<model::QueryHits> nearest(const Segment& segment,
                                 const segment::VectorField& field,
                                 const QueryRecords& request,
                                 const std::vector<float>& values,
                                 const std::optional<query::Selection>& selection,
                                 AnswerAccount& account,
                                 bool is_again,
                                 OpContext& context) {
  segment::VectorQuery query;
  const segment::PreparedQuery prepared = segment.prepare_query(field, values);
  query.name = field.name;
  query.query = &prepared;
  query.limit = request.limit;
  query.exact = request.params.exact;
  query.ef = request.params.hnsw_ef.value_or(field.hnsw.ef_search != 0 ? field.hnsw.ef_search
                                                                      : field.hnsw.ef_construct);
  ALD_ASSIGN(const auto rows,
             segment.search(query, selection ? &selection->rows : nullptr,
                            selection ? selection->count : segment.live_count(), context));
  model::QueryHits hits;
  hits.score_kind = model::ScoreKind::kSimilarity;
  hits.distance = field.params.distance;
  for (const auto& row : rows) {
    if (hits.points.size() % kRecordsPerCheck == 0) ALD_RETURN_IF_ERROR(context.check());
    ALD_ASSIGN(auto record, segment.record(row.offset, request.with_payload, request.with_vectors,
                                           segment::VectorForm::kOriginal));
    ALD_RETURN_IF_ERROR(account.add(record, is_again));
    hits.points.push_back({std::move(record), row.similarity, std::nullopt});
  }
  return hits;
}

}  // namespace

Status check_filter(const model::Filter& filter) { return query::validate(filter); }

Result<std::vector<model::QueryHits>> QueryRecords::handle(const Services& services,
                                                           OpContext& context,
                                                           const QueryRecords& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  const auto view = shard->read_view();
  const Segment& segment = view.segment();
  std::optional<query::PreparedFilter> filter;
  if (request.filter && !request.filter->empty()) {
    ALD_ASSIGN(filter, query::PreparedFilter::prepare(*request.filter, segment));
  }
  const segment::VectorField* field = segment.find_vector("");
  std::vector<model::QueryHits> out(request.vectors.size());
  if (field == nullptr || !field->spec) return out;  // No vector yet: nothing is near.
  ALD_RETURN_IF_ERROR(check_dimensions(request, field->params.size));
  ALD_ASSIGN(const auto selection, candidates(segment, request, filter, context));
  AnswerAccount account(services.memory);
  for (std::size_t i = 0; i < request.vectors.size(); ++i) {
    ALD_ASSIGN(out[i], nearest(segment, *field, request, request.vectors[i], selection, account, i > 0, context));
  }
  return out;
}

}  // namespace alidade::ops
