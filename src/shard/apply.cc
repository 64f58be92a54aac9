#include "shard/apply.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "model/payload_edit.h"
#include "observe/row_check.h"
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

/// A point as the changes that were prepared so far leave it.
struct Current {
  std::optional<PointOffset> offset;                 ///< In the segment as it is; nullopt: there is none.
  const PreparedChange::Append* appended = nullptr;  ///< By an earlier change of the record.
  const PreparedChange::SetPayload* edited = nullptr;

  bool exists() const { return offset || appended != nullptr; }
};

/// Prepares the changes of one record, one after the other. An id comes once in a change, so what the
/// changes before it did to a point is all that a change needs to know beside the segment.
class Preparer {
 public:
  Preparer(const Segment& segment, Unreadable unreadable, const observe::OpContext& context)
      : segment_(segment),
        unreadable_(unreadable),
        indexed_(!segment.payload_indexes().empty()),
        spec_count_(segment.store().specs().size()),
        check_(context) {}

  Result<PreparedRecord> prepare_all(std::span<const Change> changes) {
    record_.changes.reserve(changes.size());
    for (const Change& change : changes) {
      record_.changes.emplace_back();
      ALD_RETURN_IF_ERROR(std::visit(*this, change));
      if (record_.changes.size() < changes.size()) remember(record_.changes.back());
    }
    return std::move(record_);
  }

  Status operator()(const PutRows& change) {
    const Columns columns = take_columns(change.points);
    for (std::size_t i = 0; i < change.points.size(); ++i) {
      PreparedChange::Append row = new_row(change.points, i, columns);
      if (!change.points.payloads.empty()) row.payload = change.points.payloads[i];
      if (indexed_) row.parsed_payload = parse_payload(row.payload);
      add(std::move(row));
    }
    return {};
  }

  Status operator()(const MergeRows& change) {
    const Columns columns = take_columns(change.points);
    for (std::size_t i = 0; i < change.points.size(); ++i) {
      const std::string patch = change.points.payloads.empty() ? "" : change.points.payloads[i];
      ALD_RETURN_IF_ERROR(merge_row(change.points, i, columns, current(change.points.ids[i]), patch));
    }
    return {};
  }

  Status operator()(const PutVectors& change) {
    const Columns columns = take_columns(change.points);
    for (std::size_t i = 0; i < change.points.size(); ++i) {
      const Current point = current(change.points.ids[i]);
      if (!point.exists()) continue;
      ALD_RETURN_IF_ERROR(merge_row(change.points, i, columns, point, ""));
    }
    return {};
  }

  Status operator()(const DeleteRows& change) {
    for (const auto& id : change.ids) {
      const Current point = current(id);
      if (point.exists()) add(PreparedChange::Kill{id, point.offset});
    }
    return {};
  }

  Status operator()(const DropVectors& change) {
    for (const auto& id : change.ids) {
      const Current point = current(id);
      if (!point.exists()) continue;
      ALD_ASSIGN(PreparedChange::Append row, copy_row(id, point));
      for (const std::string& name : change.names) {
        const auto place = find_vector(name);
        if (place) row.vectors[place->spec] = {};
      }
      add(std::move(row));
    }
    return {};
  }

  Status operator()(const MergePayload& change) {
    const Value patch = parse_payload(change.payload);
    const auto key = change.key ? model::JsonPath::parse(*change.key) : std::nullopt;
    return edit_payloads(change.ids, [&](Value& payload) {
      model::merge_payload(payload, patch.as_object(), key);
    });
  }

  Status operator()(const ReplacePayload& change) {
    const Value payload = parse_payload(change.payload);
    for (const auto& id : change.ids) {
      const Current point = current(id);
      if (point.exists()) ALD_RETURN_IF_ERROR(replace_payload(id, point, payload));
    }
    return {};
  }

  Status operator()(const DeletePayloadKeys& change) {
    std::vector<model::JsonPath> paths;
    for (const std::string& key : change.keys) {
      if (auto path = model::JsonPath::parse(key)) paths.push_back(std::move(*path));
    }
    return edit_payloads(change.ids, [&](Value& payload) {
      for (const auto& path : paths) model::delete_payload_path(payload, path);
    });
  }

  /// Comes alone in its record: it sees the segment's rows only.
  Status operator()(const PutFieldIndex& change) {
    ALD_ASSIGN(auto field, index::PayloadIndexes::make_field(change.field, change.schema));
    const auto& live = segment_.live();
    for (std::size_t i = live.find_next(0); i < live.size(); i = live.find_next(i + 1)) {
      ALD_RETURN_IF_ERROR(check_.next());
      const PointOffset offset(static_cast<std::uint32_t>(i));
      const auto payload = segment_.payload(offset);
      if (payload.ok()) {
        field->insert(offset, *payload);
        continue;
      }
      ALD_RETURN_IF_ERROR(lose(segment_.id(offset), payload.status()));
      // The index lacks the row, so the payload must not come back.
      add(PreparedChange::LosePayload{offset});
    }
    add(PreparedChange::Install{std::move(field)});
    return {};
  }

  Status operator()(const DropFieldIndex& change) {
    add(PreparedChange::Drop{change.field});
    return {};
  }

  Status operator()(const SetVectorSize& change) {
    const segment::VectorField* field = segment_.find_vector(change.name);
    if (field != nullptr && !field->spec && !sizes_.contains(change.name)) {
      sizes_[change.name] = {spec_count_++, change.size, field->params.distance, field->kind};
    }
    add(PreparedChange::Resize{change.name, change.size});
    return {};
  }

 private:
  struct VectorPlace {
    std::size_t spec = 0;
    std::uint32_t size = 0;
    model::Distance distance = model::Distance::kCosine;
    model::VectorKind kind = model::VectorKind::kDense;
  };
  /// A column of the batch as the store keeps it: normalised where the distance asks for it. Rows and
  /// norms stand at the source's places.
  struct Column {
    const model::VectorColumn* source;
    std::size_t spec;
    /// Of dense vectors: rows, norms. Of multivectors: the numbers of all.
    float* rows;
    std::vector<float> norms;
    std::unique_ptr<std::vector<model::VectorView>> views;  ///< Of the other kinds, by row of the batch.
  };
  using Columns = std::vector<Column>;

  void add(PreparedChange::Step step) { record_.changes.back().steps.push_back(std::move(step)); }

  /// For the changes that follow. The steps stay where they are: nothing is added to that change any more.
  void remember(const PreparedChange& change) {
    for (const auto& step : change.steps) {
      if (const auto* row = std::get_if<PreparedChange::Append>(&step)) {
        made_[row->id] = Current{std::nullopt, row, nullptr};
      } else if (const auto* payload = std::get_if<PreparedChange::SetPayload>(&step)) {
        Current& point = made_.try_emplace(payload->id, Current{payload->offset, nullptr, nullptr}).first->second;
        point.edited = payload;
      } else if (const auto* killed = std::get_if<PreparedChange::Kill>(&step)) {
        made_[killed->id] = Current();
      }
    }
  }

  Current current(const model::PointId& id) const {
    if (const auto found = made_.find(id); found != made_.end()) return found->second;
    return {segment_.find(id), nullptr, nullptr};
  }

  std::optional<VectorPlace> find_vector(const std::string& name) const {
    if (const auto sized = sizes_.find(name); sized != sizes_.end()) return sized->second;
    const segment::VectorField* field = segment_.find_vector(name);
    if (field == nullptr || !field->spec) return std::nullopt;
    return VectorPlace{*field->spec, field->params.size, field->params.distance, field->kind};
  }

  /// Whether to go on without a payload that cannot be read. Other errors than damage may pass, so they
  /// are never a reason to give it up.
  Status lose(const model::PointId& id, const Status& reason) {
    if (reason.code() != StatusCode::kDataLoss || unreadable_ == Unreadable::kRefuse) return reason;
    record_.lost.push_back({id, reason});
    return {};
  }

  Columns take_columns(const model::PointBatch& batch) {
    Columns columns;
    for (const auto& source : batch.vectors) {
      const auto place = find_vector(source.name);
      if (!place || source.dim != place->size || source.kind != place->kind) continue;
      if (place->kind != model::VectorKind::kDense) {
        columns.push_back(take_values(source, *place));
        continue;
      }
      const std::size_t count = source.dim == 0 ? 0 : source.values.size() / source.dim;
      auto& rows = record_.changes.back().rows.emplace_back(std::make_unique<float[]>(count * source.dim));
      std::copy_n(source.values.begin(), count * source.dim, rows.get());
      Column column{&source, place->spec, rows.get(), std::vector<float>(count, 1.0F), nullptr};
      if (place->distance == model::Distance::kCosine) {
        for (std::size_t i = 0; i < count; ++i) {
          column.norms[i] = normalise(column.rows + i * source.dim, source.dim);
        }
      }
      columns.push_back(std::move(column));
    }
    return columns;
  }

  /// Sparse vectors are stored as they come, rows of a multivector like dense ones.
  Column take_values(const model::VectorColumn& source, const VectorPlace& place) {
    const std::size_t count = source.values.size();
    auto& numbers = record_.changes.back().rows.emplace_back(std::make_unique<float[]>(std::max<std::size_t>(2 * count, 1)));
    std::copy_n(source.values.begin(), count, numbers.get());
    if (source.kind == model::VectorKind::kSparse && count > 0) {
      std::memcpy(numbers.get() + count, source.indices.data(), count * sizeof(float));
    } else if (place.distance == model::Distance::kCosine && source.dim > 0) {
      for (std::size_t i = 0; i < count / source.dim; ++i) normalise(numbers.get() + i * source.dim, source.dim);
    }
    Column column{&source, place.spec, numbers.get(), {}, std::make_unique<std::vector<model::VectorView>>()};
    column.views->resize(source.present.size());
    source.present.for_each([&](std::size_t i) {
      model::VectorView view = source.view(i);
      const auto first = view.count == 0 ? 0 : view.values - source.values.data();
      view.values = numbers.get() + first;
      if (source.kind == model::VectorKind::kSparse) {
        view.indices = reinterpret_cast<const std::uint32_t*>(numbers.get() + count) + first;
      }
      (*column.views)[i] = view;
    });
    return column;
  }

  PreparedChange::Append empty_row() const {
    PreparedChange::Append row;
    row.vectors.resize(spec_count_);
    row.norms.resize(spec_count_, 1.0F);
    return row;
  }

  static void give_vectors(PreparedChange::Append& row, const Columns& columns, std::size_t i) {
    for (const Column& column : columns) {
      if (!column.source->has(i)) continue;
      if (column.views != nullptr) {
        row.vectors[column.spec] = (*column.views)[i];
        continue;
      }
      const std::size_t place = column.source->place(i);
      row.vectors[column.spec] = {column.rows + place * column.source->dim, nullptr, 1, 0};
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

  /// The point's row with everything but its payload, to be appended again with something changed. Vectors
  /// are borrowed from the store, whose rows never move, or from an earlier change.
  PreparedChange::Append copy_without_payload(const model::PointId& id, const Current& point) const {
    PreparedChange::Append row = empty_row();
    row.id = id;
    if (point.appended != nullptr) {
      row.original_id = point.appended->original_id;
      std::copy(point.appended->vectors.begin(), point.appended->vectors.end(), row.vectors.begin());
      std::copy(point.appended->norms.begin(), point.appended->norms.end(), row.norms.begin());
      return row;
    }
    row.original_id = segment_.store().original_id(*point.offset);
    for (std::size_t spec = 0; spec < segment_.store().specs().size(); ++spec) {
      if (!segment_.store().has_vector(spec, *point.offset)) continue;
      row.vectors[spec] = segment_.store().vector(spec, *point.offset);
      row.norms[spec] = segment_.store().norm(spec, *point.offset);
    }
    return row;
  }

  /// @return kDataLoss, also where an earlier change lost it.
  Result<Value> payload_of(const Current& point) const {
    if (point.edited != nullptr) return point.edited->new_payload;
    if (point.appended == nullptr) return segment_.payload(*point.offset);
    if (point.appended->payload_lost) return data_loss("the payload was lost before");
    return parse_payload(point.appended->payload);
  }

  /// The row as it is, its payload included.
  Result<PreparedChange::Append> copy_row(const model::PointId& id, const Current& point) {
    ALD_RETURN_IF_ERROR(check_.next());
    PreparedChange::Append row = copy_without_payload(id, point);
    Result<std::string> text = std::string();
    if (point.edited != nullptr) {
      text = point.edited->payload;
    } else if (point.appended == nullptr) {
      text = segment_.payload_text(*point.offset);
    } else if (!point.appended->payload_lost) {
      text = point.appended->payload;
    } else {
      row.payload_lost = true;  // Told already.
    }
    if (!text.ok()) {
      ALD_RETURN_IF_ERROR(lose(id, text.status()));
      row.payload_lost = true;
      row.parsed_payload = Value(Object{});
      return row;
    }
    row.payload = std::move(*text);
    if (indexed_) row.parsed_payload = parse_payload(row.payload);
    return row;
  }

  static bool has_vector(const Columns& columns, std::size_t i) {
    for (const Column& column : columns) {
      if (column.source->has(i)) return true;
    }
    return false;
  }

  Status merge_row(const model::PointBatch& batch,
                   std::size_t i,
                   const Columns& columns,
                   const Current& point,
                   const std::string& patch) {
    Value members = parse_payload(patch);
    if (!point.exists()) {
      PreparedChange::Append row = new_row(batch, i, columns);
      Value payload{Object{}};
      model::merge_payload(payload, members.as_object(), std::nullopt);
      row.payload = base::json::to_text(payload);
      if (indexed_) row.parsed_payload = std::move(payload);
      add(std::move(row));
      return {};
    }
    if (!has_vector(columns, i)) {
      return edit_payload(batch.ids[i], point, [&](Value& payload) {
        model::merge_payload(payload, members.as_object(), std::nullopt);
      });
    }
    ALD_ASSIGN(PreparedChange::Append row, copy_row(batch.ids[i], point));
    give_vectors(row, columns, i);
    if (!members.as_object().empty() && !row.payload_lost) {
      Value payload = parse_payload(row.payload);
      model::merge_payload(payload, members.as_object(), std::nullopt);
      row.payload = base::json::to_text(payload);
      if (indexed_) row.parsed_payload = std::move(payload);
    }
    add(std::move(row));
    return {};
  }

  static std::string text_of(const Value& payload) {
    return payload.as_object().empty() ? "" : base::json::to_text(payload);
  }

  template <typename Edit>
  Status edit_payload(const model::PointId& id, const Current& point, Edit edit) {
    ALD_RETURN_IF_ERROR(check_.next());
    auto old = payload_of(point);
    if (!old.ok()) {
      // A row that no index has an entry of: what the old one was entered with is not known.
      ALD_ASSIGN(PreparedChange::Append row, copy_row(id, point));
      add(std::move(row));
      return {};
    }
    PreparedChange::SetPayload step{id, point.offset, {}, std::move(*old), {}};
    step.new_payload = step.old_payload;
    edit(step.new_payload);
    step.payload = text_of(step.new_payload);
    add(std::move(step));
    return {};
  }

  /// Needs the old payload for the indexes only: one that cannot be read is so replaced for good.
  Status replace_payload(const model::PointId& id, const Current& point, const Value& payload) {
    auto old = payload_of(point);
    if (old.ok() || old.status().code() != StatusCode::kDataLoss) {
      return edit_payload(id, point, [&](Value& target) { target = payload; });
    }
    PreparedChange::Append row = copy_without_payload(id, point);
    row.payload = text_of(payload);
    if (indexed_) row.parsed_payload = payload;
    add(std::move(row));
    return {};
  }

  template <typename Edit>
  Status edit_payloads(const std::vector<model::PointId>& ids, Edit edit) {
    for (const auto& id : ids) {
      const Current point = current(id);
      if (point.exists()) ALD_RETURN_IF_ERROR(edit_payload(id, point, edit));
    }
    return {};
  }

  const Segment& segment_;
  const Unreadable unreadable_;
  const bool indexed_;
  std::size_t spec_count_;  // With the sizes that the record decides.
  std::unordered_map<std::string, VectorPlace> sizes_;
  std::unordered_map<model::PointId, Current> made_;
  observe::RowCheck check_;
  PreparedRecord record_;
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
                                             .lost_payload_of = step.payload_lost ? old : std::nullopt,
                                             .vectors = step.vectors,
                                             .norms = step.norms});
    if (!segment.payload_indexes().empty()) {
      segment.mutable_payload_indexes().insert(offset, step.parsed_payload);
    }
  }
  void operator()(PreparedChange::SetPayload& step) const {
    const PointOffset offset = step.offset ? *step.offset : *segment.find(step.id);
    if (!segment.payload_indexes().empty()) {
      segment.mutable_payload_indexes().erase(offset, step.old_payload);
      segment.mutable_payload_indexes().insert(offset, step.new_payload);
    }
    segment.store().set_payload(offset, step.payload, operation);
  }
  void operator()(PreparedChange::LosePayload& step) const { segment.store().lose_payload(step.offset); }
  void operator()(PreparedChange::Kill& step) const {
    const PointOffset offset = step.offset ? *step.offset : *segment.find(step.id);
    segment.mutable_payload_indexes().row_died(offset);
    segment.store().kill(offset);
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

Result<PreparedRecord> prepare(const Segment& segment,
                               std::span<const Change> changes,
                               Unreadable unreadable,
                               const observe::OpContext& context) {
  return Preparer(segment, unreadable, context).prepare_all(changes);
}

void apply(Segment& segment, Counters& counters, base::OpNumber operation, PreparedChange& change) {
  counters.last_operation = operation;
  for (auto& step : change.steps) std::visit(Applier{segment, counters, operation}, step);
}

}  // namespace alidade::shard
