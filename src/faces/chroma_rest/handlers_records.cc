#include <algorithm>
#include <utility>

#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/encode.h"
#include "faces/chroma_rest/fast_decode.h"
#include "faces/chroma_rest/handler_support.h"
#include "faces/chroma_rest/routes.h"
#include "faces/chroma_rest/where.h"
#include "ops/check_filter.h"

namespace alidade::faces::chroma_rest {

namespace {

model::Command command_of(model::PointBatch batch, RecordWrite kind) {
  switch (kind) {
    case RecordWrite::kAdd:
      return model::UpsertPoints{std::move(batch), model::UpdateMode::kInsertOnly, std::nullopt};
    case RecordWrite::kUpdate:
      return model::MergePoints{std::move(batch), model::UpdateMode::kUpdateOnly};
    case RecordWrite::kUpsert: break;
  }
  return model::MergePoints{std::move(batch), model::UpdateMode::kUpsert};
}

Result<ops::WritePoints::Outcome> run_write(const Call& call, const model::CollectionRef& ref,
                                            model::Command command) {
  ALD_ASSIGN(auto outcome,
             call.dispatcher.run(call.context, ops::WritePoints{ref, std::move(command)}));
  if (!outcome.problem.ok()) return outcome.problem;
  return outcome;
}

/// The length of the collection's vectors; 0 before the first one came.
Result<std::uint32_t> dimension_of(const Call& call, const model::CollectionRef& ref) {
  ALD_ASSIGN(const auto info, find_collection(call, ref));
  const auto vector = info.description.config.vectors.find("");
  return vector == info.description.config.vectors.end() ? 0 : vector->second.size;
}

/// Whether vectors of this length go with the collection.
Status check_dimension(const Call& call, const model::CollectionRef& ref, std::size_t given) {
  ALD_ASSIGN(const std::uint32_t dim, dimension_of(call, ref));
  if (dim == 0 || given == dim) return {};
  return Status(StatusCode::kInvalidArgument, "vectors of a wrong length", ErrorKind::kDimensionMismatch,
                {std::to_string(dim), std::to_string(given), ""});
}

net::HttpResponse write_records(const Call& call, RecordWrite kind) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    std::optional<model::PointBatch> batch = try_fast_records(call.request.body, kind);
    RecordsBody body;
    if (!batch) {
      ALD_ASSIGN(body, read_records(call.request.body, kind));
    }
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_RETURN_IF_ERROR(find_traits(call, ref).status());
    if (!batch) {
      if (const Status rule = check_columns(body); !rule.ok()) return broken_rule(call, ref, rule);
      const std::size_t dim = given_dimension(body);
      auto made = batch_of(std::move(body), kind);
      if (!made.ok()) {
        if (dim != 0) ALD_RETURN_IF_ERROR(check_dimension(call, ref, dim));
        return broken_rule(call, ref, made.status());
      }
      batch = std::move(made).value();
    }
    const int status = kind == RecordWrite::kAdd ? 201 : 200;
    if (batch->size() == 0) {
      ALD_RETURN_IF_ERROR(broken_rule(call, ref, Status()));
      return empty_object(status);
    }
    ALD_RETURN_IF_ERROR(run_write(call, ref, command_of(*std::move(batch), kind)).status());
    return empty_object(status);
  });
}

/// What is told of a filter that the rule refuses: a pattern that is none comes before the rule.
Status patterns_first(const std::optional<model::Filter>& filter, const Status& rule) {
  if (filter) ALD_RETURN_IF_ERROR(ops::check_filter(*filter));
  return rule;
}

/// The filter of a request, allowed by the collection's schema.
Result<std::optional<model::Filter>> allowed_filter(const WhereClauses& clauses,
                                                    const CollectionTraits& traits) {
  ALD_ASSIGN(auto filter, decode_where(clauses));
  if (!filter) return filter;
  const Status rule = traits.check(*filter);
  if (!rule.ok()) return patterns_first(filter, rule);
  return filter;
}

model::PayloadSelector payload_of(const IncludeList& include) {
  const bool needed = includes(include, Include::kDocuments) ||
                      includes(include, Include::kMetadatas) || includes(include, Include::kUris);
  return needed ? model::PayloadSelector::all() : model::PayloadSelector::none();
}

model::VectorSelector vectors_of(const IncludeList& include) {
  return includes(include, Include::kEmbeddings) ? model::VectorSelector::all()
                                                 : model::VectorSelector::none();
}

/// The filter of a query. Mistakes are told in the peer's order: the filter's own, vectors that do
/// not go with each other, vectors that do not go with the collection, what the schema forbids.
Result<std::optional<model::Filter>> query_filter(const Call& call, const model::CollectionRef& ref,
                                                  const QueryBody& body,
                                                  const CollectionTraits& traits) {
  auto filter = decode_where(body.where);
  if (!filter.ok()) return broken_rule(call, ref, filter.status());
  if (const Status rule = check_query(body); !rule.ok()) {
    return broken_rule(call, ref, patterns_first(*filter, rule));
  }
  const Status rule = *filter ? traits.check(**filter) : Status();
  if (rule.ok()) return filter;
  ALD_RETURN_IF_ERROR(broken_rule(call, ref, patterns_first(*filter, Status())));
  if (!body.vectors.empty()) ALD_RETURN_IF_ERROR(check_dimension(call, ref, body.vectors.front().size()));
  return rule;
}

net::HttpResponse deleted_answer(std::uint64_t count) {
  return json_answer("{\"deleted\":" + std::to_string(count) + "}");
}

}  // namespace

net::HttpResponse add_records(const Call& call) { return write_records(call, RecordWrite::kAdd); }

net::HttpResponse update_records(const Call& call) {
  return write_records(call, RecordWrite::kUpdate);
}

net::HttpResponse upsert_records(const Call& call) {
  return write_records(call, RecordWrite::kUpsert);
}

net::HttpResponse delete_records(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto body, read_delete(call.request.body));
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_ASSIGN(const auto traits, find_traits(call, ref));
    if (const Status rule = check_delete(body); !rule.ok()) return broken_rule(call, ref, rule);
    auto filter = allowed_filter(body.where, *traits);
    if (!filter.ok()) return broken_rule(call, ref, filter.status());
    if (!body.ids && !*filter) {
      ALD_RETURN_IF_ERROR(broken_rule(call, ref, Status()));
      return deleted_answer(0);
    }
    model::DeletePoints command;
    if (body.ids) command.selector.ids = point_ids(*body.ids);
    command.selector.filter = *std::move(filter);
    command.limit = body.limit;
    command.intersect = true;
    const bool by_ids_only = !command.selector.filter;
    ALD_ASSIGN(const auto outcome, run_write(call, ref, std::move(command)));
    // By ids alone the peer counts what was sent, not what was there.
    return deleted_answer(by_ids_only ? body.ids->size() : outcome.result.affected_count);
  });
}

net::HttpResponse count_records(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_RETURN_IF_ERROR(check_read_level(call.request));
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_RETURN_IF_ERROR(find_traits(call, ref).status());
    ALD_ASSIGN(const std::uint64_t count,
               call.dispatcher.run(call.context, ops::CountPoints{ref, std::nullopt, true}));
    return json_answer(std::to_string(count));
  });
}

net::HttpResponse get_records(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto body, read_get(call.request.body));
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_ASSIGN(const auto traits, find_traits(call, ref));
    auto filter = allowed_filter(body.where, *traits);
    if (!filter.ok()) return broken_rule(call, ref, filter.status());
    ops::GetRecords request;
    request.collection = ref;
    if (body.ids) request.ids = point_ids(*body.ids);
    request.filter = *std::move(filter);
    request.limit = body.limit;
    request.offset = body.offset;
    request.with_payload = payload_of(body.include);
    request.with_vectors = vectors_of(body.include);
    ALD_ASSIGN(const auto records, call.dispatcher.run(call.context, request));
    std::string out;
    ALD_RETURN_IF_ERROR(encode_get(records, body.include, call.context, out));
    return json_answer(std::move(out));
  });
}

net::HttpResponse query_records(const Call& call) {
  return answer(Scene::kQuery, [&]() -> Result<net::HttpResponse> {
    std::optional<QueryBody> fast = try_fast_query(call.request.body);
    if (!fast) {
      ALD_ASSIGN(fast, read_query(call.request.body));
    }
    QueryBody& body = *fast;
    if (!call.request.vectors.empty()) body.vectors = call.request.vectors;
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_ASSIGN(const auto traits, find_traits(call, ref));
    ALD_ASSIGN(auto filter, query_filter(call, ref, body, *traits));
    ops::QueryRecords request;
    request.collection = ref;
    request.vectors = std::move(body.vectors);
    request.limit = body.n_results;
    if (body.ids) request.ids = point_ids(*body.ids);
    request.filter = std::move(filter);
    request.with_payload = payload_of(body.include);
    request.with_vectors = vectors_of(body.include);
    ALD_ASSIGN(const auto lists, call.dispatcher.run(call.context, request));
    if (!request.filter && body.ids && request.ids->size() != body.ids->size()) {
      // An empty text names no record: refused like any id that is not there.
      ALD_ASSIGN(const std::uint32_t dim, dimension_of(call, ref));
      if (dim != 0) {
        return Status(StatusCode::kNotFound, "no such id", ErrorKind::kPointNotFound, {""});
      }
    }
    std::string out;
    ALD_RETURN_IF_ERROR(encode_query(lists, body.include, call.context, out));
    return json_answer(std::move(out));
  });
}

}  // namespace alidade::faces::chroma_rest
