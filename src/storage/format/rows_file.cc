#include "storage/format/rows_file.h"

#include "storage/format/vector_shape.h"

namespace alidade::storage {
namespace {

// Far above what a request can hold: a vector that was taken must be read back. Keeps the arithmetic
// below from overflowing.
constexpr std::uint32_t kMaxDim = 1U << 28;

/// Of a pair of a sparse vector, or of a row of a multivector.
std::uint64_t words_per_item(const VectorSpec& spec) { return spec.kind == model::VectorKind::kMulti ? spec.dim : 2; }

std::span<const std::byte> bytes_of_row(const float* row, std::uint32_t dim) {
  return std::as_bytes(std::span(row, dim));
}

void put_columns(const CheckpointState& state, base::ByteWriter& out) {
  for (const model::PointId& id : state.ids) out.put(id.kind);
  for (const model::PointId& id : state.ids) out.put(id.high);
  for (const model::PointId& id : state.ids) out.put(id.low);
  out.put_array(std::span<const std::uint64_t>(state.first_seen));
}

/// Sizes of all rows, then the texts of the live ones.
void put_original_ids(const CheckpointState& state, base::ByteWriter& out) {
  if (state.original_id_ends.empty()) return;
  base::ByteWriter texts;
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < state.original_id_ends.size(); ++i) {
    const std::uint64_t end = state.original_id_ends[i];
    const bool live = state.live.test(state.first_row + i);
    out.put(static_cast<std::uint32_t>(live ? end - start : 0));
    if (live)
      texts.put_bytes(
          base::as_bytes(std::string_view(state.original_ids).substr(start, end - start)));
    start = end;
  }
  out.put_bytes(texts.bytes());
}

Status append_vector(const VectorSpec& spec, const model::VectorView& vector, BlockFileWriter& file) {
  if (spec.kind == model::VectorKind::kSparse) {
    ALD_RETURN_IF_ERROR(file.append(std::as_bytes(std::span(vector.indices, vector.count))));
    return file.append(bytes_of_row(vector.values, vector.count));
  }
  for (std::size_t row = 0; row < vector.count; ++row) {
    ALD_RETURN_IF_ERROR(file.append(bytes_of_row(vector.values + row * vector.stride, spec.dim)));
  }
  return Status();
}

Status write_vector(const CheckpointState& state, std::size_t spec_index, BlockFileWriter& file) {
  const VectorSpec& spec = state.specs[spec_index];
  const CheckpointColumn& column = state.columns[spec_index];
  const std::uint32_t count = state.row_count - state.first_row;
  base::Bitset stored(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t row = state.first_row + i;
    if (column.present.test(row) && state.live.test(row)) stored.set(i);
  }
  base::ByteWriter header;
  header.put_text(spec.name);
  header.put(spec.dim);
  header.put(shape_of(spec));
  header.put_array(std::span<const std::uint64_t>(stored.to_words()));
  if (spec.keeps_norm) stored.for_each([&](std::size_t i) { header.put(column.norms[i]); });
  const auto view_of = [&](std::size_t i) { return column.vectors.view(static_cast<std::uint32_t>(state.first_row + i)); };
  if (spec.kind != model::VectorKind::kDense) stored.for_each([&](std::size_t i) { header.put(view_of(i).count); });
  ALD_RETURN_IF_ERROR(file.append(header.bytes()));
  for (std::size_t i = stored.find_next(0); i < count; i = stored.find_next(i + 1)) {
    ALD_RETURN_IF_ERROR(append_vector(spec, view_of(i), file));
  }
  return Status();
}

}  // namespace

Result<RowsFile> write_rows_file(const CheckpointState& state, const std::string& name) {
  RowsFile rows;
  rows.first_row = state.first_row;
  rows.end_row = state.row_count;
  for (std::uint32_t row = rows.first_row; row < rows.end_row; ++row) {
    rows.stored_live += state.live.test(row) ? 1 : 0;
  }
  ALD_ASSIGN(const auto file, BlockFileWriter::create(*state.env, state.directory, name, kRowsKind,
                                                      kLargeBlockBytes));
  base::ByteWriter out;
  out.put(rows.first_row);
  out.put(rows.end_row);
  out.put(rows.stored_live);
  out.put(static_cast<std::uint32_t>(state.specs.size()));
  out.put(std::uint32_t{state.original_id_ends.empty() ? 0U : 1U});
  put_columns(state, out);
  put_original_ids(state, out);
  ALD_RETURN_IF_ERROR(file->append(out.bytes()));
  for (std::size_t i = 0; i < state.specs.size(); ++i)
    ALD_RETURN_IF_ERROR(write_vector(state, i, *file));
  ALD_ASSIGN(rows.file, file->finish());
  return rows;
}

Result<RowsFileReader::Columns> RowsFileReader::read_columns() {
  Columns columns;
  ALD_ASSIGN(columns.first_row, stream_.get<std::uint32_t>());
  ALD_ASSIGN(columns.end_row, stream_.get<std::uint32_t>());
  ALD_ASSIGN(columns.stored_live, stream_.get<std::uint64_t>());
  ALD_ASSIGN(vector_count_, stream_.get<std::uint32_t>());
  ALD_ASSIGN(const auto has_original_ids, stream_.get<std::uint32_t>());
  if (columns.end_row < columns.first_row) return stream_.damage("the range of rows is reversed");
  first_row_ = columns.first_row;
  row_count_ = columns.end_row - columns.first_row;
  ALD_ASSIGN(const auto kinds, stream_.get_array<std::uint8_t>(row_count_));
  ALD_ASSIGN(const auto high, stream_.get_array<std::uint64_t>(row_count_));
  ALD_ASSIGN(const auto low, stream_.get_array<std::uint64_t>(row_count_));
  ALD_ASSIGN(columns.first_seen, stream_.get_array<std::uint64_t>(row_count_));
  columns.ids.reserve(row_count_);
  for (std::uint32_t i = 0; i < row_count_; ++i) {
    if (kinds[i] > static_cast<std::uint8_t>(model::PointId::Kind::kUuid)) {
      return stream_.damage("unknown kind of id");
    }
    columns.ids.push_back({static_cast<model::PointId::Kind>(kinds[i]), high[i], low[i]});
  }
  if (has_original_ids == 0) return columns;
  ALD_ASSIGN(columns.original_id_sizes, stream_.get_array<std::uint32_t>(row_count_));
  std::uint64_t total = 0;
  for (const std::uint32_t size : columns.original_id_sizes) total += size;
  ALD_ASSIGN(const auto texts, stream_.get_array<char>(total));
  columns.original_ids.assign(texts.begin(), texts.end());
  return columns;
}

Result<RowsFileReader::VectorHeader> RowsFileReader::next_vector() {
  VectorHeader header;
  ALD_ASSIGN(header.spec.name, stream_.get_text());
  ALD_ASSIGN(header.spec.dim, stream_.get<std::uint32_t>());
  ALD_ASSIGN(const auto shape, stream_.get<std::uint32_t>());
  if (!set_shape(shape, header.spec)) return stream_.damage("unknown kind of vector");
  if (header.spec.dim > kMaxDim) return stream_.damage("impossible dimension");
  std::vector<std::uint64_t> words((std::size_t{row_count_} + 63) / 64);
  ALD_RETURN_IF_ERROR(stream_.read(std::as_writable_bytes(std::span(words))));
  if (row_count_ % 64 != 0 && (words.back() >> (row_count_ % 64)) != 0) {
    return stream_.damage("a set of rows has bits behind its end");
  }
  header.stored = base::Bitset::from_words(words, row_count_);
  return header;
}

Status RowsFileReader::read_vectors(const VectorHeader& header,
                                    VectorStore& target,
                                    std::vector<float>& norms) {
  if (header.spec.kind != model::VectorKind::kDense) return read_values(header, *target.values);
  if (header.spec.keeps_norm) {
    ALD_ASSIGN(const auto stored_norms, stream_.get_array<float>(header.stored.count()));
    std::size_t next = 0;
    header.stored.for_each([&](std::size_t i) { norms[i] = stored_norms[next++]; });
  }
  for (std::size_t i = header.stored.find_next(0); i < row_count_;
       i = header.stored.find_next(i + 1)) {
    float* row = target.dense->mutable_row(static_cast<std::uint32_t>(first_row_ + i));
    ALD_RETURN_IF_ERROR(stream_.read(std::as_writable_bytes(std::span(row, header.spec.dim))));
  }
  return Status();
}

Result<std::vector<std::uint32_t>> RowsFileReader::read_counts(const VectorHeader& header) {
  ALD_ASSIGN(auto counts, stream_.get_array<std::uint32_t>(header.stored.count()));
  std::uint64_t words = 0;
  for (const std::uint32_t count : counts) words += std::uint64_t{count} * words_per_item(header.spec);
  if (words > stream_.remaining() / sizeof(float)) return stream_.damage("the data ends before the vectors");
  return counts;
}

Result<model::VectorView> RowsFileReader::read_value(const VectorSpec& spec, std::uint32_t count, std::vector<float>& words) {
  const std::size_t size = std::size_t{count} * words_per_item(spec);
  words.resize(std::max<std::size_t>(size, 1));
  ALD_RETURN_IF_ERROR(stream_.read(std::as_writable_bytes(std::span(words).first(size))));
  if (spec.kind == model::VectorKind::kMulti) return model::VectorView{words.data(), nullptr, count, spec.dim};
  return model::VectorView{words.data() + (count == 0 ? 0 : count), reinterpret_cast<const std::uint32_t*>(words.data()), count, 0};
}

Status RowsFileReader::read_values(const VectorHeader& header, ValueRows& target) {
  ALD_ASSIGN(const auto counts, read_counts(header));
  std::vector<float> words;
  std::size_t next = 0;
  for (std::size_t i = header.stored.find_next(0); i < row_count_; i = header.stored.find_next(i + 1)) {
    ALD_ASSIGN(const auto vector, read_value(header.spec, counts[next++], words));
    target.put(static_cast<std::uint32_t>(first_row_ + i), vector);
  }
  return Status();
}

Status RowsFileReader::read_values_that_verify(const VectorHeader& header, ValueRows& target, base::Bitset& good) {
  good = header.stored;
  const auto counts = read_counts(header);
  if (!counts.ok()) {
    // Where the next one begins is in these bytes.
    good.reset_all();
    return counts.status();
  }
  Status first;
  std::vector<float> words;
  std::size_t next = 0;
  for (std::size_t i = header.stored.find_next(0); i < row_count_; i = header.stored.find_next(i + 1)) {
    const std::uint32_t count = (*counts)[next++];
    const std::uint64_t behind = stream_.position() + count * words_per_item(header.spec) * sizeof(float);
    const auto vector = read_value(header.spec, count, words);
    stream_.seek(behind);
    if (vector.ok()) {
      target.put(static_cast<std::uint32_t>(i), *vector);
      continue;
    }
    good.reset(i);
    if (first.ok()) first = vector.status();
  }
  return first;
}

Status RowsFileReader::read_vectors_that_verify(const VectorHeader& header,
                                                std::vector<float>& values,
                                                std::vector<float>& norms,
                                                base::Bitset& good) {
  good = header.stored;
  Status first;
  const auto read_each = [&](std::uint64_t row_floats, auto place) {
    header.stored.for_each([&](std::size_t i) {
      const std::uint64_t next = stream_.position() + row_floats * sizeof(float);
      const Status read =
          stream_.read(std::as_writable_bytes(std::span<float>(place(i), row_floats)));
      stream_.seek(next);
      if (read.ok()) return;
      good.reset(i);
      if (first.ok()) first = read;
    });
  };
  const std::uint64_t dim = header.spec.dim;
  const std::uint64_t floats =
      header.stored.count() * (dim + (header.spec.keeps_norm ? 1U : 0U));
  if (floats > stream_.remaining() / sizeof(float)) {
    good.reset_all();
    return stream_.damage("the data ends before the vectors");
  }
  if (header.spec.keeps_norm) read_each(1, [&](std::size_t i) { return &norms[i]; });
  read_each(dim, [&](std::size_t i) { return values.data() + i * dim; });
  return first;
}

Status RowsFileReader::skip_vectors(const VectorHeader& header) {
  if (header.spec.kind != model::VectorKind::kDense) {
    ALD_ASSIGN(const auto counts, read_counts(header));
    std::uint64_t words = 0;
    for (const std::uint32_t count : counts) words += count * words_per_item(header.spec);
    return stream_.skip(words * sizeof(float));
  }
  const std::uint64_t floats =
      header.stored.count() * (header.spec.dim + (header.spec.keeps_norm ? 1U : 0U));
  return stream_.skip(floats * sizeof(float));
}

}  // namespace alidade::storage
