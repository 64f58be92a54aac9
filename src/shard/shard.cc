#include "shard/shard.h"

#include <chrono>
#include <new>

#include <fmt/format.h>

#include "base/json.h"
#include "base/kill_point.h"
#include "observe/log.h"
#include "oplog/local/local_log.h"
#include "shard/resolve.h"
#include "shard/shard_state.h"
#include "storage/derived_file.h"

namespace alidade::shard {
namespace {

using base::json::Value;

/// Between two tries to read a shard anew: every request of it asks.
constexpr std::chrono::seconds kRepairRetry{3};

Status read_only(const std::string& directory, const Status& reason) {
  return Status(StatusCode::kUnavailable,
                fmt::format("the shard is read-only until it is opened again: {}", reason.message()),
                ErrorKind::kShardReadOnly, {directory, reason.message()});
}

}  // namespace

Shard::Shard(const Runtime& runtime, std::string directory, std::string identity)
    : runtime_(runtime),
      directory_(std::move(directory)),
      identity_(std::move(identity)),
      half_applied_(read_only(directory_, Status(StatusCode::kResourceExhausted, "not enough memory"))) {}

Shard::~Shard() { runtime_.background.logs().add(-static_cast<std::int64_t>(counted_log_bytes_)); }

Result<std::shared_ptr<Shard>> Shard::open(const Runtime& runtime,
                                           std::string directory,
                                           const model::CollectionConfig& config,
                                           std::string identity,
                                           OpenControl* control) {
  std::shared_ptr<Shard> shard(new Shard(runtime, std::move(directory), std::move(identity)));
  shard->commits_ = std::make_shared<CommitLine>(runtime.background.commits(), [weak = std::weak_ptr(shard)] {
    // Who waits keeps the shard alive.
    const auto found = weak.lock();
    return found == nullptr ? Status() : found->commit();
  });
  ALD_RETURN_IF_ERROR(shard->recover(config, control));
  runtime.background.logs().watch(shard);
  // Rows that were not in a graph at the last checkpoint, or a log above its bound.
  runtime.background.schedule(shard);
  return shard;
}

// Everything is verified before anything is changed: a shard that cannot be opened stays as it is.
Status Shard::recover(const model::CollectionConfig& config, OpenControl* control) {
  base::MutexLock build_lock(build_mutex_);
  base::TimedLock writer_lock(writer_mutex_);
  indexing_threshold_kb_ = config.indexing_threshold_kb();
  config_ = config;
  const auto manifest = storage::load_manifest(runtime_.env, directory_);
  if (manifest.status().code() == StatusCode::kNotFound) return start_empty(config, control);
  if (!manifest.ok()) return manifest.status();
  ALD_RETURN_IF_ERROR(load_checkpoint(*manifest, config));
  ALD_RETURN_IF_ERROR(open_log());
  ALD_KILL_POINT(recovery_before_removal);
  // A crash may have come between the manifest's rename and the fsync of the folder. Nothing that the
  // manifest before it names may go until its successor survives power loss.
  if (runtime_.env.sync_directory(directory_).ok()) {
    storage::remove_unreferenced(runtime_.env, directory_, *manifest).ignore();  // Tried again next time.
  }
  ALD_RETURN_IF_ERROR(replay(applied_, control));
  count_log();
  base::MutexLock state_lock(state_mutex_);
  publish();
  return {};
}

/// Without a manifest everything is in the log, from its first record on. A crash in the first
/// checkpoint may have left files beside it; without any log they are evidence of a lost manifest.
Status Shard::start_empty(const model::CollectionConfig& config, OpenControl* control) {
  ALD_RETURN_IF_ERROR(open_log());
  const auto entries = runtime_.env.list_directory(directory_);
  if (entries.status().code() == StatusCode::kNotFound) {
    return data_loss(directory_ + ": the folder is missing");
  }
  if (!entries.ok()) return entries.status();
  for (const auto& entry : *entries) {
    if (!entry.name.ends_with(".ald") || log_->end().value > 0) continue;
    return missing_manifest(directory_, entry.name);
  }
  ALD_ASSIGN(auto store, storage::PointStore::create(runtime_.env, directory_, specs_of(config)));
  segment_ = std::make_unique<segment::Segment>(std::move(store), config);
  if (config.automatic_indexes) segment_->mutable_payload_indexes().enable_automatic();
  ALD_RETURN_IF_ERROR(replay(applied_, control));
  count_log();
  base::MutexLock state_lock(state_mutex_);
  publish();
  return {};
}

Status Shard::load_checkpoint(const storage::Manifest& manifest, const model::CollectionConfig& config) {
  generation_ = manifest.generation;
  applied_ = manifest.covered;
  covered_ = manifest.covered.value;
  ALD_ASSIGN(const ShardState state, state_from_text(manifest.state_json, directory_, identity_));
  counters_ = state.counters;
  const model::CollectionConfig sized = with_sizes(config, state.vector_sizes);
  ALD_ASSIGN(auto store,
             storage::PointStore::open(runtime_.env, directory_, manifest, specs_of(sized)));
  for (const std::uint32_t row : state.lost_payloads) {
    if (row < store->row_count() && store->is_live(base::PointOffset(row))) store->lose_payload(base::PointOffset(row));
  }
  segment_ = std::make_unique<segment::Segment>(std::move(store), sized);
  ALD_RETURN_IF_ERROR(load_indexes(manifest));
  load_graphs(manifest, state.graphs);
  return {};
}

Status Shard::open_log() {
  oplog::LocalLog::Options options;
  options.first_segment_bytes = runtime_.options.first_log_segment_bytes;
  options.max_segment_bytes = runtime_.options.max_log_segment_bytes;
  options.covered = applied_;
  options.identity = log_identity(identity_);
  oplog::OpenReport report;
  ALD_ASSIGN(log_, oplog::LocalLog::open(runtime_.env, env::join_path(directory_, "log"), options, &report));
  if (report.torn_tail_bytes > 0) {
    runtime_.log.warn("cut a torn tail off the log",
                         {{"file", report.torn_file}, {"bytes", report.torn_tail_bytes}});
  }
  return {};
}

Status Shard::load_indexes(const storage::Manifest& manifest) {
  ALD_ASSIGN(const auto schema, schema_from_text(manifest.schema_json, directory_));
  for (const auto& file : manifest.files) {
    if (file.kind != kPayloadIndexKind) continue;
    auto bytes = storage::read_derived_file(runtime_.env, directory_, file);
    if (bytes.ok()) {
      auto indexes = index::PayloadIndexes::deserialize(*bytes);
      if (indexes.ok()) {
        segment_->set_payload_indexes(std::move(*indexes));
        return {};
      }
      bytes = indexes.status();
    }
    runtime_.log.warn("payload indexes are damaged and are built again",
                         {{"shard", directory_}, {"reason", bytes.status().message()}});
  }
  return rebuild_payload_indexes(schema);
}

Status Shard::rebuild_payload_indexes(const model::PayloadSchema& schema) {
  index::PayloadIndexes indexes;
  const bool automatic = segment_->automatic_indexes();
  if (automatic) indexes.enable_automatic();
  for (const auto& [field, entry] : schema) {
    ALD_ASSIGN(auto made, index::PayloadIndexes::make_field(field, entry));
    indexes.install(std::move(made));
  }
  if (automatic || !schema.empty()) {
    const auto& live = segment_->live();
    for (std::size_t i = live.find_next(0); i < live.size(); i = live.find_next(i + 1)) {
      const base::PointOffset offset(static_cast<std::uint32_t>(i));
      const auto payload = segment_->payload(offset);
      if (payload.ok()) {
        indexes.insert(offset, *payload);
        continue;
      }
      if (payload.status().code() != StatusCode::kDataLoss) return payload.status();
      // The indexes lack the row, so its payload must not come back.
      tell_lost(segment_->id(offset), payload.status());
      segment_->store().lose_payload(offset);
    }
  }
  segment_->set_payload_indexes(std::move(indexes));
  return {};
}

void Shard::tell_lost(const model::PointId& id, const Status& reason) {
  runtime_.log.error("the payload of a point cannot be read and is given up; the others serve; write the point anew, "
                     "or see `alidade repair`",
                     {{"shard", directory_}, {"point", id.to_string()}, {"reason", reason.message()}});
}

void Shard::load_graphs(const storage::Manifest& manifest, const Value& graphs) {
  for (const auto& file : manifest.files) {
    const Value* entry = file.kind == kGraphKind ? graphs.find(file.name) : nullptr;
    const Value* name = entry == nullptr ? nullptr : entry->find("vector");
    const Value* rows = entry == nullptr ? nullptr : entry->find("rows");
    if (name == nullptr || !name->is_string() || rows == nullptr || !rows->is_int()) continue;
    const auto bytes = storage::read_derived_file(runtime_.env, directory_, file);
    const Status loaded = bytes.ok() ? segment_->load_graph(name->as_string(),
                                                            static_cast<std::uint32_t>(rows->as_int()), *bytes)
                                     : bytes.status();
    if (loaded.ok()) saved_graph_rows_ += static_cast<std::uint64_t>(rows->as_int());
    if (!loaded.ok()) {
      runtime_.log.warn("a graph is damaged; its rows are searched exactly while it is built again",
                           {{"shard", directory_}, {"reason", loaded.message()}});
    }
  }
}

Status Shard::replay(base::LogPosition from, OpenControl* control) {
  ALD_KILL_POINT(recovery_before_replay);
  const observe::OpContext context;  // Nobody waits: what is logged applies.
  return log_->read(from, [this, control, &context](base::LogPosition end, std::span<const std::byte> bytes)
                              ALD_REQUIRES(writer_mutex_) -> Status {
    if (control != nullptr && control->stop.load(std::memory_order_relaxed)) {
      return Status(StatusCode::kCancelled, "the opening of the shard was given up");
    }
    auto record = decode_record(bytes);
    if (!record.ok()) return record.status().with_context(directory_);
    // It was acknowledged, so it applies, whatever has happened to the files since: a point whose payload
    // cannot be read loses it, and the others serve.
    ALD_ASSIGN(auto prepared, prepare(*segment_, record->changes, Unreadable::kLose, context));
    for (const LostPayload& lost : prepared.lost) tell_lost(lost.id, lost.reason);
    {
      base::MutexLock state_lock(state_mutex_);
      apply_record(*record, prepared);
    }
    applied_ = end;
    if (control != nullptr) control->replayed_bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
    ALD_KILL_POINT(recovery_amid_replay);
    return {};
  });
}

Status Shard::writable() const {
  if (closed_.load(std::memory_order_relaxed)) {
    return Status(StatusCode::kNotFound, "the collection was deleted");
  }
  return failure_;
}

Status Shard::fail(const Status& reason) {
  base::TimedLock lock(writer_mutex_);
  if (failure_.ok()) failure_ = read_only(directory_, reason);
  return failure_;
}

void Shard::apply_record(const Record& record, PreparedRecord& prepared) {
  for (PreparedChange& change : prepared.changes) apply(*segment_, counters_, record.last_operation, change);
  counters_.last_operation = record.last_operation;
}

Outcome Shard::submit_locked(const model::Command& command,
                             const observe::OpContext& context,
                             base::LogPosition& logged) {
  Outcome outcome;
  outcome.result.operation = counters_.last_operation;
  if (outcome.problem = writable(); !outcome.problem.ok()) return outcome;
  if (runtime_.reserve != nullptr && !is_deletion(command)) {
    if (outcome.problem = runtime_.reserve->admit(); !outcome.problem.ok()) return outcome;
  }
  // Nobody but this thread publishes rows, so these are the ones of segment_, without its lock.
  const auto now = published_.load();
  Resolved resolved = resolve(*now, counters_.last_operation, command, context);
  outcome.problem = std::move(resolved.problem);
  if (!resolved.record) return outcome;

  // Everything slow and everything that reads the disk comes before the record is logged, for all of its
  // changes: afterwards only memory can be missing.
  auto prepared = prepare(*now, resolved.record->changes, Unreadable::kRefuse, context);
  if (!prepared.ok()) {
    outcome.problem = prepared.status();
    return outcome;
  }
  const auto position = append_to_log(*resolved.record, is_deletion(command));
  if (!position.ok()) {
    outcome.problem = position.status();
    // The log is read-only: it could not be synced, or a part of the record could not be cut off.
    if (position.status().code() == StatusCode::kUnavailable) {
      outcome.problem = failure_ = read_only(directory_, position.status());
    }
    return outcome;
  }
  logged = *position;
  ALD_KILL_POINT(submit_before_apply);
  try {
    base::MutexLock state_lock(state_mutex_);
    apply_record(*resolved.record, *prepared);
    applied_ = *position;
    publish();
  } catch (const std::bad_alloc&) {
    // The record is in the log but only partly in the state: submit() builds that anew.
    stale_ = true;
    if (failure_.ok()) failure_ = half_applied_;
    outcome.problem = failure_;
  }
  outcome.result.operation = resolved.record->last_operation;
  outcome.result.affected_count = resolved.affected_count;
  return outcome;
}

Result<base::LogPosition> Shard::append_to_log(const Record& record, bool is_deletion) {
  const base::Bytes bytes = encode_record(record);
  auto position = log_->append(bytes);
  if (position.ok() || position.status().code() != StatusCode::kOutOfSpace) return position;
  if (!is_deletion || runtime_.reserve == nullptr) return position;
  const env::DiskReserve::Use use(*runtime_.reserve);
  return use.given() ? log_->append(bytes) : position;
}

ShardStats Shard::stats() const {
  ShardStats stats;
  stats.log_bytes = log_->size_bytes();
  const auto now = published_.load();
  stats.points_count = now->live_count();
  stats.disk_bytes = now->store().disk_bytes();
  stats.resident_bytes = now->store().resident_bytes();
  return stats;
}

Unsaved Shard::unsaved() const {
  Unsaved unsaved;
  unsaved.log_bytes = replay_bytes();
  const auto now = published_.load();
  std::uint64_t rows = 0;
  for (const auto& field : now->vectors()) rows += field->graph == nullptr ? 0 : field->graphed_rows;
  const std::uint64_t saved = saved_graph_rows_;
  unsaved.graph_rows = rows >= saved ? rows - saved : rows;  // Fewer: the graphs are others by now.
  return unsaved;
}

std::uint64_t Shard::checkpoint_bytes() const {
  const auto now = published_.load();
  std::uint64_t bytes = now->store().unsealed_bytes() + now->payload_indexes().memory_bytes();
  for (const auto& field : now->vectors()) {
    if (field->graph != nullptr) bytes += field->graph->memory_bytes();
  }
  return bytes;
}

void Shard::set_config(const model::CollectionConfig& config) {
  {
    base::MutexLock build_lock(build_mutex_);
    base::TimedLock writer_lock(writer_mutex_);
    base::MutexLock state_lock(state_mutex_);
    config_ = config;
    indexing_threshold_kb_ = config.indexing_threshold_kb();
    for (const auto& [name, params] : config.vectors) {
      segment_->set_hnsw(name, config.graph_of(params));
    }
    if (config.sparse_vectors) {
      for (const auto& [name, params] : *config.sparse_vectors) segment_->set_sparse(name, params);
    }
    publish();
  }
  runtime_.background.schedule(shared_from_this());
}

void Shard::close() {
  closed_ = true;
  {
    // A checkpoint that is being written would put files into the folder that goes.
    base::MutexLock build_lock(build_mutex_);
    base::TimedLock lock(writer_mutex_);
    count_log();
  }
  note_checkpoint({});  // Nobody waits for one any more.
}

Status Shard::repair_failure() const {
  base::MutexLock lock(repair_mutex_);
  if (repair_failure_.ok() || runtime_.env.monotonic_now() >= next_repair_) return {};
  return repair_failure_;
}

Status Shard::repair() {
  ALD_RETURN_IF_ERROR(repair_failure());
  base::MutexLock build_lock(build_mutex_);
  base::TimedLock writer_lock(writer_mutex_);
  if (!stale_) return {};
  // Another thread may have tried while this one waited for the locks.
  ALD_RETURN_IF_ERROR(repair_failure());
  Status failure;
  try {
    failure = read_anew();
  } catch (const std::bad_alloc&) {
    return failure_;  // There may be memory any moment.
  }
  if (!failure.ok()) {
    failure_ = read_only(directory_, failure);
    base::MutexLock lock(repair_mutex_);
    repair_failure_ = failure_;
    next_repair_ = runtime_.env.monotonic_now() + kRepairRetry;
    return failure_;
  }
  stale_ = false;
  failure_ = Status();
  runtime_.log.warn("a change could not be applied for want of memory; the shard was read anew",
                    {{"shard", directory_}});
  return {};
}

// What is read here is what a start would read, so the state becomes what it would be after one.
Status Shard::read_anew() {
  const std::shared_ptr<Shard> anew(new Shard(runtime_, directory_, identity_));
  ALD_RETURN_IF_ERROR(anew->recover(config_, nullptr));
  renumbering_.reset();  // It is about the segment that goes.
  base::TimedLock other_lock(anew->writer_mutex_);
  base::MutexLock state_lock(state_mutex_);
  published_.store(anew->published_.load());
  segment_.swap(anew->segment_);
  saved_graph_rows_ = anew->saved_graph_rows_.load();
  counters_ = anew->counters_;
  applied_ = anew->applied_;
  return {};
}

}  // namespace alidade::shard
