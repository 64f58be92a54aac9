#pragma once

#include <string>

#include "base/status.h"
#include "model/commands.h"
#include "ops/all_operations.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {

// Vectors. ------------------------------------------------------------------------------------

/// Puts the vectors of one point into the batch: the typed form, or the old one (`data` with
/// `indices` or `vectors_count`). A refusal that needs the collection is kept in `later`.
Status add_vectors(const ::qdrant::Vectors& vectors,
                   std::size_t row,
                   model::PointBatch& batch,
                   Status& later);

// Writes. Rules have been checked. ------------------------------------------------------------

Result<model::Command> read_upsert(const ::qdrant::UpsertPoints& request);
Result<model::Command> read_delete(const ::qdrant::DeletePoints& request);
Result<model::Command> read_set_payload(const ::qdrant::SetPayloadPoints& request);
Result<model::Command> read_overwrite_payload(const ::qdrant::SetPayloadPoints& request);
Result<model::Command> read_delete_payload(const ::qdrant::DeletePayloadPoints& request);
Result<model::Command> read_clear_payload(const ::qdrant::ClearPayloadPoints& request);
Result<model::Command> read_update_vectors(const ::qdrant::UpdatePointVectors& request);
Result<model::Command> read_delete_vectors(const ::qdrant::DeletePointVectors& request);
Result<model::Command> read_create_index(const ::qdrant::CreateFieldIndexCollection& request);
Result<model::Command> read_delete_index(const ::qdrant::DeleteFieldIndexCollection& request);
/// The peer reads an operation only when those before it are done: what cannot be read ends the
/// batch.
struct ReadBatch {
  std::vector<model::Command> commands;
  Status problem;
};
ReadBatch read_update_batch(const ::qdrant::UpdateBatchPoints& request);

// Reads. --------------------------------------------------------------------------------------

Result<ops::RetrievePoints> read_get(const ::qdrant::GetPoints& request);
Result<ops::ScrollPoints> read_scroll(const ::qdrant::ScrollPoints& request);
Result<ops::CountPoints> read_count(const ::qdrant::CountPoints& request);
Result<ops::Facet> read_facet(const ::qdrant::FacetCounts& request);

}  // namespace alidade::faces::qdrant_grpc
