#include <algorithm>
#include <utility>

#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/encode.h"
#include "faces/chroma_rest/fast_decode.h"
#include "faces/chroma_rest/handler_support.h"
#include "faces/chroma_rest/routes.h"
#include "faces/chroma_rest/where.h"

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
      auto made = batch_of(std::move(body), kind);
      if (!made.ok()) return broken_rule(call, ref, made.status());
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

/// The filter of a request, allowed by the collection's schema.
Result<std::optional<model::Filter>> allowed_filter(const WhereClauses& clauses,
                                                    const CollectionTraits& traits) {
  ALD_ASSIGN(auto filter, decode_where(clauses));
  if (filter) ALD_RETURN_IF_ERROR(traits.check(*filter));
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
    encode_get(records, body.include, out);
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
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_ASSIGN(const auto traits, find_traits(call, ref));
    if (const Status rule = check_query(body); !rule.ok()) return broken_rule(call, ref, rule);
    auto filter = allowed_filter(body.where, *traits);
    if (!filter.ok()) return broken_rule(call, ref, filter.status());
    ops::QueryRecords request;
    request.collection = ref;
    request.vectors = std::move(body.vectors);
    request.limit = body.n_results;
    if (body.ids) {
      request.ids = point_ids(*body.ids);
      if (request.ids->size() != body.ids->size()) {
        // An empty text names no record.
        return Status(StatusCode::kNotFound, "no such id", ErrorKind::kPointNotFound, {""});
      }
    }
    request.filter = *std::move(filter);
    request.with_payload = payload_of(body.include);
    request.with_vectors = vectors_of(body.include);
    ALD_ASSIGN(const auto lists, call.dispatcher.run(call.context, request));
    std::string out;
    encode_query(lists, body.include, out);
    return json_answer(std::move(out));
  });
}

}  // namespace alidade::faces::chroma_rest
