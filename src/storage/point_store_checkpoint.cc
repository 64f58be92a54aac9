// A checkpoint: what is copied, what is written anew, and how the store moves over to the files.
#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/kill_point.h"
#include "storage/checkpoint_state.h"
#include "storage/format/rows_file.h"
#include "storage/format/table_file.h"
#include "storage/payload_store.h"
#include "storage/point_store.h"

namespace alidade::storage {
namespace {

// Above this many files of a kind, small ones are merged: at least half of them, and each older one
// that is no larger than all newer ones together. A row is so rewritten O(log n) times.
constexpr std::size_t kMaxFiles = 16;
// A file whose dead bytes are worth rewriting it for.
constexpr std::uint64_t kMinGarbageBytes = 64 * 1024;

/// How many of the files, newest (last) first, to merge with what is new.
std::size_t files_to_merge(const std::vector<std::uint64_t>& sizes, std::uint64_t new_bytes) {
  if (sizes.size() < kMaxFiles) return 0;
  std::uint64_t merged_bytes = new_bytes;
  std::size_t count = 0;
  while (count < sizes.size()) {
    const std::uint64_t size = sizes[sizes.size() - 1 - count];
    if (count >= kMaxFiles / 2 && size > merged_bytes) break;
    merged_bytes += size;
    ++count;
  }
  return count;
}

std::uint64_t live_in_range(const base::Bitset& live, std::uint32_t first, std::uint32_t end) {
  std::uint64_t count = 0;
  for (std::size_t word = first / 64; word * 64 < end; ++word) {
    std::uint64_t bits = live.word(word);
    if (word == first / 64) bits &= ~std::uint64_t{0} << (first % 64);
    if (end - word * 64 < 64) bits &= ~(~std::uint64_t{0} << (end - word * 64));
    count += static_cast<std::uint64_t>(std::popcount(bits));
  }
  return count;
}

/// Which sources' payloads go to the new file: all that is in memory, files that are mostly dead,
/// and small ones when there are many.
std::vector<std::uint32_t> plan_payloads(const std::vector<PayloadSource>& sources, CheckpointExtent extent) {
  std::vector<std::uint32_t> rewritten;
  std::vector<std::uint32_t> kept;
  std::uint64_t new_bytes = 0;
  for (std::uint32_t slot = 1; slot < sources.size(); ++slot) {
    const PayloadSource& source = sources[slot];
    if (!source.arena && source.file == nullptr) continue;
    const std::uint64_t dead =
        source.file == nullptr ? 0 : source.file->data_bytes() - source.live_bytes;
    const bool mostly_dead =
        extent == CheckpointExtent::kEverything || source.live_bytes == 0 || (dead > source.live_bytes && dead >= kMinGarbageBytes);
    if (!source.arena && !mostly_dead) {
      kept.push_back(slot);
      continue;
    }
    rewritten.push_back(slot);
    new_bytes += source.live_bytes;
  }
  std::sort(kept.begin(), kept.end(), [&](std::uint32_t a, std::uint32_t b) {
    return sources[a].live_bytes > sources[b].live_bytes;
  });
  std::vector<std::uint64_t> sizes;
  for (const std::uint32_t slot : kept) sizes.push_back(sources[slot].live_bytes);
  const std::size_t merged = files_to_merge(sizes, new_bytes);
  rewritten.insert(rewritten.end(), kept.end() - static_cast<std::ptrdiff_t>(merged), kept.end());
  return rewritten;
}

/// A payload that cannot be read stays where it is, and its file with it: one bad block must not keep a
/// shard from ever writing a checkpoint again.
bool stays(const CheckpointState& state, const Status& unreadable) {
  return state.keeps_unreadable && unreadable.code() == StatusCode::kDataLoss;
}

/// Copies the payloads of the rewritten slots to a new file; without any there is no file.
Result<std::optional<FileRef>> write_payloads(CheckpointState& state, const std::string& name) {
  std::vector<bool> rewritten(state.payload_sources.size(), false);
  for (const std::uint32_t slot : state.rewritten_slots) rewritten[slot] = true;
  std::unique_ptr<BlockFileWriter> file;
  for (std::uint32_t row = 0; row < state.row_count; ++row) {
    const PayloadRef& ref = state.payload_refs[row];
    if (!rewritten[ref.slot]) continue;
    const auto text = state.lost_payloads.contains(row) ? Result<std::string>(data_loss("a payload is lost"))
                                                        : read_payload(state.payload_sources[ref.slot], ref);
    if (!text.ok()) {
      if (!stays(state, text.status())) return text.status();
      std::erase(state.rewritten_slots, ref.slot);
      continue;
    }
    if (file == nullptr) {
      ALD_ASSIGN(file, BlockFileWriter::create(*state.env, state.directory, name, kPayloadKind,
                                               kSmallBlockBytes));
    }
    state.moves.push_back({base::PointOffset(row), ref, file->data_bytes()});
    ALD_RETURN_IF_ERROR(file->append(base::as_bytes(*text)));
  }
  if (file == nullptr) return std::optional<FileRef>();
  ALD_ASSIGN(const auto finished, file->finish());
  return std::optional<FileRef>(finished);
}

/// The table as the files will be: payload references count files instead of slots.
PointTable make_table(CheckpointState& state,
                      const std::optional<FileRef>& payload_file,
                      std::vector<FileRef>& payload_files) {
  PointTable table;
  table.row_count = state.row_count;
  table.rows_files = state.rows_files;
  table.live = state.live;
  table.versions = state.versions;
  table.payloads = state.payload_refs;
  std::vector<std::uint32_t> file_of_slot(state.payload_sources.size(), 0);
  for (std::uint32_t slot = 1; slot < state.payload_sources.size(); ++slot) {
    const PayloadSource& source = state.payload_sources[slot];
    const bool rewritten = std::find(state.rewritten_slots.begin(), state.rewritten_slots.end(),
                                     slot) != state.rewritten_slots.end();
    if (source.file == nullptr || rewritten) continue;
    payload_files.push_back(source.file->file());
    file_of_slot[slot] = static_cast<std::uint32_t>(payload_files.size());
  }
  for (PayloadRef& ref : table.payloads) ref.slot = file_of_slot[ref.slot];
  if (payload_file) {
    payload_files.push_back(*payload_file);
    for (const PayloadMove& move : state.moves) {
      PayloadRef& ref = table.payloads[move.row.value];
      ref.slot = static_cast<std::uint32_t>(payload_files.size());
      ref.position = move.position;
    }
  }
  for (const FileRef& file : payload_files) table.payload_files.push_back(file.name);
  for (std::size_t i = 0; i < state.specs.size(); ++i) {
    table.vectors.push_back({state.specs[i], state.columns[i].present});
  }
  return table;
}

/// The files of the last checkpoint, for one that has nothing new.
std::vector<FileRef> unchanged_files(const CheckpointState& state) {
  std::vector<FileRef> files;
  for (const RowsFile& rows : state.kept_rows_files) files.push_back(rows.file);
  for (const PayloadSource& source : state.payload_sources) {
    if (source.file != nullptr) files.push_back(source.file->file());
  }
  if (state.old_table_file) files.push_back(*state.old_table_file);
  return files;
}

Result<std::vector<FileRef>> write_files(CheckpointState& state,
                                         std::uint64_t generation,
                                         std::vector<std::string>& made) {
  std::vector<FileRef> files;
  state.rows_files = state.kept_rows_files;
  if (state.first_row < state.row_count) {
    const std::string name = checkpoint_file_name(kRowsKind, generation);
    ALD_ASSIGN(auto rows, write_rows_file(state, name));
    made.push_back(name);
    state.rows_files.push_back(std::move(rows));
    ALD_KILL_POINT(checkpoint_rows_written);
  }
  for (const RowsFile& rows : state.rows_files) files.push_back(rows.file);
  const std::string payload_name = checkpoint_file_name(kPayloadKind, generation);
  ALD_ASSIGN(const auto payload_file, write_payloads(state, payload_name));
  if (payload_file) {
    made.push_back(payload_name);
    ALD_KILL_POINT(checkpoint_payload_written);
    ALD_ASSIGN(state.payload_file,
               BlockFileReader::open(*state.env, state.directory, *payload_file));
  }
  std::vector<FileRef> payload_files;
  const PointTable table = make_table(state, payload_file, payload_files);
  files.insert(files.end(), payload_files.begin(), payload_files.end());
  const std::string table_name = checkpoint_file_name(kTableKind, generation);
  ALD_ASSIGN(state.table_file, write_table_file(*state.env, state.directory, table_name, table));
  made.push_back(table_name);
  ALD_KILL_POINT(checkpoint_table_written);
  files.push_back(*state.table_file);
  ALD_RETURN_IF_ERROR(state.env->sync_directory(state.directory));
  return files;
}

}  // namespace

StoreCut::StoreCut(std::unique_ptr<CheckpointState> state) : state_(std::move(state)) {}
StoreCut::~StoreCut() = default;

std::unique_ptr<StoreCut> PointStore::begin_checkpoint(CheckpointExtent extent) {
  auto state = std::make_unique<CheckpointState>();
  state->env = &env_;
  state->directory = directory_;
  state->extent = extent;
  state->keeps_unreadable = extent == CheckpointExtent::kWhatPays;
  state->changes = changes_;
  state->changed = changes_ != files_->sealed_changes || extent == CheckpointExtent::kEverything;
  if (state->changed) payloads_.seal();
  state->cut = snapshot();
  return std::unique_ptr<StoreCut>(new StoreCut(std::move(state)));
}

void PointStore::describe(CheckpointState& state) const {
  state.old_table_file = files_->table;
  state.payload_sources = payloads_.sources();
  state.kept_rows_files = files_->rows;
  state.first_row = state.row_count = row_count();
  if (!state.changed) return;
  state.rewritten_slots = plan_payloads(state.payload_sources, state.extent);
  state.lost_payloads = payloads_.lost();
  plan_rows(state);
  copy_rows(state);
}

/// Chooses the first row that is written anew: normally the first that is in no file.
void PointStore::plan_rows(CheckpointState& state) const {
  std::vector<std::uint64_t> sizes;
  std::uint64_t stored = 0;
  std::uint64_t live = 0;
  for (const RowsFile& rows : files_->rows) {
    sizes.push_back(rows.file.size_bytes);
    stored += rows.stored_live;
    live += live_in_range(live_, rows.first_row, rows.end_row);
  }
  std::size_t merged = files_to_merge(sizes, (row_count() - files_->sealed_rows) * row_bytes());
  const std::uint64_t dead = stored - live;
  const bool mostly_dead = dead > live && dead * row_bytes() >= kMinGarbageBytes;
  if (mostly_dead || state.extent == CheckpointExtent::kEverything) merged = files_->rows.size();
  state.kept_rows_files.resize(files_->rows.size() - merged);
  state.first_row = state.kept_rows_files.empty() ? 0 : state.kept_rows_files.back().end_row;
}

void PointStore::copy_rows(CheckpointState& state) const {
  state.specs = specs_;
  state.live = live_;
  state.versions = versions_.to_vector();
  state.payload_refs = payloads_.refs().to_vector();
  state.ids = ids_.to_vector(state.first_row);
  state.first_seen = first_seen_.to_vector(state.first_row);
  for (const VectorColumn& column : columns_) {
    CheckpointColumn& copy = state.columns.emplace_back();
    copy.vectors = column.vectors;
    copy.present = column.present;
    copy.norms = column.norms.to_vector(state.first_row);
  }
  if (original_ids_.size() <= state.first_row) return;
  for (std::uint32_t row = state.first_row; row < row_count(); ++row) {
    state.original_ids += original_id(base::PointOffset(row));
    state.original_id_ends.push_back(state.original_ids.size());
  }
}

Result<std::vector<FileRef>> PointStore::write(StoreCut& cut, std::uint64_t generation) {
  CheckpointState& state = *cut.state_;
  state.cut->describe(state);
  if (!state.changed) {
    state.written = true;
    return unchanged_files(state);
  }
  std::vector<std::string> made;
  auto files = write_files(state, generation, made);
  if (!files.ok()) {
    // No manifest names them. What cannot be removed now is removed at the next start.
    for (const std::string& name : made)
      state.env->remove_file(env::join_path(state.directory, name)).ignore();
    return files;
  }
  state.written = true;
  return files;
}

void PointStore::finish_checkpoint(StoreCut& cut) {
  CheckpointState& state = *cut.state_;
  ALD_CHECK(state.written);
  if (!state.changed) return;
  payloads_.finish(std::move(state.payload_file), state.moves, state.rewritten_slots);
  files_ = base::Cow<Files>(
      Files{std::move(state.rows_files), std::move(state.table_file), state.row_count, state.changes});
}

}  // namespace alidade::storage
