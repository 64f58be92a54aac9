#include "storage/format/table_file.h"

#include "storage/format/vector_shape.h"

namespace alidade::storage {
namespace {

void put_bits(const base::Bitset& bits, base::ByteWriter& out) {
  out.put_array(std::span<const std::uint64_t>(bits.to_words()));
}

Result<base::Bitset> get_bits(BlockStream& stream, std::uint32_t row_count) {
  std::vector<std::uint64_t> words((std::size_t{row_count} + 63) / 64);
  ALD_RETURN_IF_ERROR(stream.read(std::as_writable_bytes(std::span(words))));
  if (row_count % 64 != 0 && (words.back() >> (row_count % 64)) != 0) {
    return stream.damage("a set of rows has bits behind its end");
  }
  return base::Bitset::from_words(words, row_count);
}

Result<RowsFile> get_rows_file(BlockStream& stream) {
  RowsFile rows;
  ALD_ASSIGN(rows.file.name, stream.get_text());
  ALD_ASSIGN(rows.first_row, stream.get<std::uint32_t>());
  ALD_ASSIGN(rows.end_row, stream.get<std::uint32_t>());
  ALD_ASSIGN(rows.stored_live, stream.get<std::uint64_t>());
  return rows;
}

Result<PointTable::Presence> get_presence(BlockStream& stream, std::uint32_t row_count) {
  PointTable::Presence presence;
  ALD_ASSIGN(presence.spec.name, stream.get_text());
  ALD_ASSIGN(presence.spec.dim, stream.get<std::uint32_t>());
  ALD_ASSIGN(const auto shape, stream.get<std::uint32_t>());
  if (!set_shape(shape, presence.spec)) return stream.damage("unknown kind of vector");
  ALD_ASSIGN(presence.rows, get_bits(stream, row_count));
  return presence;
}

/// Adds up ranges so that a damaged table cannot lead outside of what was loaded.
Status check_ranges(const PointTable& table, const BlockStream& stream) {
  std::uint32_t next = 0;
  for (const RowsFile& rows : table.rows_files) {
    if (rows.first_row != next || rows.end_row < rows.first_row) {
      return stream.damage("the ranges of the rows files do not follow each other");
    }
    next = rows.end_row;
  }
  if (next != table.row_count) return stream.damage("the rows files do not hold all rows");
  for (const PayloadRef& ref : table.payloads) {
    if (ref.slot > table.payload_files.size())
      return stream.damage("a payload is in an unknown file");
  }
  return Status();
}

}  // namespace

Result<FileRef> write_table_file(env::Env& env,
                                 const std::string& directory,
                                 const std::string& name,
                                 const PointTable& table) {
  base::ByteWriter out;
  out.put(table.row_count);
  out.put(static_cast<std::uint32_t>(table.rows_files.size()));
  out.put(static_cast<std::uint32_t>(table.payload_files.size()));
  out.put(static_cast<std::uint32_t>(table.vectors.size()));
  for (const RowsFile& rows : table.rows_files) {
    out.put_text(rows.file.name);
    out.put(rows.first_row);
    out.put(rows.end_row);
    out.put(rows.stored_live);
  }
  for (const std::string& payload_file : table.payload_files) out.put_text(payload_file);
  for (const PointTable::Presence& presence : table.vectors) {
    out.put_text(presence.spec.name);
    out.put(presence.spec.dim);
    out.put(shape_of(presence.spec));
    put_bits(presence.rows, out);
  }
  put_bits(table.live, out);
  ALD_ASSIGN(const auto file,
             BlockFileWriter::create(env, directory, name, kTableKind, kLargeBlockBytes));
  ALD_RETURN_IF_ERROR(file->append(out.bytes()));
  static_assert(sizeof(base::OpNumber) == 8 && sizeof(PayloadRef) == 16, "written as they lie");
  ALD_RETURN_IF_ERROR(file->append(std::as_bytes(std::span(table.versions))));
  ALD_RETURN_IF_ERROR(file->append(std::as_bytes(std::span(table.payloads))));
  return file->finish();
}

Result<PointTable> read_table_file(const BlockFileReader& file) {
  BlockStream stream(file);
  PointTable table;
  ALD_ASSIGN(table.row_count, stream.get<std::uint32_t>());
  ALD_ASSIGN(const auto rows_file_count, stream.get<std::uint32_t>());
  ALD_ASSIGN(const auto payload_file_count, stream.get<std::uint32_t>());
  ALD_ASSIGN(const auto vector_count, stream.get<std::uint32_t>());
  if (table.row_count > file.data_bytes()) return stream.damage("impossible number of rows");
  for (std::uint32_t i = 0; i < rows_file_count; ++i) {
    ALD_ASSIGN(auto rows, get_rows_file(stream));
    table.rows_files.push_back(std::move(rows));
  }
  for (std::uint32_t i = 0; i < payload_file_count; ++i) {
    ALD_ASSIGN(auto name, stream.get_text());
    table.payload_files.push_back(std::move(name));
  }
  for (std::uint32_t i = 0; i < vector_count; ++i) {
    ALD_ASSIGN(auto presence, get_presence(stream, table.row_count));
    table.vectors.push_back(std::move(presence));
  }
  ALD_ASSIGN(table.live, get_bits(stream, table.row_count));
  ALD_ASSIGN(table.versions, stream.get_array<base::OpNumber>(table.row_count));
  ALD_ASSIGN(table.payloads, stream.get_array<PayloadRef>(table.row_count));
  ALD_RETURN_IF_ERROR(check_ranges(table, stream));
  return table;
}

}  // namespace alidade::storage
