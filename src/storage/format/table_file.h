#pragma once

#include <string>
#include <vector>

#include "storage/checkpoint_state.h"
#include "storage/format/block_file.h"

/// Contents of the table file: everything of all rows that changes (live, version, place of the
/// payload, presence of vectors), and which files hold the rest. Each checkpoint writes it anew.
namespace alidade::storage {

inline constexpr std::string_view kTableKind = "table";

struct PointTable {
  struct Presence {
    VectorSpec spec;
    base::Bitset rows;
  };
  std::uint32_t row_count = 0;
  std::vector<RowsFile> rows_files;        ///< FileRef holds the name only.
  std::vector<std::string> payload_files;  ///< Names.
  std::vector<Presence> vectors;
  base::Bitset live;
  std::vector<base::OpNumber> versions;
  /// PayloadRef::slot is 1 + the place in payload_files, 0 = no payload.
  std::vector<PayloadRef> payloads;
};

Result<FileRef> write_table_file(env::Env& env,
                                 const std::string& directory,
                                 const std::string& name,
                                 const PointTable& table);
Result<PointTable> read_table_file(const BlockFileReader& file);

}  // namespace alidade::storage
