#include "storage/salvage.h"

#include <algorithm>
#include <optional>

#include "storage/format/rows_file.h"
#include "storage/format/table_file.h"
#include "storage/payload_store.h"

namespace alidade::storage {
namespace {

/// One vector of one rows file, as far as it verifies.
struct VectorPart {
  std::vector<float> values;  // [rows × dim], of a dense vector.
  std::unique_ptr<ValueRows> others;  // Of another kind, by row of the file.
  std::vector<float> norms;   // [rows]; empty when none are kept.
  base::Bitset good;
};

class Salvager {
 public:
  Salvager(env::Env& env,
           const std::string& directory,
           const Manifest& manifest,
           PointStore& target,
           StoreSalvage& found)
      : env_(env), directory_(directory), manifest_(manifest), target_(target), found_(found) {}

  Status run() {
    const auto file = std::find_if(manifest_.files.begin(), manifest_.files.end(),
                                   [](const FileRef& ref) { return ref.kind == kTableKind; });
    if (file == manifest_.files.end()) return Status();
    ALD_ASSIGN(const auto reader,
               BlockFileReader::open_damaged(env_, directory_, *file, kLargeBlockBytes));
    ALD_ASSIGN(table_, read_table_file(*reader));
    for (const base::OpNumber version : table_.versions) {
      found_.last_version = std::max(found_.last_version, version);
    }
    for (const std::string& name : table_.payload_files) {
      auto opened = open(kPayloadKind, name, kSmallBlockBytes);
      if (!opened.ok()) tell(opened.status());
      payload_files_.push_back(opened.ok() ? std::move(*opened) : nullptr);
    }
    for (const VectorSpec& spec : target_.specs()) {
      const auto presence =
          std::find_if(table_.vectors.begin(), table_.vectors.end(),
                       [&](const auto& known) { return same_shape(known.spec, spec); });
      presence_.push_back(presence == table_.vectors.end() ? nullptr : &presence->rows);
    }
    for (const RowsFile& rows : table_.rows_files) salvage_rows(rows);
    return Status();
  }

 private:
  Result<std::unique_ptr<BlockFileReader>> open(std::string_view kind,
                                                const std::string& name,
                                                std::uint32_t block_bytes) {
    for (const FileRef& ref : manifest_.files) {
      if (ref.kind == kind && ref.name == name) {
        return BlockFileReader::open_damaged(env_, directory_, ref, block_bytes);
      }
    }
    return data_loss(env::join_path(directory_, name) +
                     ": the table names the file, the manifest does not");
  }

  void tell(const Status& damage) {
    const bool known = std::any_of(
        found_.damages.begin(), found_.damages.end(),
        [&](const Status& told) { return told.message() == damage.message(); });
    if (!known) found_.damages.push_back(damage);
  }

  void salvage_rows(const RowsFile& rows) {
    const Status read = read_rows(rows);
    if (read.ok()) return;
    tell(read);
    for (std::uint32_t row = rows.first_row; row < rows.end_row; ++row) {
      found_.unnamed_count += table_.live.test(row) ? 1 : 0;
    }
  }

  /// @return an error when the ids cannot be read; then nothing of the file was taken.
  Status read_rows(const RowsFile& rows) {
    ALD_ASSIGN(const auto file, open(kRowsKind, rows.file.name, kLargeBlockBytes));
    RowsFileReader reader(*file);
    ALD_ASSIGN(const auto columns, reader.read_columns());
    if (columns.first_row != rows.first_row || columns.end_row != rows.end_row) {
      return data_loss(file->path() + ": byte 64: another range of rows than the table says");
    }
    const auto parts = read_vectors(reader, columns);
    std::uint64_t text_start = 0;
    for (std::uint32_t row = rows.first_row; row < rows.end_row; ++row) {
      const std::uint32_t i = row - rows.first_row;
      const std::uint32_t text_size =
          columns.original_id_sizes.empty() ? 0 : columns.original_id_sizes[i];
      const std::string_view original =
          std::string_view(columns.original_ids).substr(text_start, text_size);
      text_start += text_size;
      found_.next_first_seen = std::max(found_.next_first_seen, columns.first_seen[i] + 1);
      if (table_.live.test(row)) take(row, i, columns, original, parts);
    }
    return Status();
  }

  std::vector<VectorPart> read_vectors(RowsFileReader& reader,
                                       const RowsFileReader::Columns& columns) {
    std::vector<VectorPart> parts(target_.specs().size());
    const std::uint32_t count = columns.end_row - columns.first_row;
    for (std::uint32_t i = 0; i < reader.vector_count(); ++i) {
      const auto header = reader.next_vector();
      if (!header.ok()) {
        // Where the next vector begins is in these bytes.
        tell(header.status());
        break;
      }
      const auto& specs = target_.specs();
      const auto spec = std::find_if(specs.begin(), specs.end(), [&](const VectorSpec& known) {
        return same_shape(known, header->spec);
      });
      if (spec == specs.end()) {
        if (Status skipped = reader.skip_vectors(*header); !skipped.ok()) tell(skipped);
        continue;
      }
      VectorPart& part = parts[static_cast<std::size_t>(spec - specs.begin())];
      if (spec->kind != model::VectorKind::kDense) {
        part.others = std::make_unique<ValueRows>(spec->kind, spec->dim);
        part.others->ensure(count);
        if (Status read = reader.read_values_that_verify(*header, *part.others, part.good); !read.ok()) tell(read);
        continue;
      }
      part.values.resize(std::uint64_t{count} * spec->dim);
      if (spec->keeps_norm) part.norms.resize(count, 1.0F);
      part.good = header->stored;
      if (Status read = reader.read_vectors_that_verify(*header, part.values, part.norms, part.good);
          !read.ok()) {
        tell(read);
      }
    }
    return parts;
  }

  /// Appends the row if every byte of it is proven.
  void take(std::uint32_t row,
            std::uint32_t i,
            const RowsFileReader::Columns& columns,
            std::string_view original,
            const std::vector<VectorPart>& parts) {
    std::vector<model::VectorView> vectors(parts.size());
    std::vector<float> norms(parts.size(), 1.0F);
    bool proven = true;
    for (std::size_t spec = 0; spec < parts.size(); ++spec) {
      if (presence_[spec] == nullptr || !presence_[spec]->test(row)) continue;
      if (i >= parts[spec].good.size() || !parts[spec].good.test(i)) {
        proven = false;
        continue;
      }
      vectors[spec] = parts[spec].others != nullptr
                          ? parts[spec].others->row(i)
                          : model::VectorView{parts[spec].values.data() + std::uint64_t{i} * target_.specs()[spec].dim, nullptr, 1, 0};
      if (!parts[spec].norms.empty()) norms[spec] = parts[spec].norms[i];
    }
    const auto payload = read_payload_of(row);
    if (!payload.ok()) tell(payload.status());
    // An id that is there already contradicts the table; the first one stays.
    if (!proven || !payload.ok() || target_.find(columns.ids[i])) {
      found_.left_out.push_back({columns.ids[i], std::string(original)});
      return;
    }
    target_.append({.id = columns.ids[i],
                    .original_id = original,
                    .version = table_.versions[row],
                    .first_seen = columns.first_seen[i],
                    .payload = *payload,
                    .vectors = vectors,
                    .norms = norms});
  }

  Result<std::string> read_payload_of(std::uint32_t row) const {
    const PayloadRef& ref = table_.payloads[row];
    if (ref.slot == 0) return std::string();
    const auto& file = payload_files_[ref.slot - 1];
    if (file == nullptr) {
      return data_loss(env::join_path(directory_, table_.payload_files[ref.slot - 1]) +
                       ": nothing of the file can be proven");
    }
    if (ref.position > file->data_bytes() || ref.length > file->data_bytes() - ref.position) {
      return data_loss(file->path() + ": a payload is outside of its file");
    }
    std::string text(ref.length, '\0');
    ALD_RETURN_IF_ERROR(file->read(ref.position, std::as_writable_bytes(std::span(text))));
    return text;
  }

  env::Env& env_;
  const std::string& directory_;
  const Manifest& manifest_;
  PointStore& target_;
  StoreSalvage& found_;
  PointTable table_;
  std::vector<std::unique_ptr<BlockFileReader>> payload_files_;
  std::vector<const base::Bitset*> presence_;  // One per spec; nullptr = no row has it.
};

/// What a file says of itself; only its name and kind when it says nothing.
FileRef describe(env::Env& env,
                 const std::string& directory,
                 std::string_view kind,
                 const std::string& name) {
  const auto file = BlockFileReader::open(env, env::join_path(directory, name));
  if (file.ok() && (*file)->file().kind == kind) return (*file)->file();
  return FileRef{std::string(kind), name, 0, 0};
}

}  // namespace

Result<StoreSalvage> salvage_points(env::Env& env,
                                    const std::string& directory,
                                    const Manifest& manifest,
                                    PointStore& target) {
  StoreSalvage found;
  ALD_RETURN_IF_ERROR(Salvager(env, directory, manifest, target, found).run());
  return found;
}

Result<FoundCheckpoint> find_checkpoint(env::Env& env, const std::string& directory) {
  ALD_ASSIGN(auto entries, env.list_directory(directory));
  // Names carry the generation, so the last one is the newest.
  std::reverse(entries.begin(), entries.end());
  for (const env::DirectoryEntry& entry : entries) {
    if (!entry.name.starts_with(kTableKind) || !entry.name.ends_with(".ald")) continue;
    const auto file = BlockFileReader::open(env, env::join_path(directory, entry.name));
    if (!file.ok() || (*file)->file().kind != kTableKind) continue;
    const auto table = read_table_file(**file);
    if (!table.ok()) continue;
    FoundCheckpoint found;
    found.manifest.files.push_back((*file)->file());
    for (const RowsFile& rows : table->rows_files) {
      found.manifest.files.push_back(describe(env, directory, kRowsKind, rows.file.name));
    }
    for (const std::string& name : table->payload_files) {
      found.manifest.files.push_back(describe(env, directory, kPayloadKind, name));
    }
    for (const auto& presence : table->vectors) {
      if (presence.spec.kind != model::VectorKind::kSparse) found.vector_sizes[presence.spec.name] = presence.spec.dim;
    }
    return found;
  }
  return not_found(directory + ": no table of a checkpoint can be read");
}

}  // namespace alidade::storage
