#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bitset.h"
#include "base/cow.h"
#include "base/cow_vector.h"
#include "base/ids.h"
#include "base/row_map.h"
#include "base/status.h"
#include "env/env.h"
#include "model/point_id.h"
#include "storage/id_map.h"
#include "storage/manifest.h"
#include "storage/payload_store.h"
#include "storage/point_order.h"
#include "storage/vectors/rows.h"
#include "storage/vectors/value_rows.h"

namespace alidade::storage {

/// What a checkpoint writes.
enum class CheckpointExtent {
  kWhatPays,    ///< What is new, files that are mostly dead, and small ones when there are many.
  kEverything,  ///< All live rows and payloads: none of the older files is kept.
};

struct CheckpointState;
struct PointTable;

/// What PointStore::begin_checkpoint() took out: the store as it was then, which write() puts into files.
class StoreCut {
 public:
  ~StoreCut();
  StoreCut(const StoreCut&) = delete;
  StoreCut& operator=(const StoreCut&) = delete;

 private:
  friend class PointStore;
  explicit StoreCut(std::unique_ptr<CheckpointState> state);
  std::unique_ptr<CheckpointState> state_;
};

/// A rows file holds the offsets [first_row, end_row).
struct RowsFile {
  FileRef file;
  std::uint32_t first_row = 0;
  std::uint32_t end_row = 0;
  std::uint64_t stored_live = 0;  ///< Rows that were live when it was written.
};

/// One vector name of a shard.
struct VectorSpec {
  std::string name;
  std::uint32_t dim = 0;  ///< Of the rows of a multivector, too; 0 for a sparse vector.
  /// Cosine rows are stored as unit row and the norm that they were given with.
  bool keeps_norm = false;
  model::VectorKind kind = model::VectorKind::kDense;
};
/// Whether rows of one can stand under the other.
inline bool same_shape(const VectorSpec& a, const VectorSpec& b) {
  return a.name == b.name && a.dim == b.dim && a.keeps_norm == b.keeps_norm && a.kind == b.kind;
}

/// The vectors of one name. Copies share them.
struct VectorStore {
  std::shared_ptr<VectorRows> dense;   ///< nullptr for the other kinds,
  std::shared_ptr<ValueRows> values;   ///< which are here.

  static VectorStore make(const VectorSpec& spec);
  void ensure(std::uint32_t count);
  /// Copies a vector into a row that has none.
  void put(std::uint32_t row, const model::VectorView& vector);
  model::VectorView view(std::uint32_t row) const;
  std::uint64_t allocated_bytes() const;
  friend bool operator==(const VectorStore&, const VectorStore&) = default;
};

/// One row as it is appended; everything is borrowed for the call.
struct RowInput {
  model::PointId id;
  std::string_view original_id;  ///< "" unless the id was a text that is hashed to a UUID.
  base::OpNumber version;
  std::uint64_t first_seen = 0;
  std::string_view payload;               ///< Compact JSON object text, "" = no payload.
  /// Instead of `payload`: the new row takes over that row's, which is lost.
  std::optional<base::PointOffset> lost_payload_of = std::nullopt;
  std::span<const model::VectorView> vectors;  ///< One per spec in order, none = absent.
  std::span<const float> norms;  ///< One per spec; only read where keeps_norm. May be empty.
};

/// The rows of one shard: in memory since the last checkpoint, in immutable files before it.
/// Vectors, ids and small columns are always in memory; payloads of checkpointed rows stay on disk.
///
/// Offsets are append-only and never change: a new version of a point takes a new offset and the
/// old one is dead for good. A store without the dead rows is another store: renumbered().
///
/// Threads: one thread at a time, the writer. Everybody else reads a snapshot(), which does not change.
class PointStore {
 public:
  /// An empty store. No file is written before the first checkpoint.
  static Result<std::unique_ptr<PointStore>> create(env::Env& env,
                                                    std::string directory,
                                                    std::vector<VectorSpec> specs);
  /// Opens what manifest.files names (entries of foreign kinds are ignored). Everything that is
  /// loaded is verified; a payload block is verified when it is first read.
  /// @return kDataLoss with file and offset; kUnimplemented for a newer format; kIo.
  static Result<std::unique_ptr<PointStore>> open(env::Env& env,
                                                  std::string directory,
                                                  const Manifest& manifest,
                                                  std::vector<VectorSpec> specs);
  ~PointStore();
  PointStore& operator=(const PointStore&) = delete;
  /// The store as it is now, for any number of readers; nothing that happens to this one shows in it. O(1):
  /// the two share everything until this one changes it (base/cow.h). Rows share their vectors for good,
  /// as they never change.
  std::unique_ptr<PointStore> snapshot() const;

  // Mutations. None fails for a reason that a user caused; out of memory is std::bad_alloc.

  /// Adds a live row and maps its id to it; the row that the id named before, if any, is killed.
  base::PointOffset append(const RowInput& row);
  /// Deletes: clears the live bit, and the id mapping if it names this row. Fine for a dead row.
  void kill(base::PointOffset offset);
  void set_payload(base::PointOffset offset, std::string_view payload, base::OpNumber version);
  void set_version(base::PointOffset offset, base::OpNumber version);
  /// The row's payload is not known any more: payload() is kDataLoss until the row gets another one. A
  /// checkpoint does not keep this; see lost_payloads().
  void lose_payload(base::PointOffset offset);
  /// All rows have the new vector absent. The name must be new.
  void add_vector(VectorSpec spec);
  /// Forgets the vector of every row; specs behind it move up by one. @return false if unknown.
  bool remove_vector(std::string_view name);

  /// A store of the rows that are kept, under their new numbers; none of its rows is in a file yet. This
  /// store must not change afterwards, nor a checkpoint of it be finished.
  /// @param vectors one per spec: the vectors of the kept rows, in their places.
  std::unique_ptr<PointStore> renumbered(const base::RowMap& kept,
                                         std::vector<VectorStore> vectors) const;

  // Reading. An offset must be below row_count(); a dead row answers with what is left of it.

  const std::vector<VectorSpec>& specs() const { return specs_; }
  std::optional<base::PointOffset> find(const model::PointId& id) const;
  /// About what a row takes in memory and in files, its payload aside.
  std::uint64_t row_bytes() const;
  /// Rows ever appended, dead ones included.
  std::uint32_t row_count() const { return static_cast<std::uint32_t>(ids_.size()); }
  std::uint64_t live_count() const { return live_count_; }
  const base::Bitset& live() const { return live_; }
  bool is_live(base::PointOffset offset) const { return live_.test(offset.value); }
  model::PointId id(base::PointOffset offset) const { return ids_[offset.value]; }
  /// Valid as long as the store, or a snapshot of it.
  std::string_view original_id(base::PointOffset offset) const;
  base::OpNumber version(base::PointOffset offset) const { return versions_[offset.value]; }
  std::uint64_t first_seen(base::PointOffset offset) const { return first_seen_[offset.value]; }
  /// Reads the disk for checkpointed rows. @return kDataLoss with the point, file and offset; kIo.
  Result<std::string> payload(base::PointOffset offset) const;
  /// Rows whose payload is lost, in order.
  std::vector<std::uint32_t> lost_payloads() const;

  bool has_vector(std::size_t spec, base::PointOffset offset) const {
    return columns_[spec].present.test(offset.value);
  }
  /// Of a dense vector.
  const VectorRows& rows(std::size_t spec) const { return *columns_[spec].vectors.dense; }
  /// Of a row that has the vector. Rows that a caller has learned of never move or change.
  model::VectorView vector(std::size_t spec, base::PointOffset offset) const {
    return columns_[spec].vectors.view(offset.value);
  }
  const VectorStore& vectors(std::size_t spec) const { return columns_[spec].vectors; }
  /// The norm that a row was given with; 1 when the vector keeps none.
  float norm(std::size_t spec, base::PointOffset offset) const {
    const base::CowVector<float>& norms = columns_[spec].norms;
    return offset.value < norms.size() ? norms[offset.value] : 1.0F;
  }
  /// The live points by id, and by insertion behind the first `skip`. Good as long as nothing changes.
  IdCursor by_id(const std::optional<model::PointId>& start) const { return IdCursor(order_, start); }
  InsertionCursor by_insertion(std::uint64_t skip) const { return InsertionCursor(order_, skip); }

  /// Rows that have the vector; dead rows may be among them.
  const base::Bitset& present(std::size_t spec) const { return columns_[spec].present; }

  // A checkpoint has three steps. One at a time; giving up is destroying the cut.

  /// The writer; short: takes a snapshot and lets later payloads go elsewhere.
  std::unique_ptr<StoreCut> begin_checkpoint(CheckpointExtent extent = CheckpointExtent::kWhatPays);
  /// Any thread: writes and syncs the new files.
  /// @param generation of the manifest that will name them; never one that was tried before with
  ///        another content (file names carry it).
  /// @return the store's complete list of files for that manifest, kept ones included.
  ///         kOutOfSpace, kIo: nothing has changed, what was written is removed again.
  static Result<std::vector<FileRef>> write(StoreCut& cut, std::uint64_t generation);
  /// The writer, after store_manifest() succeeded: payloads move from memory to the files.
  /// The files that the manifest no longer names may be removed then (remove_unreferenced).
  void finish_checkpoint(StoreCut& cut);

  /// Bytes in memory that the next checkpoint would write, about; 0 when nothing changed.
  std::uint64_t unsealed_bytes() const;
  /// Memory of all rows, columns and payloads, about.
  std::uint64_t resident_bytes() const;
  /// Bytes of the store's files.
  std::uint64_t disk_bytes() const;

 private:
  struct VectorColumn {
    VectorStore vectors;  // Shared with a checkpoint that is being written.
    base::Bitset present;
    base::CowVector<float> norms;  // Empty unless the spec keeps norms.
  };
  /// State of the files.
  struct Files {
    std::vector<RowsFile> rows;
    std::optional<FileRef> table;
    std::uint32_t sealed_rows = 0;     // Rows below are in files.
    std::uint64_t sealed_changes = 0;  // How many of the changes the files hold.
  };

  PointStore(const PointStore&) = default;
  PointStore(env::Env& env, std::string directory, std::vector<VectorSpec> specs);
  void add_column(const VectorSpec& spec);
  void append_original_id(std::string_view text);
  Status load(const Manifest& manifest);
  Status load_payload_files(const Manifest& manifest,
                            PointTable& table,
                            const std::string& table_path);
  Status load_rows_files(const PointTable& table);
  Status load_rows_file(const RowsFile& rows, const PointTable& table);
  Status adopt(PointTable& table, const std::string& table_path);
  /// Fills in what is to be written.
  void describe(CheckpointState& state) const;
  void plan_rows(CheckpointState& state) const;
  void copy_rows(CheckpointState& state) const;

  // Constant after construction.
  env::Env& env_;
  const std::string directory_;
  // Writer.
  std::vector<VectorSpec> specs_;
  std::vector<VectorColumn> columns_;  // One per spec.
  base::CowVector<model::PointId> ids_;
  base::CowVector<std::uint64_t> first_seen_;
  base::CowVector<base::OpNumber> versions_;
  base::Bitset live_;
  std::uint64_t live_count_ = 0;
  // The text ids, each behind its length in 4 bytes, and where each row's is. Empty until the first one.
  PayloadArena original_texts_;
  base::CowVector<std::uint64_t> original_ids_;
  IdMap id_map_;
  PointOrder order_;
  PayloadStore payloads_;
  base::Cow<Files> files_;
  std::uint64_t changes_ = 0;  // Mutations since construction.
};

}  // namespace alidade::storage
