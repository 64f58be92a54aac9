#pragma once

#include <string>
#include <vector>

#include "storage/checkpoint_state.h"
#include "storage/format/block_file.h"

/// Contents of a rows file: everything of a range of rows that never changes. Byte table:
/// docs/formats/point_store.md. Rows that are dead when it is written keep their place, without
/// vectors and without original id.
namespace alidade::storage {

inline constexpr std::string_view kRowsKind = "rows";

Result<RowsFile> write_rows_file(const CheckpointState& state, const std::string& name);

/// Reads one front to back: the columns first, then vector by vector.
class RowsFileReader {
 public:
  struct Columns {
    std::uint32_t first_row = 0;
    std::uint32_t end_row = 0;
    std::uint64_t stored_live = 0;
    std::vector<model::PointId> ids;
    std::vector<std::uint64_t> first_seen;
    std::vector<std::uint32_t> original_id_sizes;  ///< Empty when no row has one.
    std::string original_ids;
  };
  struct VectorHeader {
    VectorSpec spec;
    base::Bitset stored;  ///< Rows of the file that have it, from first_row on.
  };

  explicit RowsFileReader(const BlockFileReader& file) : stream_(file) {}

  Result<Columns> read_columns();
  std::uint32_t vector_count() const { return vector_count_; }
  /// Once per vector, each followed by read_vectors() or skip_vectors().
  Result<VectorHeader> next_vector();
  /// Puts row i of the file into target row first_row + i (which must be there), and the norms,
  /// when the vector keeps them, into norms[i].
  Status read_vectors(const VectorHeader& header, VectorStore& target, std::vector<float>& norms);
  Status skip_vectors(const VectorHeader& header);
  /// Like read_vectors(), but goes on behind damaged blocks: row i of the file goes to
  /// values[i × dim], and `good` keeps the rows whose bytes were right.
  /// @return the first damage; ok when there was none.
  Status read_vectors_that_verify(const VectorHeader& header,
                                  std::vector<float>& values,
                                  std::vector<float>& norms,
                                  base::Bitset& good);

  /// The same for sparse and multivectors: row i of the file goes to row i of the target.
  Status read_values_that_verify(const VectorHeader& header, ValueRows& target, base::Bitset& good);

 private:
  Status read_values(const VectorHeader& header, ValueRows& target);
  Result<std::vector<std::uint32_t>> read_counts(const VectorHeader& header);
  Result<model::VectorView> read_value(const VectorSpec& spec, std::uint32_t count, std::vector<float>& words);

  BlockStream stream_;
  std::uint32_t first_row_ = 0;
  std::uint32_t row_count_ = 0;
  std::uint32_t vector_count_ = 0;
};

}  // namespace alidade::storage
