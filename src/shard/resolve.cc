#include "shard/resolve.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "observe/row_check.h"
#include "query/filter/filter.h"

namespace alidade::shard {
namespace {

using base::PointOffset;
using model::PointBatch;
using model::PointId;
using segment::Segment;

Status point_not_found(const PointId& id) {
  return Status(StatusCode::kNotFound, fmt::format("No point with id {} found", id.to_string()),
                ErrorKind::kPointNotFound, {id.to_string()});
}

Status unknown_vector(const std::string& name) {
  return Status(StatusCode::kInvalidArgument, fmt::format("Not existing vector name error: {}", name),
                ErrorKind::kVectorNameUnknown, {name});
}


Status wrong_dimension(std::uint32_t expected, std::uint32_t got, const std::string& name) {
  return Status(StatusCode::kInvalidArgument,
                fmt::format("vector '{}': expected {} values, got {}", name, expected, got),
                ErrorKind::kDimensionMismatch,
                {std::to_string(expected), std::to_string(got), name});
}

/// A dense vector counts as a multivector of one row.
bool is_one_row_of(const model::VectorColumn& column, const segment::VectorField& field) {
  return field.kind == model::VectorKind::kMulti && column.kind == model::VectorKind::kDense;
}

/// One column against the schema. `sizes` takes a dimension that this column decides.
Status check_column(const Segment& segment,
                    const model::VectorColumn& column,
                    std::vector<SetVectorSize>& sizes) {
  const segment::VectorField* field = segment.find_vector(column.name);
  if (field == nullptr) return unknown_vector(column.name);
  const bool fits = column.kind == field->kind || is_one_row_of(column, *field);
  if (column.present.size() > 0 && (!fits || column.other_kind)) return model::wrong_kind(column.other_kind && fits ? *column.other_kind : column.kind, column.name);
  if (column.present.none() || field->kind == model::VectorKind::kSparse) return {};
  const std::uint32_t expected = field->params.size != 0 ? field->params.size : column.dim;
  if (column.dim != expected) return wrong_dimension(expected, column.dim, column.name);
  if (column.other_dim) return wrong_dimension(expected, *column.other_dim, column.name);
  if (field->params.size == 0) sizes.push_back({column.name, column.dim});
  return {};
}

/// The columns as their vectors are stored.
PointBatch as_stored(const Segment& segment, PointBatch batch) {
  for (model::VectorColumn& column : batch.vectors) {
    const segment::VectorField* field = segment.find_vector(column.name);
    if (field != nullptr && is_one_row_of(column, *field)) column.to_multi();
  }
  return batch;
}

/// The rows of `batch` whose positions are listed, in that order.
PointBatch take_rows(const Segment& segment, const PointBatch& batch, const std::vector<std::size_t>& rows) {
  if (rows.size() == batch.size()) return as_stored(segment, batch);
  PointBatch out;
  out.ids.reserve(rows.size());
  for (const std::size_t i : rows) {
    out.ids.push_back(batch.ids[i]);
    if (!batch.original_ids.empty()) out.original_ids.push_back(batch.original_ids[i]);
    if (!batch.payloads.empty()) out.payloads.push_back(batch.payloads[i]);
  }
  for (const auto& column : batch.vectors) {
    auto& taken = out.column(column.name);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (!column.has(rows[k])) continue;
      if (column.kind == model::VectorKind::kDense) {
        taken.set_row(k, column.row(rows[k]), column.dim);
      } else {
        taken.set(k, model::value_of(column.kind, column.view(rows[k]), column.dim));
      }
    }
    taken.kind = column.kind;
    taken.dim = column.dim;
    taken.present.resize(rows.size());
  }
  return as_stored(segment, std::move(out));
}

/// Keeps one row per id: the last, or the first.
std::vector<std::size_t> distinct_rows(const std::vector<PointId>& ids, bool keep_first) {
  std::unordered_map<PointId, std::size_t> place;
  place.reserve(ids.size());
  std::vector<std::size_t> rows;
  rows.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto [entry, inserted] = place.try_emplace(ids[i], rows.size());
    if (inserted) {
      rows.push_back(i);
    } else if (!keep_first) {
      rows[entry->second] = i;
    }
  }
  return rows;
}

/// Cuts rows into runs in which no id comes twice, so that repeated ids apply in turn.
std::vector<std::vector<std::size_t>> distinct_runs(const std::vector<PointId>& ids,
                                                    const std::vector<std::size_t>& rows) {
  std::vector<std::vector<std::size_t>> runs;
  std::unordered_set<PointId> seen;
  for (const std::size_t i : rows) {
    if (runs.empty() || !seen.insert(ids[i]).second) {
      runs.emplace_back();
      seen.clear();
      seen.insert(ids[i]);
    }
    runs.back().push_back(i);
  }
  return runs;
}

class Resolver {
 public:
  Resolver(const Segment& segment, base::OpNumber last, const observe::OpContext& context)
      : segment_(segment), last_(last), context_(context) {}

  Resolved operator()(const model::UpsertPoints& command) const {
    const PointBatch& batch = command.points;
    const bool insert_only = command.mode == model::UpdateMode::kInsertOnly;
    Resolved out;
    Record record = numbered(1);
    if (Status bad = begin_batch(batch, record); !bad.ok()) return refused(std::move(bad));
    std::vector<std::size_t> rows;
    Status problem = keep_allowed(batch, distinct_rows(batch.ids, insert_only), command.mode,
                                  command.update_filter, rows);
    if (!problem.ok()) return refused(std::move(problem));
    out.affected_count = rows.size();
    if (!rows.empty()) record.changes.emplace_back(PutRows{take_rows(segment_, batch, rows)});
    out.record = std::move(record);
    return out;
  }

  Resolved operator()(const model::MergePoints& command) const {
    const PointBatch& batch = command.points;
    Resolved out;
    Record record = numbered(1);
    if (Status bad = begin_batch(batch, record); !bad.ok()) return refused(std::move(bad));
    std::vector<std::size_t> all(batch.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<std::size_t> rows;
    Status problem = keep_allowed(batch, all, command.mode, std::nullopt, rows);
    if (!problem.ok()) return refused(std::move(problem));
    for (const auto& run : distinct_runs(batch.ids, rows)) {
      record.changes.emplace_back(MergeRows{take_rows(segment_, batch, run)});
    }
    out.affected_count = rows.size();
    out.record = std::move(record);
    return out;
  }

  Resolved operator()(const model::DeletePoints& command) const {
    auto ids = select_for_delete(command);
    if (!ids.ok()) return refused(ids.status());
    Resolved out;
    Record record = numbered(1);
    out.affected_count = ids->size();
    if (!ids->empty()) record.changes.emplace_back(DeleteRows{std::move(*ids)});
    out.record = std::move(record);
    return out;
  }

  Resolved operator()(const model::UpdateVectors& command) const {
    const PointBatch& batch = command.points;
    Resolved out;
    Record record = numbered(1);
    if (Status bad = begin_batch(batch, record); !bad.ok()) return refused(std::move(bad));
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (segment_.find(batch.ids[i])) {
        known.push_back(i);
      } else if (out.problem.ok()) {
        out.problem = point_not_found(batch.ids[i]);
      }
    }
    std::vector<std::size_t> rows;
    Status problem = keep_allowed(batch, known, model::UpdateMode::kUpdateOnly, command.update_filter, rows);
    if (!problem.ok()) return refused(std::move(problem));
    for (const auto& run : distinct_runs(batch.ids, rows)) {
      record.changes.emplace_back(PutVectors{take_rows(segment_, batch, run)});
    }
    out.affected_count = rows.size();
    out.record = std::move(record);
    return out;
  }

  Resolved operator()(const model::DeleteVectors& command) const {
    for (const std::string& name : command.names) {
      if (segment_.find_vector(name) == nullptr) return refused(unknown_vector(name));
    }
    return with_points(command.selector, [&](std::vector<PointId> ids) {
      return Change(DropVectors{std::move(ids), command.names});
    });
  }

  Resolved operator()(const model::SetPayload& command) const {
    return with_points(command.selector, [&](std::vector<PointId> ids) {
      MergePayload change{std::move(ids), command.payload, std::nullopt};
      if (command.key) change.key = command.key->to_string();
      return Change(std::move(change));
    });
  }

  Resolved operator()(const model::OverwritePayload& command) const {
    return with_points(command.selector, [&](std::vector<PointId> ids) {
      return Change(ReplacePayload{std::move(ids), command.payload});
    });
  }

  Resolved operator()(const model::DeletePayload& command) const {
    return with_points(command.selector, [&](std::vector<PointId> ids) {
      DeletePayloadKeys change{std::move(ids), {}};
      for (const auto& key : command.keys) change.keys.push_back(key.to_string());
      return Change(std::move(change));
    });
  }

  Resolved operator()(const model::ClearPayload& command) const {
    return with_points(command.selector, [&](std::vector<PointId> ids) {
      return Change(ReplacePayload{std::move(ids), ""});
    });
  }

  Resolved operator()(const model::CreateFieldIndex& command) const {
    // What cannot be built must not be logged.
    auto made = index::PayloadIndexes::make_field(command.field, command.schema);
    if (!made.ok()) return refused(made.status());
    Resolved out;
    out.record = numbered(2);
    const auto& schema = segment_.payload_indexes().schema();
    const auto existing = schema.find(command.field);
    // The same index again is left as it is, with the parameters it was made with.
    if (existing == schema.end() || !model::same_index(existing->second, command.schema)) {
      out.record->changes.emplace_back(PutFieldIndex{command.field, command.schema});
    }
    return out;
  }

  Resolved operator()(const model::DeleteFieldIndex& command) const {
    Resolved out;
    out.record = numbered(2);
    if (segment_.payload_indexes().find(command.field) != nullptr) {
      out.record->changes.emplace_back(DropFieldIndex{command.field});
    }
    return out;
  }

 private:
  static Resolved refused(Status problem) {
    Resolved out;
    out.problem = std::move(problem);
    return out;
  }

  Record numbered(std::uint64_t numbers) const {
    Record record;
    record.last_operation = base::OpNumber(last_.value + numbers);
    return record;
  }

  /// Checks the vectors of a batch; a dimension that it decides becomes the record's first change.
  Status begin_batch(const PointBatch& batch, Record& record) const {
    std::vector<SetVectorSize> sizes;
    for (const auto& column : batch.vectors) {
      ALD_RETURN_IF_ERROR(check_column(segment_, column, sizes));
    }
    for (auto& size : sizes) record.changes.emplace_back(std::move(size));
    return {};
  }

  Status keep_allowed(const PointBatch& batch,
                      const std::vector<std::size_t>& candidates,
                      model::UpdateMode mode,
                      const std::optional<model::Filter>& update_filter,
                      std::vector<std::size_t>& kept) const {
    std::optional<query::PreparedFilter> filter;
    if (update_filter) {
      ALD_ASSIGN(filter, query::PreparedFilter::prepare(*update_filter, segment_));
    }
    observe::RowCheck check(context_);
    for (const std::size_t i : candidates) {
      ALD_RETURN_IF_ERROR(check.next());
      const auto existing = segment_.find(batch.ids[i]);
      if (existing && mode == model::UpdateMode::kInsertOnly) continue;
      if (!existing && mode == model::UpdateMode::kUpdateOnly) continue;
      if (existing && filter) {
        ALD_ASSIGN(const bool matches, filter->matches(*existing));
        if (!matches) continue;
      }
      kept.push_back(i);
    }
    return {};
  }

  Result<std::vector<PointOffset>> select(const model::Filter& filter) const {
    ALD_ASSIGN(const auto prepared, query::PreparedFilter::prepare(filter, segment_));
    ALD_ASSIGN(const auto selection, prepared.select(context_));
    observe::RowCheck check(context_);
    std::vector<PointOffset> offsets;
    offsets.reserve(selection.count);
    const base::Bitset& rows = selection.rows;
    for (std::size_t i = rows.find_next(0); i < rows.size(); i = rows.find_next(i + 1)) {
      ALD_RETURN_IF_ERROR(check.next());
      offsets.emplace_back(static_cast<std::uint32_t>(i));
    }
    return offsets;
  }

  /// Known ids of the selector, each once; the first unknown one becomes the problem.
  Result<std::vector<PointId>> select_points(const model::PointSelector& selector, Status& problem) const {
    std::vector<PointId> ids;
    observe::RowCheck check(context_);
    if (selector.ids) {
      for (const std::size_t i : distinct_rows(*selector.ids, true)) {
        ALD_RETURN_IF_ERROR(check.next());
        const PointId& id = (*selector.ids)[i];
        if (segment_.find(id)) {
          ids.push_back(id);
        } else if (problem.ok()) {
          problem = point_not_found(id);
        }
      }
      return ids;
    }
    if (selector.filter) {
      ALD_ASSIGN(const auto offsets, select(*selector.filter));
      for (const PointOffset offset : offsets) ids.push_back(segment_.id(offset));
    }
    return ids;
  }

  template <typename MakeChange>
  Resolved with_points(const model::PointSelector& selector, MakeChange make_change) const {
    Resolved out;
    auto ids = select_points(selector, out.problem);
    if (!ids.ok()) return refused(ids.status());
    out.record = numbered(1);
    out.affected_count = ids->size();
    if (!ids->empty()) out.record->changes.push_back(make_change(std::move(*ids)));
    return out;
  }

  Result<std::vector<PointId>> select_for_delete(const model::DeletePoints& command) const {
    Status ignored_unknown;  // Deleting what is not there succeeds.
    if (!command.selector.filter || (command.selector.ids && !command.intersect)) {
      return select_points(command.selector, ignored_unknown);
    }
    ALD_ASSIGN(auto offsets, select(*command.selector.filter));
    if (command.selector.ids) {
      const std::unordered_set<PointId> wanted(command.selector.ids->begin(), command.selector.ids->end());
      std::erase_if(offsets, [&](PointOffset offset) { return !wanted.contains(segment_.id(offset)); });
    }
    if (command.limit && *command.limit < offsets.size()) {
      std::sort(offsets.begin(), offsets.end(), [&](PointOffset a, PointOffset b) {
        return segment_.first_seen(a) < segment_.first_seen(b);
      });
      offsets.resize(*command.limit);
    }
    std::vector<PointId> ids;
    for (const PointOffset offset : offsets) ids.push_back(segment_.id(offset));
    return ids;
  }

  const Segment& segment_;
  const base::OpNumber last_;
  const observe::OpContext& context_;
};

}  // namespace

Resolved resolve(const Segment& segment,
                 base::OpNumber last_operation,
                 const model::Command& command,
                 const observe::OpContext& context) {
  return std::visit(Resolver(segment, last_operation, context), command);
}

}  // namespace alidade::shard
