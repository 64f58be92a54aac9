#include "shard/apply.h"

#include <cmath>

#include "model/payload_edit.h"
#include "storage/vectors/norm.h"

namespace alidade::shard {
namespace {

using base::PointOffset;
using base::json::Object;
using base::json::Value;
using segment::Segment;

/// Unit length in double precision and plain order, so that every CPU writes the same bits, and no
/// square of a float over- or underflows. A row that is of unit length already stays as it is, and so
/// does one whose length is zero or no finite number. (Qdrant leaves short rows as they are, too.)
/// @return the length it had, as it is kept; 1 for a row that stays.
float normalise(float* row, std::uint32_t dim) {
  double square = 0;
  for (std::uint32_t i = 0; i < dim; ++i) square += double{row[i]} * double{row[i]};
  if (!(square > 0) || std::isinf(square) || std::fabs(square - 1.0) < 1e-6) return 1.0F;
  const double norm = std::sqrt(square);
  for (std::uint32_t i = 0; i < dim; ++i) row[i] = static_cast<float>(double{row[i]} / norm);
  return storage::norm_to_keep(norm);
}

Value parse_payload(const std::string& text) {
  if (text.empty()) return Value(Object{});
  auto parsed = base::json::parse(text);
  // Payload texts are written by this program; what cannot be read counts as empty.
  return parsed.ok() && parsed->is_object() ? std::move(*parsed) : Value(Object{});
}

class Preparer {
 public:
  explicit Preparer(const Segment& segment)
      : segment_(segment), indexed_(!segment.payload_indexes().empty()) {}

  Result<PreparedChange> operator()(const PutRows& change) {
    const Columns columns = take_columns(change.points);
    for (std::size_t i = 0; i < change.points.size(); ++i) {
      PreparedChange::Append row = new_row(change.points, i, columns);
      if (!change.points.payloads.empty()) row.payload = change.points.payloads[i];
      if (indexed_) row.parsed_payload = parse_payload(row.payload);
      out_.steps.emplace_back(std::move(row));
    }
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const MergeRows& change) {
    const Columns columns = take_columns(change.points);
    for (std::size_t i = 0; i < change.points.size(); ++i) {
      const auto existing = segment_.find(change.points.ids[i]);
      const std::string patch = change.points.payloads.empty() ? "" : change.points.payloads[i];
      ALD_RETURN_IF_ERROR(merge_row(change.points, i, columns, existing, patch));
    }
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const PutVectors& change) {
    const Columns columns = take_columns(change.points);
    for (std::size_t i = 0; i < change.points.size(); ++i) {
      const auto existing = segment_.find(change.points.ids[i]);
      if (!existing) continue;
      ALD_RETURN_IF_ERROR(merge_row(change.points, i, columns, existing, ""));
    }
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const DeleteRows& change) {
    for (const auto& id : change.ids) {
      if (const auto offset = segment_.find(id)) out_.steps.emplace_back(PreparedChange::Kill{*offset});
    }
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const DropVectors& change) {
    for (const auto& id : change.ids) {
      const auto offset = segment_.find(id);
      if (!offset) continue;
      ALD_ASSIGN(PreparedChange::Append row, copy_row(*offset));
      for (const std::string& name : change.names) {
        const segment::VectorField* field = segment_.find_vector(name);
        if (field != nullptr && field->spec) row.vectors[*field->spec] = nullptr;
      }
      out_.steps.emplace_back(std::move(row));
    }
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const MergePayload& change) {
    const Value patch = parse_payload(change.payload);
    const auto key = change.key ? model::JsonPath::parse(*change.key) : std::nullopt;
    return edit_payloads(change.ids, [&](Value& payload) {
      model::merge_payload(payload, patch.as_object(), key);
    });
  }

  Result<PreparedChange> operator()(const ReplacePayload& change) {
    const Value payload = parse_payload(change.payload);
    return edit_payloads(change.ids, [&](Value& target) { target = payload; });
  }

  Result<PreparedChange> operator()(const DeletePayloadKeys& change) {
    std::vector<model::JsonPath> paths;
    for (const std::string& key : change.keys) {
      if (auto path = model::JsonPath::parse(key)) paths.push_back(std::move(*path));
    }
    return edit_payloads(change.ids, [&](Value& payload) {
      for (const auto& path : paths) model::delete_payload_path(payload, path);
    });
  }

  Result<PreparedChange> operator()(const PutFieldIndex& change) {
    ALD_ASSIGN(auto field, index::PayloadIndexes::make_field(change.field, change.schema));
    const auto& live = segment_.live();
    for (std::size_t i = live.find_next(0); i < live.size(); i = live.find_next(i + 1)) {
      const PointOffset offset(static_cast<std::uint32_t>(i));
      ALD_ASSIGN(const Value payload, segment_.payload(offset));
      field->insert(offset, payload);
    }
    out_.steps.emplace_back(PreparedChange::Install{std::move(field)});
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const DropFieldIndex& change) {
    out_.steps.emplace_back(PreparedChange::Drop{change.field});
    return std::move(out_);
  }

  Result<PreparedChange> operator()(const SetVectorSize& change) {
    out_.steps.emplace_back(PreparedChange::Resize{change.name, change.size});
    return std::move(out_);
  }

 private:
  /// A column of the batch as the store keeps it: normalised where the distance asks for it. Rows and
  /// norms stand at the source's places.
  struct Column {
    const model::DenseColumn* source;
    std::size_t spec;
    float* rows;
    std::vector<float> norms;
  };
  using Columns = std::vector<Column>;

  Columns take_columns(const model::PointBatch& batch) {
    Columns columns;
    for (const auto& source : batch.vectors) {
      const segment::VectorField* field = segment_.find_vector(source.name);
      if (field == nullptr || !field->spec || source.dim != field->params.size) continue;
      const std::size_t count = source.dim == 0 ? 0 : source.values.size() / source.dim;
      auto& rows = out_.rows.emplace_back(std::make_unique<float[]>(count * source.dim));
      std::copy_n(source.values.begin(), count * source.dim, rows.get());
      Column column{&source, *field->spec, rows.get(), std::vector<float>(count, 1.0F)};
      if (field->params.distance == model::Distance::kCosine) {
        for (std::size_t i = 0; i < count; ++i) {
          column.norms[i] = normalise(column.rows + i * source.dim, source.dim);
        }
      }
      columns.push_back(std::move(column));
    }
    return columns;
  }

  PreparedChange::Append empty_row() const {
    PreparedChange::Append row;
    row.vectors.resize(segment_.store().specs().size(), nullptr);
    row.norms.resize(segment_.store().specs().size(), 1.0F);
    return row;
  }

  static void give_vectors(PreparedChange::Append& row, const Columns& columns, std::size_t i) {
    for (const Column& column : columns) {
      if (i >= column.source->present.size() || !column.source->present.test(i)) continue;
      const std::size_t place = column.source->place(i);
      row.vectors[column.spec] = column.rows + place * column.source->dim;
      row.norms[column.spec] = column.norms[place];
    }
  }

  PreparedChange::Append new_row(const model::PointBatch& batch, std::size_t i, const Columns& columns) const {
    PreparedChange::Append row = empty_row();
    row.id = batch.ids[i];
    if (!batch.original_ids.empty()) row.original_id = batch.original_ids[i];
    give_vectors(row, columns, i);
    return row;
  }

  /// The row as it is, to be appended again with something changed. Its vectors are borrowed from
  /// the store, whose rows never move.
  Result<PreparedChange::Append> copy_row(PointOffset offset) const {
    PreparedChange::Append row = empty_row();
    row.id = segment_.id(offset);
    row.original_id = segment_.store().original_id(offset);
    ALD_ASSIGN(row.payload, segment_.payload_text(offset));
    if (indexed_) row.parsed_payload = parse_payload(row.payload);
    for (std::size_t spec = 0; spec < row.vectors.size(); ++spec) {
      if (!segment_.store().has_vector(spec, offset)) continue;
      row.vectors[spec] = segment_.store().rows(spec).row(offset.value);
      row.norms[spec] = segment_.store().norm(spec, offset);
    }
    return row;
  }

  static bool has_vector(const Columns& columns, std::size_t i) {
    for (const Column& column : columns) {
      if (i < column.source->present.size() && column.source->present.test(i)) return true;
    }
    return false;
  }

  Status merge_row(const model::PointBatch& batch,
                   std::size_t i,
                   const Columns& columns,
                   std::optional<PointOffset> existing,
                   const std::string& patch) {
    Value members = parse_payload(patch);
    if (!existing) {
      PreparedChange::Append row = new_row(batch, i, columns);
      Value payload{Object{}};
      model::merge_payload(payload, members.as_object(), std::nullopt);
      row.payload = base::json::to_text(payload);
      if (indexed_) row.parsed_payload = std::move(payload);
      out_.steps.emplace_back(std::move(row));
      return {};
    }
    if (!has_vector(columns, i)) {
      return edit_payload(*existing, [&](Value& payload) {
        model::merge_payload(payload, members.as_object(), std::nullopt);
      });
    }
    ALD_ASSIGN(PreparedChange::Append row, copy_row(*existing));
    give_vectors(row, columns, i);
    if (!members.as_object().empty()) {
      Value payload = parse_payload(row.payload);
      model::merge_payload(payload, members.as_object(), std::nullopt);
      row.payload = base::json::to_text(payload);
      if (indexed_) row.parsed_payload = std::move(payload);
    }
    out_.steps.emplace_back(std::move(row));
    return {};
  }

  template <typename Edit>
  Status edit_payload(PointOffset offset, Edit edit) {
    PreparedChange::SetPayload step;
    step.offset = offset;
    ALD_ASSIGN(step.old_payload, segment_.payload(offset));
    step.new_payload = step.old_payload;
    edit(step.new_payload);
    step.payload = step.new_payload.as_object().empty() ? "" : base::json::to_text(step.new_payload);
    out_.steps.emplace_back(std::move(step));
    return {};
  }

  template <typename Edit>
  Result<PreparedChange> edit_payloads(const std::vector<model::PointId>& ids, Edit edit) {
    for (const auto& id : ids) {
      const auto offset = segment_.find(id);
      if (!offset) continue;
      ALD_RETURN_IF_ERROR(edit_payload(*offset, edit));
    }
    return std::move(out_);
  }

  const Segment& segment_;
  const bool indexed_;
  PreparedChange out_;
};

struct Applier {
  Segment& segment;
  Counters& counters;
  base::OpNumber operation;

  void operator()(PreparedChange::Append& step) const {
    auto& store = segment.store();
    const auto old = store.find(step.id);
    std::uint64_t first_seen = 0;
    std::string original = std::move(step.original_id);
    if (old) {
      first_seen = store.first_seen(*old);
      // The point keeps the text that it was named by, also when it is replaced by its UUID.
      if (original.empty()) original = store.original_id(*old);
      segment.mutable_payload_indexes().row_died(*old);
    } else {
      first_seen = counters.next_first_seen++;
    }
    const PointOffset offset = store.append({.id = step.id,
                                             .original_id = original,
                                             .version = operation,
                                             .first_seen = first_seen,
                                             .payload = step.payload,
                                             .vectors = step.vectors,
                                             .norms = step.norms});
    if (!segment.payload_indexes().empty()) {
      segment.mutable_payload_indexes().insert(offset, step.parsed_payload);
    }
  }
  void operator()(PreparedChange::SetPayload& step) const {
    if (!segment.payload_indexes().empty()) {
      segment.mutable_payload_indexes().erase(step.offset, step.old_payload);
      segment.mutable_payload_indexes().insert(step.offset, step.new_payload);
    }
    segment.store().set_payload(step.offset, step.payload, operation);
  }
  void operator()(PreparedChange::Kill& step) const {
    segment.mutable_payload_indexes().row_died(step.offset);
    segment.store().kill(step.offset);
  }
  void operator()(PreparedChange::Install& step) const {
    segment.mutable_payload_indexes().install(std::move(step.field));
  }
  void operator()(PreparedChange::Drop& step) const {
    segment.mutable_payload_indexes().drop(step.field);
  }
  void operator()(PreparedChange::Resize& step) const {
    segment.set_vector_size(step.name, step.size);
  }
};

}  // namespace

Result<PreparedChange> prepare(const Segment& segment, const Change& change) {
  return std::visit(Preparer(segment), change);
}

void apply(Segment& segment, Counters& counters, base::OpNumber operation, PreparedChange& change) {
  counters.last_operation = operation;
  for (auto& step : change.steps) std::visit(Applier{segment, counters, operation}, step);
}

}  // namespace alidade::shard
