#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bitset.h"
#include "storage/payload_store.h"
#include "storage/point_store.h"

namespace alidade::storage {

/// What a checkpoint needs of a vector: the rows themselves are shared, they never change.
struct CheckpointColumn {
  VectorStore vectors;
  base::Bitset present;      // Of all rows.
  std::vector<float> norms;  // Of the rows to be written; empty unless the spec keeps norms.
};

/// A PointStore as it was at one moment, what of it is to be written, and what came of writing it.
struct CheckpointState {
  // Where to.
  env::Env* env = nullptr;
  std::string directory;
  // What was there when the checkpoint began; the fields below are filled from it when it is written.
  std::unique_ptr<const PointStore> cut;
  CheckpointExtent extent = CheckpointExtent::kWhatPays;
  bool changed = false;
  std::uint64_t changes = 0;
  std::vector<VectorSpec> specs;
  std::vector<RowsFile> kept_rows_files;
  std::optional<FileRef> old_table_file;
  // Of all rows.
  std::uint32_t row_count = 0;
  base::Bitset live;
  std::vector<base::OpNumber> versions;
  std::vector<PayloadRef> payload_refs;
  std::vector<PayloadSource> payload_sources;
  std::vector<std::uint32_t> rewritten_slots;  // Their payloads go to the new payload file.
  std::set<std::uint32_t> lost_payloads;       // Rows.
  bool keeps_unreadable = true;  // A file with a payload that cannot be read is kept, not an error.
  std::vector<CheckpointColumn> columns;       // One per spec.
  // Of the rows from first_row on, which go to the new rows file.
  std::uint32_t first_row = 0;
  std::vector<model::PointId> ids;
  std::vector<std::uint64_t> first_seen;
  std::string original_ids;
  std::vector<std::uint64_t>
      original_id_ends;  // Relative to original_ids; empty when there are none.
  // What write() made.
  bool written = false;
  std::vector<RowsFile> rows_files;
  std::optional<FileRef> table_file;
  std::shared_ptr<const BlockFileReader> payload_file;
  std::vector<PayloadMove> moves;
};

}  // namespace alidade::storage
