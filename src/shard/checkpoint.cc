// How a shard's state gets into files: cut, write, switch of the manifest, trim.
#include "base/kill_point.h"
#include "shard/shard.h"
#include "shard/shard_state.h"
#include "storage/derived_file.h"

namespace alidade::shard {

using base::json::Value;

Status Shard::checkpoint() { return checkpoint(storage::CheckpointExtent::kWhatPays); }

Status Shard::checkpoint(storage::CheckpointExtent extent) {
  Status outcome;
  {
    base::MutexLock build_lock(build_mutex_);
    outcome = write_and_trim(extent);
  }
  note_checkpoint(outcome);
  return outcome;
}

Status Shard::write_and_trim(storage::CheckpointExtent extent) {
  if (closed_) return Status(StatusCode::kNotFound, "the collection was deleted");
  if (!drop_broken_graph()) return Status(StatusCode::kResourceExhausted, "not enough memory for a checkpoint");
  std::unique_ptr<storage::StoreCut> checkpoint;
  const auto written = write_checkpoint(extent, checkpoint);
  if (!written.ok()) {
    remove_failed_checkpoint(generation_);
    return written.status();
  }
  const storage::Manifest& manifest = *written;
  covered_ = manifest.covered.value;
  {
    base::TimedLock writer_lock(writer_mutex_);
    {
      base::MutexLock state_lock(state_mutex_);
      segment_->store().finish_checkpoint(*checkpoint);
      publish();
    }
    ALD_KILL_POINT(checkpoint_before_trim);
    count_log();
    ALD_RETURN_IF_ERROR(log_->trim(manifest.covered));
  }
  ALD_KILL_POINT(checkpoint_before_removal);
  return storage::remove_unreferenced(runtime_.env, directory_, manifest);
}

/// Its files would take space until the next checkpoint or start, which is what may be missing.
/// The manifest may be in place even so, when only the sync of its folder failed; it keeps its files.
void Shard::remove_failed_checkpoint(std::uint64_t generation) {
  const auto manifest = storage::load_manifest(runtime_.env, directory_);
  if (!manifest.ok() && manifest.status().code() != StatusCode::kNotFound) return;
  if (manifest.ok() && manifest->generation == generation) return;
  storage::remove_generation(runtime_.env, directory_, generation).ignore();  // The next start does.
}

// The cut is taken under writer_mutex_: a snapshot of rows and payload indexes, and the counters of the
// same moment. All of it is written behind the lock. Graphs grow only under build_mutex_, which the caller
// holds, so none holds a row that the cut lacks.
Result<storage::Manifest> Shard::write_checkpoint(storage::CheckpointExtent extent,
                                                  std::unique_ptr<storage::StoreCut>& checkpoint) {
  storage::Manifest manifest;
  manifest.generation = ++generation_;
  std::shared_ptr<const segment::Segment> cut;
  ShardState state;
  state.identity = identity_;
  {
    base::TimedLock writer_lock(writer_mutex_);
    ALD_RETURN_IF_ERROR(failure_);
    if (extent == storage::CheckpointExtent::kEverything) ALD_RETURN_IF_ERROR(log_->seal());
    {
      base::MutexLock state_lock(state_mutex_);
      checkpoint = segment_->store().begin_checkpoint(extent);
      cut = segment_->snapshot();
    }
    manifest.covered = applied_;
    state.counters = counters_;
  }
  manifest.schema_json = schema_text(cut->payload_indexes().schema());
  state.lost_payloads = cut->store().lost_payloads();
  for (const auto& field : cut->vectors()) {
    if (field->spec && field->kind != model::VectorKind::kSparse) state.vector_sizes[field->name] = field->params.size;
    if (field->kind != model::VectorKind::kDense) manifest.version = 2;
  }
  base::ByteWriter indexes;
  if (!cut->payload_indexes().empty()) cut->payload_indexes().serialize(indexes);
  // The manifest then names these records as durable: a log that ends before them has lost bytes.
  ALD_RETURN_IF_ERROR(log_->wait_durable(manifest.covered));
  ALD_KILL_POINT(checkpoint_cut_taken);
  ALD_ASSIGN(manifest.files, storage::PointStore::write(*checkpoint, manifest.generation));
  if (indexes.size() > 0) {
    const auto name = storage::checkpoint_file_name(kPayloadIndexKind, manifest.generation);
    ALD_ASSIGN(auto file,
               storage::write_derived_file(runtime_.env, directory_, name, kPayloadIndexKind, indexes.bytes()));
    manifest.files.push_back(std::move(file));
    ALD_KILL_POINT(checkpoint_indexes_written);
  }
  std::uint32_t part = 0;
  std::uint64_t graph_rows = 0;
  for (const auto& field : cut->vectors()) {
    if (field->graph == nullptr || field->graph->node_count() == 0) continue;
    const auto name = storage::checkpoint_file_name(kGraphKind, manifest.generation, part++);
    ALD_ASSIGN(auto writer, storage::DerivedFileWriter::create(runtime_.env, directory_, name, kGraphKind));
    ALD_RETURN_IF_ERROR(field->graph->serialize(
        [&](std::span<const std::byte> bytes) { return writer.append(bytes); }));
    ALD_ASSIGN(auto file, writer.finish());
    manifest.files.push_back(std::move(file));
    ALD_KILL_POINT(checkpoint_graph_written);
    graph_rows += field->graphed_rows;
    Value entry;
    entry.set("vector", field->name);
    entry.set("rows", std::uint64_t{field->graphed_rows});
    state.graphs.set(name, std::move(entry));
  }
  manifest.state_json = to_text(state);
  ALD_KILL_POINT(checkpoint_before_manifest);
  ALD_RETURN_IF_ERROR(storage::store_manifest(runtime_.env, directory_, manifest));
  ALD_KILL_POINT(checkpoint_after_manifest);
  saved_graph_rows_ = graph_rows;
  return manifest;
}

}  // namespace alidade::shard
