// How a PointStore comes out of its files.
#include <algorithm>

#include "storage/format/rows_file.h"
#include "storage/format/table_file.h"
#include "storage/point_store.h"

namespace alidade::storage {
namespace {

/// The manifest's entry for a file that the table names.
Result<FileRef> find_file(const Manifest& manifest,
                          std::string_view kind,
                          const std::string& name,
                          const std::string& table_path) {
  for (const FileRef& file : manifest.files) {
    if (file.kind == kind && file.name == name) return file;
  }
  return data_loss(table_path + ": the table names the file '" + name + "', the manifest does not");
}

}  // namespace

Result<std::unique_ptr<PointStore>> PointStore::open(env::Env& env,
                                                     std::string directory,
                                                     const Manifest& manifest,
                                                     std::vector<VectorSpec> specs) {
  std::unique_ptr<PointStore> store(new PointStore(env, std::move(directory), std::move(specs)));
  ALD_RETURN_IF_ERROR(store->load(manifest));
  return store;
}

Status PointStore::load(const Manifest& manifest) {
  const auto found = std::find_if(manifest.files.begin(), manifest.files.end(),
                                  [](const FileRef& file) { return file.kind == kTableKind; });
  if (found == manifest.files.end()) {
    const bool has_rows = std::any_of(
        manifest.files.begin(), manifest.files.end(),
        [](const FileRef& file) { return file.kind == kRowsKind || file.kind == kPayloadKind; });
    if (has_rows) return data_loss(directory_ + "/manifest: it names rows but no table file");
    return Status();
  }
  ALD_ASSIGN(const auto table_reader, BlockFileReader::open(env_, directory_, *found));
  ALD_ASSIGN(PointTable table, read_table_file(*table_reader));
  for (RowsFile& rows : table.rows_files) {
    ALD_ASSIGN(rows.file, find_file(manifest, kRowsKind, rows.file.name, table_reader->path()));
  }
  ALD_RETURN_IF_ERROR(load_payload_files(manifest, table, table_reader->path()));
  ALD_RETURN_IF_ERROR(load_rows_files(table));
  files_.write().table = *found;
  return adopt(table, table_reader->path());
}

Status PointStore::load_payload_files(const Manifest& manifest,
                                      PointTable& table,
                                      const std::string& table_path) {
  std::vector<std::uint64_t> sizes = {0};
  for (const std::string& name : table.payload_files) {
    ALD_ASSIGN(const auto file, find_file(manifest, kPayloadKind, name, table_path));
    ALD_ASSIGN(auto reader, BlockFileReader::open(env_, directory_, file));
    sizes.push_back(reader->data_bytes());
    // Slots are given out from 1 on, as the table counts.
    payloads_.add_file(std::move(reader));
  }
  for (const PayloadRef& ref : table.payloads) {
    if (ref.slot != 0 &&
        (ref.position > sizes[ref.slot] || ref.length > sizes[ref.slot] - ref.position)) {
      return data_loss(table_path + ": a payload is outside of its file");
    }
  }
  payloads_.set_refs(table.payloads);
  return Status();
}

Status PointStore::load_rows_files(const PointTable& table) {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    columns_[i].vectors.ensure(table.row_count);
    columns_[i].present.resize(table.row_count);
  }
  for (const RowsFile& rows : table.rows_files) ALD_RETURN_IF_ERROR(load_rows_file(rows, table));
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (specs_[i].keeps_norm) columns_[i].norms.grow(table.row_count, 1.0F);
  }
  files_.write().rows = table.rows_files;
  return Status();
}

Status PointStore::load_rows_file(const RowsFile& rows, const PointTable& table) {
  ALD_ASSIGN(const auto file, BlockFileReader::open(env_, directory_, rows.file));
  RowsFileReader reader(*file);
  ALD_ASSIGN(const auto columns, reader.read_columns());
  if (columns.first_row != rows.first_row || columns.end_row != rows.end_row) {
    return data_loss(file->path() + ": byte 64: another range of rows than the table says");
  }
  first_seen_.append(columns.first_seen);
  std::uint64_t text_start = 0;
  for (std::size_t i = 0; i < columns.ids.size(); ++i) {
    ids_.push_back(columns.ids[i]);
    if (columns.original_id_sizes.empty()) continue;
    append_original_id(std::string_view(columns.original_ids).substr(text_start, columns.original_id_sizes[i]));
    text_start += columns.original_id_sizes[i];
  }
  for (std::uint32_t i = 0; i < reader.vector_count(); ++i) {
    ALD_ASSIGN(const auto header, reader.next_vector());
    // A vector that was removed, or removed and made anew in another shape, is passed over: the
    // table says that no row has it.
    const auto spec = std::find_if(specs_.begin(), specs_.end(), [&](const VectorSpec& known) {
      return same_shape(known, header.spec);
    });
    const bool in_table =
        std::any_of(table.vectors.begin(), table.vectors.end(),
                    [&](const auto& presence) { return same_shape(presence.spec, header.spec); });
    if (spec == specs_.end() || !in_table) {
      ALD_RETURN_IF_ERROR(reader.skip_vectors(header));
      continue;
    }
    VectorColumn& column = columns_[static_cast<std::size_t>(spec - specs_.begin())];
    std::vector<float> norms(spec->keeps_norm ? columns.ids.size() : 0, 1.0F);
    ALD_RETURN_IF_ERROR(reader.read_vectors(header, column.vectors, norms));
    if (spec->keeps_norm) {
      column.norms.grow(rows.first_row, 1.0F);
      column.norms.append(norms);
    }
    header.stored.for_each([&](std::size_t row) { column.present.set(rows.first_row + row); });
  }
  return Status();
}

Status PointStore::adopt(PointTable& table, const std::string& table_path) {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    base::Bitset& loaded = columns_[i].present;
    const auto presence =
        std::find_if(table.vectors.begin(), table.vectors.end(),
                     [&](const auto& known) { return known.spec.name == specs_[i].name; });
    if (presence == table.vectors.end()) {
      loaded.reset_all();
      continue;
    }
    base::Bitset missing = presence->rows;
    missing &= table.live;
    missing.and_not(loaded);
    if (!missing.none()) {
      return data_loss(table_path + ": row " + std::to_string(missing.find_next(0)) +
                       " has the vector '" + specs_[i].name + "' (" +
                       std::to_string(presence->spec.dim) +
                       " values), which no rows file holds in the expected shape");
    }
    loaded &= presence->rows;
  }
  live_ = std::move(table.live);
  live_count_ = live_.count();
  versions_.append(table.versions);
  files_.write().sealed_rows = table.row_count;
  Status twice;
  std::vector<PointOrder::Point> points;
  points.reserve(live_count_);
  live_.for_each([&](std::size_t row) {
    const base::PointOffset offset(static_cast<std::uint32_t>(row));
    points.push_back({ids_[row], first_seen_[row], offset});
    if (!id_map_.assign(ids_[row], offset) || !twice.ok()) return;
    twice = data_loss(table_path + ": two live rows have the id " + ids_[row].to_string());
  });
  ALD_RETURN_IF_ERROR(twice);
  order_.fill(points);
  return Status();
}

}  // namespace alidade::storage
