#include "segment/segment.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "index/vector/insert_rows.h"
#include "model/payload_edit.h"
#include "segment/metric.h"
#include "storage/vectors/norm.h"

namespace alidade::segment {
namespace {

using base::PointOffset;

/// A graph is built twice as wide as it is asked for: over codes that costs less than the width asked for did over
/// the rows, and on real ones it gives 1.3 and 1.6 times the queries at recall .95 and .99 (at the default of 100).
index::HnswParams graph_params(const model::HnswConfig& config) {
  return {.m = config.m, .ef_construction = 2 * std::min(config.ef_construct, 0x7FFFFFFFU)};
}

}  // namespace

Segment::Segment(std::unique_ptr<storage::PointStore> store, const model::CollectionConfig& config)
    : store_(std::move(store)), automatic_indexes_(config.automatic_indexes) {
  for (const auto& [name, params] : config.vectors) {
    VectorField field;
    field.name = name;
    field.kind = params.multivector ? model::VectorKind::kMulti : model::VectorKind::kDense;
    field.params = params;
    field.hnsw = config.graph_of(params);
    add_field(std::move(field));
  }
  if (!config.sparse_vectors) return;
  for (const auto& [name, params] : *config.sparse_vectors) {
    VectorField field;
    field.name = name;
    field.kind = model::VectorKind::kSparse;
    field.params.distance = model::Distance::kDot;
    field.sparse = params;
    add_field(std::move(field));
  }
}

void Segment::add_field(VectorField field) {
  if (field.kind != model::VectorKind::kDense) field.hnsw.m = 0;
  for (std::size_t spec = 0; spec < store_->specs().size(); ++spec) {
    if (store_->specs()[spec].name == field.name) field.spec = spec;
  }
  vectors_.emplace_back(std::move(field));
}

Segment::Segment(std::unique_ptr<storage::PointStore> store, bool automatic_indexes)
    : store_(std::move(store)), automatic_indexes_(automatic_indexes) {}

std::shared_ptr<const Segment> Segment::snapshot() const {
  std::shared_ptr<Segment> copy(new Segment(store_->snapshot(), automatic_indexes_));
  copy->payload_indexes_ = payload_indexes_;
  copy->vectors_ = vectors_;
  return copy;
}

std::unique_ptr<Segment> Segment::renumbered(const base::RowMap& kept,
                                             std::vector<storage::VectorStore> vectors) const {
  std::unique_ptr<Segment> out(new Segment(store_->renumbered(kept, std::move(vectors)), automatic_indexes_));
  out->payload_indexes_ = payload_indexes_.renumbered(kept);
  for (const auto& field : vectors_) {
    VectorField copy = *field;
    copy.graph = nullptr;
    copy.graphed_rows = 0;
    out->vectors_.emplace_back(std::move(copy));
  }
  return out;
}

void Segment::adopt_graph(const std::string& name,
                          std::shared_ptr<index::HnswGraph> graph,
                          std::uint32_t graphed_rows) {
  VectorField* field = find_mutable(name);
  if (field == nullptr || graph == nullptr) return;
  const index::HnswParams &built = graph->params(), wanted = graph_params(field->hnsw);
  if (built.m != wanted.m || built.ef_construction != wanted.ef_construction) return;
  field->graph = std::move(graph);
  field->graphed_rows = graphed_rows;
}

const base::Bitset* Segment::vector_presence(const std::string& name) const {
  const VectorField* field = find_vector(name);
  if (field == nullptr) return nullptr;
  static const base::Bitset kNone;
  return field->spec ? &store_->present(*field->spec) : &kNone;
}

Status Segment::check_vectors(const model::VectorSelector& selector) const {
  if (selector.kind != model::VectorSelector::Kind::kNames) return {};
  for (const std::string& name : selector.names) {
    if (find_vector(name) != nullptr) continue;
    return Status(StatusCode::kInvalidArgument, "Not existing vector name error: " + name, ErrorKind::kVectorNameUnknown,
                  {name});
  }
  return {};
}

const VectorField* Segment::find_vector(const std::string& name) const {
  for (const auto& field : vectors_) {
    if (field->name == name) return &*field;
  }
  return nullptr;
}

VectorField* Segment::find_mutable(const std::string& name) {
  for (auto& field : vectors_) {
    if (field->name == name) return &field.write();
  }
  return nullptr;
}

Result<std::vector<ScoredOffset>> Segment::search(const VectorQuery& query,
                                                  const base::Bitset* selected,
                                                  std::uint64_t selected_count,
                                                  const observe::OpContext& context) const {
  std::vector<ScoredOffset> out;
  const VectorField* field = find_vector(query.name);
  if (field == nullptr || !field->spec || query.limit == 0) return out;
  if (field->kind != model::VectorKind::kDense) {
    return scan(*field, query, selected != nullptr ? *selected : store_->live(), context);
  }
  index::SearchRequest request;
  request.metric = metric_of(field->params.distance);
  request.rows = &store_->rows(*field->spec);
  request.row_count = store_->row_count();
  request.graph = field->graph.get();
  request.graphed_rows = field->graphed_rows;
  request.live = &store_->live();
  request.live_count = store_->live_count();
  request.present = &store_->present(*field->spec);
  request.selected = selected;
  request.selected_count = selected_count;
  request.limit = query.limit;
  request.ef = query.ef;
  request.exact = query.exact;
  request.indexed_only = query.indexed_only;
  ALD_ASSIGN(const auto neighbours, index::vector_search(request, std::get<index::PaddedQuery>(query.query->form), context));
  out.reserve(neighbours.size());
  for (const auto& neighbour : neighbours) {
    out.push_back({PointOffset(neighbour.offset), -neighbour.distance});
  }
  return out;
}

Result<model::PointRecord> Segment::record(PointOffset offset,
                                           const model::PayloadSelector& with_payload,
                                           const model::VectorSelector& with_vectors,
                                           VectorForm form) const {
  model::PointRecord record;
  record.id = store_->id(offset);
  record.original_id = store_->original_id(offset);
  record.version = store_->version(offset).value;
  if (with_payload.kind != model::PayloadSelector::Kind::kNone) {
    ALD_ASSIGN(record.payload, store_->payload(offset));
    if (record.payload->empty()) record.payload = "{}";
    if (with_payload.kind != model::PayloadSelector::Kind::kAll) {
      ALD_ASSIGN(const auto parsed, base::json::parse(*record.payload));
      record.payload = base::json::to_text(model::select_payload(parsed, with_payload));
    }
  }
  if (with_vectors.kind != model::VectorSelector::Kind::kNone) {
    record.vectors.emplace();
    for (const auto& field : vectors_) {
      if (with_vectors.kind == model::VectorSelector::Kind::kNames &&
          std::find(with_vectors.names.begin(), with_vectors.names.end(), field->name) ==
              with_vectors.names.end()) {
        continue;
      }
      if (auto value = vector(*field, offset, form)) {
        record.vectors->push_back({field->name, std::move(*value)});
      }
    }
  }
  return record;
}

void Segment::set_vector_size(const std::string& name, std::uint32_t size) {
  VectorField* field = find_mutable(name);
  if (field == nullptr || field->spec) return;
  field->params.size = size;
  const bool is_multi = field->kind == model::VectorKind::kMulti;
  store_->add_vector({name, size, !is_multi && field->params.distance == model::Distance::kCosine, field->kind});
  field->spec = store_->specs().size() - 1;
}

void Segment::set_hnsw(const std::string& name, const model::HnswConfig& hnsw) {
  VectorField* field = find_mutable(name);
  if (field == nullptr || field->kind != model::VectorKind::kDense) return;
  const bool rebuild = field->hnsw.m != hnsw.m || field->hnsw.ef_construct != hnsw.ef_construct;
  field->hnsw = hnsw;
  if (!rebuild) return;
  field->graph.reset();
  field->graphed_rows = 0;
}

void Segment::set_sparse(const std::string& name, const model::SparseVectorParams& params) {
  VectorField* field = find_mutable(name);
  if (field != nullptr && field->kind == model::VectorKind::kSparse) field->sparse = params;
}

std::unique_ptr<index::HnswGraph> make_hnsw(const model::HnswConfig& config,
                                            model::Distance distance,
                                            const storage::VectorRows& rows) {
  return std::make_unique<index::HnswGraph>(graph_params(config), metric_of(distance), rows);
}

Status Segment::load_graph(const std::string& name,
                           std::uint32_t graphed_rows,
                           std::span<const std::byte> bytes) {
  VectorField* field = find_mutable(name);
  if (field == nullptr || !field->spec || field->hnsw.m == 0) return {};
  if (graphed_rows > store_->row_count()) return data_loss("the graph has more rows than the segment");
  ALD_ASSIGN(field->graph, index::HnswGraph::deserialize(bytes, graph_params(field->hnsw), metric_of(field->params.distance),
                                                         store_->rows(*field->spec), graphed_rows));
  field->graphed_rows = graphed_rows;
  return {};
}

std::optional<Segment::BuildBatch> Segment::next_build_batch(std::uint64_t indexing_threshold_kb,
                                                             std::uint32_t max_rows) const {
  if (indexing_threshold_kb == 0) return std::nullopt;
  for (const auto& field : vectors_) {
    if (!field->spec || field->hnsw.m == 0) continue;
    const std::uint32_t first = field->graphed_rows;
    const std::uint32_t rows = store_->row_count();
    if (first >= rows) continue;
    // A small collection is scanned faster than a graph is walked.
    if (field->graph == nullptr && rows < kMinGraphRows) continue;
    BuildBatch batch;
    batch.name = field->name;
    batch.graph = field->graph;
    if (batch.graph == nullptr) {
      batch.graph = make_hnsw(field->hnsw, field->params.distance, store_->rows(*field->spec));
    }
    const base::Bitset& present = store_->present(*field->spec);
    std::uint32_t at = first;
    for (; at < rows && batch.offsets.size() < max_rows; ++at) {
      if (store_->live().test(at) && present.test(at)) batch.offsets.push_back(at);
    }
    batch.end = at;
    batch.row_count = rows;
    batch.live = store_->live();
    batch.live_count = indexed_rows(*field);
    return batch;
  }
  return std::nullopt;
}

void Segment::build(const BuildBatch& batch) {
  batch.graph->encode_ahead(batch.row_count);
  index::insert_rows(*batch.graph, batch.offsets, batch.threads, {&batch.live, batch.live_count});
}

void Segment::adopt_batch(const BuildBatch& batch) {
  VectorField* field = find_mutable(batch.name);
  if (field == nullptr) return;
  field->graph = batch.graph;
  field->graphed_rows = batch.end;
}

void Segment::drop_graph(const index::HnswGraph& graph) {
  for (auto& field : vectors_) {
    if (field->graph.get() != &graph) continue;
    VectorField& mine = field.write();
    mine.graph.reset();
    mine.graphed_rows = 0;
  }
}

namespace {

/// Rows in both sets and in [first, end), 64 at a time.
std::uint64_t count_common(const base::Bitset& a, const base::Bitset& b, std::size_t first, std::size_t end) {
  end = std::min({end, a.size(), b.size()});
  if (first >= end) return 0;
  std::uint64_t count = 0;
  for (std::size_t word = first / 64; word * 64 < end; ++word) {
    std::uint64_t bits = a.word(word) & b.word(word);
    if (word == first / 64) bits &= ~std::uint64_t{0} << (first % 64);
    if (end - word * 64 < 64) bits &= (std::uint64_t{1} << (end - word * 64)) - 1;
    count += static_cast<std::uint64_t>(std::popcount(bits));
  }
  return count;
}

}  // namespace

bool Segment::is_scanned_by_choice(const VectorField& field) const {
  return field.graph == nullptr && field.hnsw.m != 0 && store_->row_count() < kMinGraphRows;
}

std::uint64_t Segment::waiting_rows(const VectorField& field) const {
  if (!field.spec || field.hnsw.m == 0 || is_scanned_by_choice(field)) return 0;
  return count_common(store_->live(), store_->present(*field.spec), field.graphed_rows, store_->row_count());
}

std::uint64_t Segment::indexed_rows(const VectorField& field) const {
  if (!field.spec) return 0;
  if (field.kind == model::VectorKind::kSparse) return term_statistics(field, {}, nullptr, {})->rows;
  const std::uint32_t end = is_scanned_by_choice(field) ? store_->row_count() : field.graphed_rows;
  if (field.graph == nullptr && !is_scanned_by_choice(field)) return 0;
  return count_common(store_->live(), store_->present(*field.spec), 0, end);
}

}  // namespace alidade::segment
