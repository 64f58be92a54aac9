#include "shard/record.h"

#include <algorithm>

#include <fmt/format.h>

namespace alidade::shard {
namespace {

using base::ByteReader;
using base::ByteWriter;
using model::PointBatch;
using model::PointId;
using model::VectorKind;

// 2 where a batch holds sparse or multivectors: its columns say their kind.
constexpr std::uint8_t kFormatVersion = 2;

void put_id(ByteWriter& out, const PointId& id) {
  out.put(static_cast<std::uint8_t>(id.kind));
  out.put(id.low);
  if (!id.is_number()) out.put(id.high);
}

Result<PointId> get_id(ByteReader& in) {
  ALD_ASSIGN(const auto kind, in.get<std::uint8_t>());
  if (kind > 1) return data_loss(fmt::format("record: unknown kind of id {}", kind));
  PointId id;
  id.kind = static_cast<PointId::Kind>(kind);
  ALD_ASSIGN(id.low, in.get<std::uint64_t>());
  if (!id.is_number()) {
    ALD_ASSIGN(id.high, in.get<std::uint64_t>());
  }
  return id;
}

/// Reads a count and refuses one that the remaining bytes cannot hold.
Result<std::uint32_t> get_count(ByteReader& in, std::size_t min_item_bytes) {
  ALD_ASSIGN(const auto count, in.get<std::uint32_t>());
  if (count > in.remaining() / min_item_bytes) {
    return data_loss(fmt::format("record: a count of {} does not fit", count));
  }
  return count;
}

void put_ids(ByteWriter& out, const std::vector<PointId>& ids) {
  out.put(static_cast<std::uint32_t>(ids.size()));
  for (const PointId& id : ids) put_id(out, id);
}

Result<std::vector<PointId>> get_ids(ByteReader& in) {
  ALD_ASSIGN(const auto count, get_count(in, 9));
  std::vector<PointId> ids;
  ids.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    ALD_ASSIGN(const PointId id, get_id(in));
    ids.push_back(id);
  }
  return ids;
}

void put_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.put(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) out.put_text(text);
}

Result<std::vector<std::string>> get_texts(ByteReader& in) {
  ALD_ASSIGN(const auto count, get_count(in, 4));
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    ALD_ASSIGN(const auto text, in.get_text());
    texts.emplace_back(text);
  }
  return texts;
}

/// Sparse and multivectors: how many numbers each has, then all of them.
void put_values(ByteWriter& out, const model::VectorColumn& column) {
  column.present.for_each([&](std::size_t i) { out.put(column.view(i).count); });
  column.present.for_each([&](std::size_t i) {
    const model::VectorView vector = column.view(i);
    if (column.kind == VectorKind::kSparse) {
      out.put_array(std::span<const std::uint32_t>(vector.indices, vector.count));
      out.put_array(std::span<const float>(vector.values, vector.count));
    } else {
      out.put_array(std::span<const float>(vector.values, std::size_t{vector.count} * column.dim));
    }
  });
}

void put_column(ByteWriter& out, const model::VectorColumn& column, std::size_t rows, std::uint8_t version) {
  out.put_text(column.name);
  if (version > 1) out.put(column.kind);
  out.put(column.dim);
  const bool complete = column.present.count() == rows;
  out.put(static_cast<std::uint8_t>(complete));
  if (column.kind != VectorKind::kDense) {
    base::Bitset present = column.present;
    present.resize(rows);
    if (!complete) out.put_array(std::span<const std::uint64_t>(present.to_words()));
    return put_values(out, column);
  }
  if (complete && column.places.empty()) {
    out.put_array(std::span<const float>(column.values.data(), rows * column.dim));
    return;
  }
  base::Bitset present = column.present;
  present.resize(rows);
  if (!complete) out.put_array(std::span<const std::uint64_t>(present.to_words()));
  present.for_each([&](std::size_t i) {
    out.put_array(std::span<const float>(column.row(i), column.dim));
  });
}

Status get_values(ByteReader& in, model::VectorColumn& column) {
  const bool is_sparse = column.kind == VectorKind::kSparse;
  const std::size_t item_bytes = (is_sparse ? 2 : std::size_t{column.dim}) * sizeof(float), rows = column.present.count();
  if (rows > in.remaining() / sizeof(std::uint32_t)) return data_loss("record: vectors do not fit");
  std::vector<std::uint32_t> counts;
  std::uint64_t items = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    ALD_ASSIGN(const auto count, in.get<std::uint32_t>());
    counts.push_back(count);
    items += count;
  }
  if (items > 0 && (item_bytes == 0 || items > in.remaining() / item_bytes)) return data_loss("record: vectors do not fit");
  const auto append = [&in](auto& to, std::size_t count) -> Status {
    ALD_ASSIGN(const auto raw, in.get_bytes(count * sizeof(float)));
    to.resize(to.size() + count);
    if (count > 0) std::memcpy(to.data() + to.size() - count, raw.data(), raw.size());
    return {};
  };
  for (const std::uint32_t count : counts) {
    if (is_sparse) ALD_RETURN_IF_ERROR(append(column.indices, count));
    ALD_RETURN_IF_ERROR(append(column.values, is_sparse ? count : std::size_t{count} * column.dim));
    column.ends.push_back(column.values.size());
  }
  return {};
}

/// Of the rows that a column lacks.
Status get_present(ByteReader& in, std::size_t rows, model::VectorColumn& column) {
  ALD_ASSIGN(const auto mask, in.get_bytes((rows + 63) / 64 * 8));
  std::vector<std::uint64_t> words(mask.size() / sizeof(std::uint64_t));
  if (!mask.empty()) std::memcpy(words.data(), mask.data(), mask.size());
  if (rows % 64 != 0 && (words.back() >> (rows % 64)) != 0) {
    return data_loss("record: a vector mask has bits behind its end");
  }
  column.present = base::Bitset::from_words(words, rows);
  column.places.resize(rows);
  std::uint32_t place = 0;
  column.present.for_each([&](std::size_t i) { column.places[i] = place++; });
  return {};
}

Result<model::VectorColumn> get_column(ByteReader& in, std::size_t rows, std::uint8_t version) {
  model::VectorColumn column;
  ALD_ASSIGN(const auto name, in.get_text());
  column.name = name;
  if (version > 1) {
    ALD_ASSIGN(const auto kind, in.get<std::uint8_t>());
    if (kind > static_cast<std::uint8_t>(VectorKind::kMulti)) return data_loss(fmt::format("record: unknown kind of vector {}", kind));
    column.kind = static_cast<VectorKind>(kind);
  }
  ALD_ASSIGN(column.dim, in.get<std::uint32_t>());
  ALD_ASSIGN(const auto complete, in.get<std::uint8_t>());
  column.present.resize(rows, complete != 0);
  if (column.kind != VectorKind::kDense) {
    if (complete == 0) ALD_RETURN_IF_ERROR(get_present(in, rows, column));
    ALD_RETURN_IF_ERROR(get_values(in, column));
    return column;
  }
  const std::size_t row_bytes = std::size_t{column.dim} * sizeof(float);
  if (complete != 0) {
    if (row_bytes != 0 && rows > in.remaining() / row_bytes) return data_loss("record: vectors do not fit");
    ALD_ASSIGN(const auto raw, in.get_bytes(rows * row_bytes));
    column.values.resize(rows * column.dim);
    if (!raw.empty()) std::memcpy(column.values.data(), raw.data(), raw.size());
    return column;
  }
  ALD_RETURN_IF_ERROR(get_present(in, rows, column));
  const std::size_t count = column.present.count();
  if (row_bytes != 0 && count > in.remaining() / row_bytes) return data_loss("record: vectors do not fit");
  ALD_ASSIGN(const auto raw, in.get_bytes(count * row_bytes));
  column.values.resize(count * column.dim);
  if (!raw.empty()) std::memcpy(column.values.data(), raw.data(), raw.size());
  return column;
}

void put_batch(ByteWriter& out, const PointBatch& batch, std::uint8_t version) {
  put_ids(out, batch.ids);
  put_texts(out, batch.original_ids);
  put_texts(out, batch.payloads);
  out.put(static_cast<std::uint32_t>(batch.vectors.size()));
  for (const auto& column : batch.vectors) put_column(out, column, batch.size(), version);
}

Result<PointBatch> get_batch(ByteReader& in, std::uint8_t version) {
  PointBatch batch;
  ALD_ASSIGN(batch.ids, get_ids(in));
  ALD_ASSIGN(batch.original_ids, get_texts(in));
  ALD_ASSIGN(batch.payloads, get_texts(in));
  const auto fits = [&](std::size_t size) { return size == 0 || size == batch.size(); };
  if (!fits(batch.original_ids.size()) || !fits(batch.payloads.size())) {
    return data_loss("record: the columns of a batch differ in length");
  }
  ALD_ASSIGN(const auto count, get_count(in, 9));
  for (std::uint32_t i = 0; i < count; ++i) {
    ALD_ASSIGN(auto column, get_column(in, batch.size(), version));
    batch.vectors.push_back(std::move(column));
  }
  return batch;
}

struct Encoder {
  ByteWriter& out;
  std::uint8_t version;
  void operator()(const PutRows& c) const { put_batch(out, c.points, version); }
  void operator()(const MergeRows& c) const { put_batch(out, c.points, version); }
  void operator()(const DeleteRows& c) const { put_ids(out, c.ids); }
  void operator()(const PutVectors& c) const { put_batch(out, c.points, version); }
  void operator()(const DropVectors& c) const {
    put_ids(out, c.ids);
    put_texts(out, c.names);
  }
  void operator()(const MergePayload& c) const {
    put_ids(out, c.ids);
    out.put_text(c.payload);
    out.put(static_cast<std::uint8_t>(c.key.has_value()));
    if (c.key) out.put_text(*c.key);
  }
  void operator()(const ReplacePayload& c) const {
    put_ids(out, c.ids);
    out.put_text(c.payload);
  }
  void operator()(const DeletePayloadKeys& c) const {
    put_ids(out, c.ids);
    put_texts(out, c.keys);
  }
  void operator()(const PutFieldIndex& c) const {
    out.put_text(c.field);
    out.put_text(model::field_type_name(c.schema.type));
    out.put_text(base::json::to_text(c.schema.params));
  }
  void operator()(const DropFieldIndex& c) const { out.put_text(c.field); }
  void operator()(const SetVectorSize& c) const {
    out.put_text(c.name);
    out.put(c.size);
  }
};

Result<Change> get_put_field_index(ByteReader& in) {
  PutFieldIndex change;
  ALD_ASSIGN(const auto field, in.get_text());
  change.field = field;
  ALD_ASSIGN(const auto type_name, in.get_text());
  const auto type = model::field_type_from_name(type_name);
  if (!type) return data_loss(fmt::format("record: unknown field type '{}'", type_name));
  change.schema.type = *type;
  ALD_ASSIGN(const auto params, in.get_text());
  auto parsed = base::json::parse(params);
  if (!parsed.ok()) return data_loss("record: the parameters of an index are no JSON");
  change.schema.params = std::move(*parsed);
  return Change(std::move(change));
}

template <typename BatchChange>
Result<Change> get_batch_change(ByteReader& in, std::uint8_t version) {
  ALD_ASSIGN(auto batch, get_batch(in, version));
  return Change(BatchChange{std::move(batch)});
}

// The order of Change's alternatives is the tag on disk: append new ones at the end only.
Result<Change> get_change(ByteReader& in, std::uint8_t version) {
  ALD_ASSIGN(const auto tag, in.get<std::uint8_t>());
  switch (tag) {
    case 0: return get_batch_change<PutRows>(in, version);
    case 1: return get_batch_change<MergeRows>(in, version);
    case 2: {
      ALD_ASSIGN(auto ids, get_ids(in));
      return Change(DeleteRows{std::move(ids)});
    }
    case 3: return get_batch_change<PutVectors>(in, version);
    case 4: {
      ALD_ASSIGN(auto ids, get_ids(in));
      ALD_ASSIGN(auto names, get_texts(in));
      return Change(DropVectors{std::move(ids), std::move(names)});
    }
    case 5: {
      MergePayload change;
      ALD_ASSIGN(change.ids, get_ids(in));
      ALD_ASSIGN(const auto payload, in.get_text());
      change.payload = payload;
      ALD_ASSIGN(const auto has_key, in.get<std::uint8_t>());
      if (has_key != 0) {
        ALD_ASSIGN(const auto key, in.get_text());
        change.key = std::string(key);
      }
      return Change(std::move(change));
    }
    case 6: {
      ReplacePayload change;
      ALD_ASSIGN(change.ids, get_ids(in));
      ALD_ASSIGN(const auto payload, in.get_text());
      change.payload = payload;
      return Change(std::move(change));
    }
    case 7: {
      ALD_ASSIGN(auto ids, get_ids(in));
      ALD_ASSIGN(auto keys, get_texts(in));
      return Change(DeletePayloadKeys{std::move(ids), std::move(keys)});
    }
    case 8: return get_put_field_index(in);
    case 9: {
      ALD_ASSIGN(const auto field, in.get_text());
      return Change(DropFieldIndex{std::string(field)});
    }
    case 10: {
      SetVectorSize change;
      ALD_ASSIGN(const auto name, in.get_text());
      change.name = name;
      ALD_ASSIGN(change.size, in.get<std::uint32_t>());
      return Change(std::move(change));
    }
    default: return Status(StatusCode::kUnimplemented, fmt::format("record: unknown change {}", tag));
  }
}

/// The oldest that can say it, so that an older build reads what it can.
std::uint8_t version_of(const Record& record) {
  const auto is_new = [](const Change& change) {
    return std::visit(
        [](const auto& one) {
          if constexpr (requires { one.points.vectors; }) {
            return std::any_of(one.points.vectors.begin(), one.points.vectors.end(),
                               [](const auto& column) { return column.kind != VectorKind::kDense; });
          }
          return false;
        },
        change);
  };
  return std::any_of(record.changes.begin(), record.changes.end(), is_new) ? kFormatVersion : 1;
}

}  // namespace

base::Bytes encode_record(const Record& record) {
  ByteWriter out;
  const std::uint8_t version = version_of(record);
  out.put(version);
  out.put(record.last_operation.value);
  out.put(static_cast<std::uint32_t>(record.changes.size()));
  for (const Change& change : record.changes) {
    out.put(static_cast<std::uint8_t>(change.index()));
    std::visit(Encoder{out, version}, change);
  }
  return out.take();
}

Result<Record> decode_record(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  ALD_ASSIGN(const auto version, in.get<std::uint8_t>());
  if (version == 0 || version > kFormatVersion) {
    return Status(StatusCode::kUnimplemented, fmt::format("record: version {} is newer than this build", version));
  }
  Record record;
  ALD_ASSIGN(record.last_operation.value, in.get<std::uint64_t>());
  ALD_ASSIGN(const auto count, get_count(in, 1));
  for (std::uint32_t i = 0; i < count; ++i) {
    ALD_ASSIGN(auto change, get_change(in, version));
    record.changes.push_back(std::move(change));
  }
  if (in.remaining() != 0) return data_loss("record: bytes behind its end");
  return record;
}

}  // namespace alidade::shard
