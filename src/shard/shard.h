#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/published.h"
#include "base/timed_mutex.h"
#include "env/disk_reserve.h"
#include "env/env.h"
#include "model/collection_config.h"
#include "model/commands.h"
#include "observe/log.h"
#include "observe/op_context.h"
#include "oplog/log.h"
#include "segment/graph_repair.h"
#include "segment/renumbering.h"
#include "segment/segment.h"
#include "shard/apply.h"
#include "shard/background.h"
#include "shard/commits.h"
#include "storage/manifest.h"

namespace alidade::shard {

struct ShardOptions {
  /// A checkpoint is written once the log holds that many bytes that none covers.
  std::uint64_t checkpoint_log_bytes = std::uint64_t{64} << 20;
  /// Sizes of the log's segments, as oplog::LocalLog takes them.
  std::uint64_t first_log_segment_bytes = std::uint64_t{256} << 10;
  std::uint64_t max_log_segment_bytes = std::uint64_t{32} << 20;
  /// What is held back for deletions on a full disk; once per data folder. 0 = nothing.
  std::uint64_t disk_reserve_bytes = env::DiskReserve::kDefaultBytes;
  /// Rows that are dead for good are dropped once they are more than the live ones and about this large.
  std::uint64_t min_dead_bytes = std::uint64_t{4} << 20;
  /// For tests: no checkpoint is written that was not asked for, and the log has no bound.
  bool hold_checkpoints = false;

  /// Where writers of one shard wait for its checkpoint.
  std::uint64_t shard_limit_bytes() const { return 4 * checkpoint_log_bytes; }
  /// Above this sum over all shards the longest logs get a checkpoint, above twice the sum all
  /// writers wait: what a start replays is bounded, whatever the number of collections.
  std::uint64_t total_limit_bytes() const { return 8 * checkpoint_log_bytes; }
};

/// What every shard of the process shares; borrowed, outlives them.
struct Runtime {
  env::Env& env;
  observe::Log& log;
  Background& background;
  ShardOptions options;
  /// Of the disk that holds the shards; none where it is missing.
  std::shared_ptr<env::DiskReserve> reserve = nullptr;
};

/// What makes data less. On a full disk it is still done, by the disk's reserve.
bool is_deletion(const model::Command& command);

/// Lets another thread watch, and end, the opening of a shard.
struct OpenControl {
  /// Bytes of the log that were applied so far.
  std::atomic<std::uint64_t> replayed_bytes = 0;
  /// Set to give up: open() then returns kCancelled soon and has written nothing.
  std::atomic<bool> stop = false;
};

/// What happened to one command. `result` is set even where `problem` is: see shard/resolve.h.
struct Outcome {
  model::UpdateResult result;
  Status problem;
};

/// What only a replay, or building anew, would bring back after the end of the process.
struct Unsaved {
  std::uint64_t log_bytes = 0;   ///< Behind the last checkpoint.
  std::uint64_t graph_rows = 0;  ///< Linked into graphs since then.
};

struct ShardStats {
  std::uint64_t points_count = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t resident_bytes = 0;
  base::OpNumber last_operation;
};

/// A log, a pure function and a checkpoint: the rows of one collection (or of a part of it).
///
/// Threads: everything may be called from any thread. Writes go through one at a time (writer_mutex_);
/// readers take the state that was published last, which does not change, and hold no lock.
/// docs/concurrency.md has the whole picture.
class Shard final : public Maintained, public std::enable_shared_from_this<Shard> {
 public:
  /// Opens the folder, which must exist: manifest, files, then the log behind them. An empty folder
  /// is an empty shard.
  /// @param identity whose rows these are (the collection's UUID): written into manifest and log, and
  ///        compared when they are opened; "" = not compared.
  /// @param control borrowed for the call; may be null.
  /// @return kDataLoss with file and offset: nothing was changed, the shard must not be used.
  static Result<std::shared_ptr<Shard>> open(const Runtime& runtime,
                                             std::string directory,
                                             const model::CollectionConfig& config,
                                             std::string identity = "",
                                             OpenControl* control = nullptr);
  ~Shard() override;

  /// Resolves, logs and applies one command; with kSynced waits until it survives power loss.
  /// kUnavailable (kShardReadOnly) when the log failed.
  /// Where the context can hold the answer, it holds it instead of waiting, and the outcome is what is told
  /// when the wait ends well. Waits for the writer's lock as long as context.check() passes.
  Outcome submit(const model::Command& command,
                 model::Durability durability,
                 const observe::OpContext& context);
  /// Several in turn, up to and with the first that has a problem; all wait together for the sync of the last.
  std::vector<Outcome> submit_all(std::span<const model::Command> commands,
                                  model::Durability durability,
                                  const observe::OpContext& context);

  /// One whole state of the shard, a value: nothing in it changes, and holding it stops nobody. It keeps in
  /// memory, and readable on the disk, what it shows and the shard has replaced since.
  class ReadView {
   public:
    explicit ReadView(std::shared_ptr<const segment::Segment> segment) : segment_(std::move(segment)) {}
    const segment::Segment& segment() const { return *segment_; }
    /// The state by itself, for those who know no shards.
    std::shared_ptr<const segment::Segment> share() const { return segment_; }

   private:
    std::shared_ptr<const segment::Segment> segment_;
  };
  /// The state with every acknowledged write. Waits for a pointer's exchange at most.
  ReadView read_view() const { return ReadView(published_.load()); }

  ShardStats stats() const;
  Unsaved unsaved() const;
  /// About what a checkpoint would write now.
  std::uint64_t checkpoint_bytes() const;
  /// Follows a changed collection configuration (graph parameters, thresholds).
  void set_config(const model::CollectionConfig& config);

  /// Ok unless a change could only be applied in part (there was no memory) and the state cannot be
  /// built anew from files and log either. Nobody should read then. @return kUnavailable.
  /// After a failure that more memory does not mend the next try comes kRepairRetry later.
  Status readable() { return stale_ ? repair() : Status(); }
  /// Writes a checkpoint now. Fine when there is nothing to write.
  Status checkpoint();
  /// Drops all dead rows, then writes a checkpoint that keeps no file, and leaves the log without a record:
  /// what was deleted or replaced before is neither in memory nor in any file of the shard afterwards.
  /// Takes the room of all files, and of the live rows in memory, once more; graphs are built anew.
  /// Readers and writers go on. @return kOutOfSpace, kIo, kResourceExhausted: nothing has changed.
  Status compact();
  /// The collection is dropped: no more writes, no more background work. Waits for a checkpoint that is
  /// being written.
  void close();

  bool maintain() override;
  void sync_logged() override;
  std::uint64_t replay_bytes() const override;
  void want_checkpoint() override { checkpoint_wanted_ = true; }
  bool is_checkpoint_wanted() const override { return checkpoint_wanted_; }

 private:
  /// Rows that one slice of maintenance links into a graph: a few milliseconds to some tens.
  static constexpr std::uint32_t kSliceRows = 64;

  Shard(const Runtime& runtime, std::string directory, std::string identity);
  Status recover(const model::CollectionConfig& config, OpenControl* control);
  Status start_empty(const model::CollectionConfig& config, OpenControl* control)
      ALD_REQUIRES(build_mutex_, writer_mutex_);
  Status load_checkpoint(const storage::Manifest& manifest, const model::CollectionConfig& config)
      ALD_REQUIRES(build_mutex_, writer_mutex_);
  Status open_log() ALD_REQUIRES(writer_mutex_);
  Status load_indexes(const storage::Manifest& manifest);
  Status rebuild_payload_indexes(const model::PayloadSchema& schema);
  void load_graphs(const storage::Manifest& manifest, const base::json::Value& graphs);
  Status replay(base::LogPosition from, OpenControl* control);
  void tell_lost(const model::PointId& id, const Status& reason);

  /// Everything but the wait for the disk. @param logged raised to what there is to wait for.
  Outcome submit_logged(const model::Command& command,
                        const observe::OpContext& context,
                        base::LogPosition& logged);
  void submit_under_lock(const model::Command& command,
                         const observe::OpContext& context,
                         Outcome& outcome,
                         base::LogPosition& logged);
  /// Sees to the durability of what submit_logged() has logged, and tells it in the outcomes.
  void finish(base::LogPosition logged,
              model::Durability durability,
              const observe::OpContext& context,
              std::span<Outcome> outcomes);
  bool hold_answer(const observe::OpContext& context);
  /// For those who wait in commits_.
  Status commit();
  Outcome submit_locked(const model::Command& command,
                        const observe::OpContext& context,
                        base::LogPosition& logged) ALD_REQUIRES(writer_mutex_);
  void apply_record(const Record& record, PreparedRecord& prepared) ALD_REQUIRES(writer_mutex_, state_mutex_);
  /// Lets readers see segment_ as it is.
  void publish() ALD_REQUIRES(state_mutex_) { published_.store(segment_->snapshot()); }
  Status writable() const ALD_REQUIRES(writer_mutex_);
  Result<base::LogPosition> append_to_log(const Record& record, bool is_deletion)
      ALD_REQUIRES(writer_mutex_);
  void remove_failed_checkpoint(std::uint64_t generation);
  Status checkpoint(storage::CheckpointExtent extent);
  Status write_and_trim(storage::CheckpointExtent extent) ALD_REQUIRES(build_mutex_);

  // Dead rows: compaction.cc.
  bool is_renumbering_due() const;
  void begin_renumbering() ALD_REQUIRES(build_mutex_);
  bool renumber_slice() ALD_REQUIRES(build_mutex_);
  bool renumber_some();
  Status renumber_all();

  // The bound of the log: log_bound.cc.
  bool is_checkpoint_due() const;
  bool has_room(std::uint64_t limit_bytes) const;
  Status wait_for_room(const model::Command& command, const observe::OpContext& context);
  void bound_all_logs();
  void count_log() ALD_REQUIRES(writer_mutex_);
  void note_checkpoint(const Status& outcome);

  /// Turns the shard read-only for good. @return what writers are told from now on.
  Status fail(const Status& reason);
  /// Builds the state anew, as at a start, if it is stale.
  Status repair();
  Status read_anew() ALD_REQUIRES(build_mutex_, writer_mutex_);
  /// What a repair that failed a moment ago said; ok when one may be tried.
  Status repair_failure() const;
  bool build_some();
  bool repair_some();
  /// @return false when there is no memory to do it now.
  bool drop_broken_graph() ALD_REQUIRES(build_mutex_);
  Result<storage::Manifest> write_checkpoint(storage::CheckpointExtent extent,
                                             std::unique_ptr<storage::StoreCut>& checkpoint)
      ALD_REQUIRES(build_mutex_);

  // Constant after construction.
  const Runtime runtime_;
  const std::string directory_;
  const std::string identity_;
  /// Made ahead, for when there is no memory to make it.
  const Status half_applied_;
  /// Answers that wait for a sync. Set when the shard is made.
  std::shared_ptr<CommitLine> commits_;

  // Lock order: build_mutex_, writer_mutex_, state_mutex_.
  /// Held by whoever adds rows to a graph or writes a checkpoint.
  base::Mutex build_mutex_;
  std::uint64_t generation_ ALD_GUARDED_BY(build_mutex_) = 0;
  model::CollectionConfig config_ ALD_GUARDED_BY(build_mutex_);
  /// How often the dead rows were dropped.
  std::uint64_t renumbered_ ALD_GUARDED_BY(build_mutex_) = 0;
  /// Held by the one writer.
  mutable base::TimedMutex writer_mutex_;
  Counters counters_ ALD_GUARDED_BY(writer_mutex_);
  Status failure_ ALD_GUARDED_BY(writer_mutex_);
  base::LogPosition applied_ ALD_GUARDED_BY(writer_mutex_);
  /// Held while segment_ changes and is published: by the writer for one record, by the builder for the end
  /// of a slice. segment_ itself is exchanged under all three locks.
  base::Mutex state_mutex_;
  std::unique_ptr<segment::Segment> segment_;
  /// segment_ as readers see it.
  base::Published<segment::Segment> published_;
  /// A graph that a slice without memory may have left half linked: it is to be forgotten.
  std::shared_ptr<const index::HnswGraph> broken_graph_ ALD_GUARDED_BY(build_mutex_);
  /// A successor of segment_ in the making; null most of the time.
  std::unique_ptr<segment::Renumbering> renumbering_ ALD_GUARDED_BY(build_mutex_);
  /// Under way; null most of the time.
  std::unique_ptr<segment::GraphRepair> graph_repair_ ALD_GUARDED_BY(build_mutex_);

  std::unique_ptr<oplog::Log> log_;
  /// What the last durable checkpoint covers.
  std::atomic<std::uint64_t> covered_ = 0;
  /// This shard's part of Background::logs().
  std::uint64_t counted_log_bytes_ ALD_GUARDED_BY(writer_mutex_) = 0;
  /// Rows in the graphs of the last checkpoint's files.
  std::atomic<std::uint64_t> saved_graph_rows_ = 0;
  std::atomic<bool> checkpoint_wanted_ = false;
  /// Taken alone. For writers that wait for a checkpoint.
  base::Mutex room_mutex_;
  base::CondVar room_;
  std::uint64_t checkpoints_tried_ ALD_GUARDED_BY(room_mutex_) = 0;
  Status checkpoint_failure_ ALD_GUARDED_BY(room_mutex_);  ///< Of the last one.
  std::atomic<std::uint64_t> indexing_threshold_kb_ = 0;
  std::atomic<bool> closed_ = false;
  /// After a failed checkpoint: when the next may be tried. Background thread only.
  // tidy: allow, because it is a time of the Env's clock, which tests move.
  std::chrono::steady_clock::time_point next_checkpoint_;
  /// The log holds a change that the state holds in part.
  std::atomic<bool> stale_ = false;
  /// Taken last.
  mutable base::Mutex repair_mutex_;
  Status repair_failure_ ALD_GUARDED_BY(repair_mutex_);
  // tidy: allow, because it is a time of the Env's clock, which tests move.
  std::chrono::steady_clock::time_point next_repair_ ALD_GUARDED_BY(repair_mutex_);
};

}  // namespace alidade::shard
