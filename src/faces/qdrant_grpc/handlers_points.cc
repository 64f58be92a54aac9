#include "faces/qdrant_grpc/decode_points.h"
#include "faces/qdrant_grpc/decode_query.h"
#include "faces/qdrant_grpc/encode.h"
#include "faces/qdrant_grpc/handlers.h"

namespace alidade::faces::qdrant_grpc {
namespace {

/// What `wait` asks for: true is answered when the write survives power loss.
template <typename Request>
model::Durability durability_of(const Request& request) {
  return request.wait() ? model::Durability::kSynced : model::Durability::kLogged;
}

template <typename Request>
bool is_refused(const Request& request, const Status& problem) {
  return !problem.ok() && (request.wait() || !is_found_late(problem));
}

template <auto Read, typename Request>
Status write(const Call& call,
             const Request& request,
             ::qdrant::PointsOperationResponse& response) {
  ALD_ASSIGN(model::Command command, Read(request));
  ops::WritePoints write;
  write.collection = ops::CollectionRef::by_name(request.collection_name());
  write.command = std::move(command);
  write.durability = durability_of(request);
  ALD_ASSIGN(const auto outcome, call.dispatcher.run(call.context, write));
  if (is_refused(request, outcome.problem)) return outcome.problem;
  fill_update(outcome.result, request.wait(), *response.mutable_result());
  return Status::ok_status();
}

/// Reads, runs and fills the `result` list of hits.
template <auto Read, typename Request, typename Response>
Status hits(const Call& call, const Request& request, Response& response) {
  env::MemoryAccount account(call.dispatcher.services().memory);
  ALD_RETURN_IF_ERROR(charge_query(request, account));
  ALD_ASSIGN(const ops::QueryPoints query, Read(request));
  ALD_ASSIGN(const auto found, call.dispatcher.run(call.context, query));
  fill_hits(found, *response.mutable_result());
  return Status::ok_status();
}

template <auto Read, typename Request, typename Response>
Status batch(const Call& call, const Request& request, Response& response) {
  env::MemoryAccount account(call.dispatcher.services().memory);
  ALD_RETURN_IF_ERROR(charge_query(request, account));
  ALD_ASSIGN(const ops::QueryBatch query, Read(request));
  ALD_ASSIGN(const auto found, call.dispatcher.run(call.context, query));
  fill_batch(found, *response.mutable_result());
  return Status::ok_status();
}

template <auto Read, typename Request, typename Response>
Status groups(const Call& call, const Request& request, Response& response) {
  env::MemoryAccount account(call.dispatcher.services().memory);
  ALD_RETURN_IF_ERROR(charge_query(request, account));
  ALD_ASSIGN(const ops::QueryGroups query, Read(request));
  ALD_ASSIGN(const auto found, call.dispatcher.run(call.context, query));
  fill_groups(found, *response.mutable_result());
  return Status::ok_status();
}

}  // namespace

// Reads. --------------------------------------------------------------------------------------

Status get_points(const Call& call,
                  const ::qdrant::GetPoints& request,
                  ::qdrant::GetResponse& response) {
  ALD_ASSIGN(const ops::RetrievePoints read, read_get(request));
  ALD_ASSIGN(const auto records, call.dispatcher.run(call.context, read));
  for (const model::PointRecord& record : records) fill_record(record, *response.add_result());
  return Status::ok_status();
}

Status scroll_points(const Call& call,
                     const ::qdrant::ScrollPoints& request,
                     ::qdrant::ScrollResponse& response) {
  ALD_ASSIGN(const ops::ScrollPoints read, read_scroll(request));
  ALD_ASSIGN(const auto page, call.dispatcher.run(call.context, read));
  fill_page(page, response);
  return Status::ok_status();
}

Status count_points(const Call& call,
                    const ::qdrant::CountPoints& request,
                    ::qdrant::CountResponse& response) {
  ALD_ASSIGN(const ops::CountPoints read, read_count(request));
  ALD_ASSIGN(const std::uint64_t count, call.dispatcher.run(call.context, read));
  response.mutable_result()->set_count(count);
  return Status::ok_status();
}

Status facet(const Call& call,
             const ::qdrant::FacetCounts& request,
             ::qdrant::FacetResponse& response) {
  ALD_ASSIGN(const ops::Facet read, read_facet(request));
  ALD_ASSIGN(const auto found, call.dispatcher.run(call.context, read));
  fill_facet(found, response);
  return Status::ok_status();
}

Status query(const Call& call,
             const ::qdrant::QueryPoints& request,
             ::qdrant::QueryResponse& response) {
  return hits<&read_query>(call, request, response);
}
Status query_batch(const Call& call,
                   const ::qdrant::QueryBatchPoints& request,
                   ::qdrant::QueryBatchResponse& response) {
  return batch<&read_query_batch>(call, request, response);
}
Status query_groups(const Call& call,
                    const ::qdrant::QueryPointGroups& request,
                    ::qdrant::QueryGroupsResponse& response) {
  return groups<&read_query_groups>(call, request, response);
}
Status search(const Call& call,
              const ::qdrant::SearchPoints& request,
              ::qdrant::SearchResponse& response) {
  return hits<&read_search>(call, request, response);
}
Status search_batch(const Call& call,
                    const ::qdrant::SearchBatchPoints& request,
                    ::qdrant::SearchBatchResponse& response) {
  return batch<&read_search_batch>(call, request, response);
}
Status search_groups(const Call& call,
                     const ::qdrant::SearchPointGroups& request,
                     ::qdrant::SearchGroupsResponse& response) {
  return groups<&read_search_groups>(call, request, response);
}
Status recommend(const Call& call,
                 const ::qdrant::RecommendPoints& request,
                 ::qdrant::RecommendResponse& response) {
  return hits<&read_recommend>(call, request, response);
}
Status recommend_batch(const Call& call,
                       const ::qdrant::RecommendBatchPoints& request,
                       ::qdrant::RecommendBatchResponse& response) {
  return batch<&read_recommend_batch>(call, request, response);
}
Status recommend_groups(const Call& call,
                        const ::qdrant::RecommendPointGroups& request,
                        ::qdrant::RecommendGroupsResponse& response) {
  return groups<&read_recommend_groups>(call, request, response);
}
Status discover(const Call& call,
                const ::qdrant::DiscoverPoints& request,
                ::qdrant::DiscoverResponse& response) {
  return hits<&read_discover>(call, request, response);
}
Status discover_batch(const Call& call,
                      const ::qdrant::DiscoverBatchPoints& request,
                      ::qdrant::DiscoverBatchResponse& response) {
  return batch<&read_discover_batch>(call, request, response);
}

// Writes. -------------------------------------------------------------------------------------

Status upsert(const Call& call,
              const ::qdrant::UpsertPoints& request,
              ::qdrant::PointsOperationResponse& response) {
  return write<&read_upsert>(call, request, response);
}
Status delete_points(const Call& call,
                     const ::qdrant::DeletePoints& request,
                     ::qdrant::PointsOperationResponse& response) {
  return write<&read_delete>(call, request, response);
}
Status set_payload(const Call& call,
                   const ::qdrant::SetPayloadPoints& request,
                   ::qdrant::PointsOperationResponse& response) {
  return write<&read_set_payload>(call, request, response);
}
Status overwrite_payload(const Call& call,
                         const ::qdrant::SetPayloadPoints& request,
                         ::qdrant::PointsOperationResponse& response) {
  return write<&read_overwrite_payload>(call, request, response);
}
Status delete_payload(const Call& call,
                      const ::qdrant::DeletePayloadPoints& request,
                      ::qdrant::PointsOperationResponse& response) {
  return write<&read_delete_payload>(call, request, response);
}
Status clear_payload(const Call& call,
                     const ::qdrant::ClearPayloadPoints& request,
                     ::qdrant::PointsOperationResponse& response) {
  return write<&read_clear_payload>(call, request, response);
}
Status update_vectors(const Call& call,
                      const ::qdrant::UpdatePointVectors& request,
                      ::qdrant::PointsOperationResponse& response) {
  return write<&read_update_vectors>(call, request, response);
}
Status delete_vectors(const Call& call,
                      const ::qdrant::DeletePointVectors& request,
                      ::qdrant::PointsOperationResponse& response) {
  return write<&read_delete_vectors>(call, request, response);
}
Status create_index(const Call& call,
                    const ::qdrant::CreateFieldIndexCollection& request,
                    ::qdrant::PointsOperationResponse& response) {
  return write<&read_create_index>(call, request, response);
}
Status delete_index(const Call& call,
                    const ::qdrant::DeleteFieldIndexCollection& request,
                    ::qdrant::PointsOperationResponse& response) {
  return write<&read_delete_index>(call, request, response);
}

Status update_batch(const Call& call,
                    const ::qdrant::UpdateBatchPoints& request,
                    ::qdrant::UpdateBatchResponse& response) {
  ReadBatch read = read_update_batch(request);
  if (read.commands.empty()) return read.problem;
  ops::UpdateBatch batch;
  batch.collection = ops::CollectionRef::by_name(request.collection_name());
  batch.commands = std::move(read.commands);
  batch.durability = durability_of(request);
  ALD_ASSIGN(const auto outcome, call.dispatcher.run(call.context, batch));
  if (is_refused(request, outcome.problem)) return outcome.problem;
  for (const model::UpdateResult& result : outcome.results)
    fill_update(result, request.wait(), *response.add_result());
  return read.problem;
}

}  // namespace alidade::faces::qdrant_grpc
