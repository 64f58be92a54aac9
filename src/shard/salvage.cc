#include "shard/salvage.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>

#include "oplog/local/salvage.h"
#include "segment/segment.h"
#include "shard/apply.h"
#include "shard/record.h"
#include "shard/shard_state.h"
#include "storage/manifest.h"
#include "storage/salvage.h"

namespace alidade::shard {
namespace {

using base::LogPosition;
using model::PointId;

/// The points of a batch that `keep` chooses.
template <typename Keep>
model::PointBatch pick(const model::PointBatch& batch, Keep keep) {
  model::PointBatch out;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!keep(batch.ids[i])) continue;
    const std::size_t row = out.ids.size();
    out.ids.push_back(batch.ids[i]);
    if (!batch.original_ids.empty()) out.original_ids.push_back(batch.original_ids[i]);
    if (!batch.payloads.empty()) out.payloads.push_back(batch.payloads[i]);
    for (const model::VectorColumn& column : batch.vectors) {
      if (column.has(i)) out.column(column.name).set(row, model::value_of(column.kind, column.view(i), column.dim));
    }
  }
  return out;
}

class Salvager {
 public:
  Salvager(env::Env& env,
           const std::string& from,
           const std::string& to,
           const model::CollectionConfig& config,
           const std::string& identity)
      : env_(env), from_(from), to_(to), config_(config), identity_(identity) {}

  Result<ShardSalvage> run() {
    ALD_ASSIGN(const auto first, oplog::first_log_position(env_, log_folder()));
    begin_ = first.value_or(LogPosition());
    has_log_ = first.has_value();
    ALD_RETURN_IF_ERROR(load_base());
    if (!base_is_complete() && log_holds_everything()) {
      // Every write is in the log still, so nothing of the damaged files is needed.
      found_.notes.push_back("the log reaches back to the first write and was used instead of the files");
      ALD_RETURN_IF_ERROR(start_from_nothing());
    }
    ALD_RETURN_IF_ERROR(read_log());
    ALD_RETURN_IF_ERROR(write());
    for (const auto& [id, text] : lost_) found_.left_out.push_back(text);
    found_.kept_count = segment_->live_count();
    return std::move(found_);
  }

 private:
  std::string log_folder() const { return env::join_path(from_, "log"); }

  void tell(const Status& damage) { found_.damages.push_back(damage.message()); }

  Status start_from_nothing() {
    sizes_.clear();
    counters_ = Counters();
    covered_ = begin_;
    skip_until_ = base::OpNumber();
    lost_.clear();
    schema_.clear();
    found_.unnamed_count = 0;
    found_.checkpoint_left_out = false;
    found_.definitions_left_out = false;
    return make_segment();
  }

  Status make_segment() {
    const auto sized = with_sizes(config_, sizes_);
    ALD_ASSIGN(auto store, storage::PointStore::create(env_, to_, specs_of(sized)));
    segment_ = std::make_unique<segment::Segment>(std::move(store), sized);
    return {};
  }

  /// The points of the checkpoint, into segment_.
  Status load_base() {
    const auto manifest = storage::load_manifest(env_, from_);
    if (manifest.status().code() == StatusCode::kNotFound && begin_.value == 0) {
      return start_from_nothing();
    }
    if (!manifest.ok()) {
      tell(manifest.status().code() == StatusCode::kNotFound
               ? data_loss(env::join_path(from_, "manifest") + ": there is none")
               : manifest.status());
      return load_found_checkpoint();
    }
    const auto state = state_from_text(manifest->state_json, from_, identity_);
    const auto schema = schema_from_text(manifest->schema_json, from_);
    if (!state.ok() || !schema.ok()) {
      tell(state.ok() ? schema.status() : state.status());
      return load_found_checkpoint();
    }
    manifest_is_known_ = true;
    sizes_ = state->vector_sizes;
    counters_ = state->counters;
    schema_ = *schema;
    covered_ = manifest->covered;
    return load_points(*manifest);
  }

  /// Without a manifest: the newest checkpoint of which the table is whole. Which of the log's records
  /// it holds is told by the versions of its rows.
  Status load_found_checkpoint() {
    const auto checkpoint = storage::find_checkpoint(env_, from_);
    if (!checkpoint.ok()) {
      ALD_RETURN_IF_ERROR(start_from_nothing());
      found_.checkpoint_left_out = begin_.value > 0;
      return {};
    }
    found_.definitions_left_out = true;
    sizes_ = checkpoint->vector_sizes;
    ALD_RETURN_IF_ERROR(load_points(checkpoint->manifest));
    skip_until_ = counters_.last_operation;
    covered_ = begin_;
    found_.log_is_cut = !has_log_;
    return {};
  }

  Status load_points(const storage::Manifest& manifest) {
    ALD_RETURN_IF_ERROR(make_segment());
    const auto points = storage::salvage_points(env_, from_, manifest, segment_->store());
    if (!points.ok()) {
      tell(points.status());
      found_.checkpoint_left_out = true;
      return {};
    }
    for (const Status& damage : points->damages) tell(damage);
    for (const auto& point : points->left_out) {
      lost_[point.id] = model::text_of_point(point.id, point.original_id);
    }
    found_.unnamed_count = points->unnamed_count;
    counters_.last_operation = std::max(counters_.last_operation, points->last_version);
    counters_.next_first_seen = std::max(counters_.next_first_seen, points->next_first_seen);
    return {};
  }

  bool base_is_complete() const {
    return lost_.empty() && !points_are_unknown() && !found_.definitions_left_out;
  }

  bool points_are_unknown() const { return found_.unnamed_count > 0 || found_.checkpoint_left_out; }

  bool log_holds_everything() {
    if (begin_.value > 0) return false;
    const auto log = oplog::salvage_log(env_, log_folder(), begin_, log_identity(identity_), nullptr);
    return log.ok() && log->record_count > 0 && (!manifest_is_known_ || log->end >= covered_);
  }

  Status read_log() {
    Status failed;  // Not the log's fault.
    std::optional<base::OpNumber> before;
    bool gap = false;
    ALD_ASSIGN(const auto log,
               oplog::salvage_log(
                   env_, log_folder(), covered_, log_identity(identity_),
                   [&](LogPosition, std::span<const std::byte> bytes) -> Status {
                     auto record = decode_record(bytes);
                     if (!record.ok()) return record.status().with_context(log_folder());
                     const base::OpNumber last = before.value_or(skip_until_);
                     before = record->last_operation;
                     if (record->last_operation <= skip_until_) return {};
                     // One write takes at most two numbers.
                     gap = skip_until_.value > 0 && record->last_operation.value > last.value + 2;
                     if (gap) return data_loss(log_folder() + ": records before this one are missing");
                     failed = apply_what_is_sound(*record);
                     return failed;
                   }));
    ALD_RETURN_IF_ERROR(failed);
    found_.log_records_kept = log.record_count;
    found_.log_bytes_left_out = log.left_out_bytes;
    if (!log.damage.ok()) {
      tell(log.damage);
      found_.log_is_cut = true;
    }
    if (log.torn_tail_bytes > 0) {
      found_.notes.push_back(fmt::format("a torn tail of {} bytes was cut off the log", log.torn_tail_bytes));
    }
    return {};
  }

  Status apply_what_is_sound(Record& record) {
    for (Change& change : record.changes) {
      if (!keep_sound(change)) continue;
      decide_sizes(change);
      ALD_ASSIGN(auto prepared, prepare(*segment_, std::span(&change, 1), Unreadable::kRefuse, {}));
      apply(*segment_, counters_, record.last_operation, prepared.changes.front());
    }
    counters_.last_operation = record.last_operation;
    return {};
  }

  /// Takes out of a change what builds on points that are left out. @return whether to apply it.
  bool keep_sound(Change& change) {
    if (const auto* put = std::get_if<PutRows>(&change)) {
      for (const PointId& id : put->points.ids) lost_.erase(id);
    } else if (auto* merge = std::get_if<MergeRows>(&change)) {
      const model::PointBatch& points = merge->points;
      for (std::size_t i = 0; i < points.size(); ++i) {
        // A point that is not there is new, unless it is one of those whose ids are lost.
        if (!points_are_unknown() || segment_->find(points.ids[i])) continue;
        lost_.try_emplace(points.ids[i],
                          model::text_of_point(points.ids[i], points.original_ids.empty()
                                                                  ? std::string()
                                                                  : points.original_ids[i]));
      }
      merge->points = pick(points, [&](const PointId& id) { return !lost_.contains(id); });
    } else if (const auto* gone = std::get_if<DeleteRows>(&change)) {
      for (const PointId& id : gone->ids) lost_.erase(id);
    } else if (const auto* index = std::get_if<PutFieldIndex>(&change)) {
      schema_[index->field] = index->schema;
      return false;  // Built at the next start.
    } else if (const auto* dropped = std::get_if<DropFieldIndex>(&change)) {
      schema_.erase(dropped->field);
      return false;
    } else if (const auto* size = std::get_if<SetVectorSize>(&change)) {
      sizes_[size->name] = size->size;
    }
    // The other changes pass over points that are not there.
    return true;
  }

  /// The record that decided a vector's dimension may be among those that are lost; the vectors
  /// themselves say it, too.
  void decide_sizes(const Change& change) {
    const auto decide = [&](const model::PointBatch& points) {
      for (const model::VectorColumn& column : points.vectors) {
        const segment::VectorField* field = segment_->find_vector(column.name);
        if (column.dim == 0 || field == nullptr || field->spec) continue;
        segment_->set_vector_size(column.name, column.dim);
      }
    };
    if (const auto* put = std::get_if<PutRows>(&change)) decide(put->points);
    if (const auto* merge = std::get_if<MergeRows>(&change)) decide(merge->points);
  }

  Status write() {
    auto checkpoint = segment_->store().begin_checkpoint();
    storage::Manifest manifest;
    manifest.generation = 1;
    ALD_ASSIGN(manifest.files, storage::PointStore::write(*checkpoint, manifest.generation));
    ShardState state;
    state.counters = counters_;
    state.identity = identity_;
    for (const storage::VectorSpec& spec : segment_->store().specs()) {
      if (spec.kind != model::VectorKind::kSparse) state.vector_sizes[spec.name] = spec.dim;
      if (spec.kind != model::VectorKind::kDense) manifest.version = 2;
    }
    manifest.schema_json = schema_text(schema_);
    manifest.state_json = to_text(state);
    return storage::store_manifest(env_, to_, manifest);
  }

  env::Env& env_;
  const std::string& from_;
  const std::string& to_;
  const model::CollectionConfig& config_;
  const std::string& identity_;
  ShardSalvage found_;
  LogPosition begin_;           // Of the log.
  LogPosition covered_;         // Records behind it are to be applied ...
  base::OpNumber skip_until_;   // ... but for those up to here, which the checkpoint holds.
  bool has_log_ = false;
  bool manifest_is_known_ = false;
  std::map<std::string, std::uint32_t> sizes_;
  model::PayloadSchema schema_;
  Counters counters_;
  std::map<PointId, std::string> lost_;  // With the text that users know it by.
  std::unique_ptr<segment::Segment> segment_;
};

}  // namespace

Result<ShardSalvage> salvage_shard(env::Env& env,
                                   const std::string& from,
                                   const std::string& to,
                                   const model::CollectionConfig& config,
                                   const std::string& identity) {
  return Salvager(env, from, to, config, identity).run();
}

}  // namespace alidade::shard
