#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cow.h"
#include "index/payload/payload_indexes.h"
#include "index/vector/vector_search.h"
#include "model/collection_config.h"
#include "model/query.h"
#include "observe/op_context.h"
#include "segment/segment_reader.h"
#include "storage/point_store.h"

namespace alidade::segment {

/// A row and its similarity to a query; higher is better.
struct ScoredOffset {
  base::PointOffset offset;
  float similarity = 0;
};

/// A query in the form in which the rows of one vector are stored.
struct PreparedQuery {
  /// Dense: padded, of unit length for cosine. Sparse: in order, weighted. Multi: its rows, each as a dense one.
  std::variant<index::PaddedQuery, model::SparseVector, std::vector<index::PaddedQuery>> form;
};

/// One nearest-neighbour search.
struct VectorQuery {
  std::string name;                      ///< Which vector; must exist.
  const PreparedQuery* query = nullptr;  ///< As prepare_query() made it for that vector.
  std::size_t limit = 10;
  std::uint32_t ef = 100;
  bool exact = false;
  bool indexed_only = false;      ///< Leave out the rows that are not in the graph yet.
};

/// Below this many rows a scan is faster than a graph, so none is built.
inline constexpr std::uint32_t kMinGraphRows = 1000;

/// How a vector leaves the segment.
enum class VectorForm {
  kStored,    ///< Cosine rows as unit vectors (Qdrant).
  kOriginal,  ///< Cosine rows with their length given back (Chroma).
};

/// A vector name of the segment with its derived index. The graph is shared with older states of the
/// segment: it only grows, and each state says how far it counts for it.
struct VectorField {
  std::string name;
  model::VectorKind kind = model::VectorKind::kDense;
  model::VectorParams params;  ///< Of a sparse vector: its distance alone, which is the dot product.
  model::SparseVectorParams sparse;
  model::HnswConfig hnsw;
  /// Place in the point store; nullopt while the dimension is open.
  std::optional<std::size_t> spec;
  std::shared_ptr<index::HnswGraph> graph;
  /// Rows below are in the graph, or dead, or lack the vector. The graph may hold later ones.
  std::uint32_t graphed_rows = 0;
};

/// An empty graph over `rows`, which it borrows.
std::unique_ptr<index::HnswGraph> make_hnsw(const model::HnswConfig& config,
                                            model::Distance distance,
                                            const storage::VectorRows& rows);

/// Storage and indexes of one shard as one unit. One thread at a time changes it, or makes a snapshot;
/// everybody else reads a snapshot, which does not change. Graphs grow beside all of them (see build()).
class Segment final : public SegmentReader {
 public:
  Segment(std::unique_ptr<storage::PointStore> store, const model::CollectionConfig& config);

  /// The segment as it is now, for any number of readers and as long as they like. O(1), see base/cow.h.
  std::shared_ptr<const Segment> snapshot() const;

  // SegmentReader.
  std::uint32_t row_count() const override { return store_->row_count(); }
  const base::Bitset& live() const override { return store_->live(); }
  std::uint64_t live_count() const override { return store_->live_count(); }
  model::PointId id(base::PointOffset offset) const override { return store_->id(offset); }
  std::optional<base::PointOffset> find(const model::PointId& id) const override {
    return store_->find(id);
  }
  std::uint64_t first_seen(base::PointOffset offset) const override {
    return store_->first_seen(offset);
  }
  Result<std::string> payload_text(base::PointOffset offset) const override {
    return store_->payload(offset);
  }
  const index::PayloadIndexes& payload_indexes() const override { return payload_indexes_; }
  const base::Bitset* vector_presence(const std::string& name) const override;

  // Reading.
  const VectorField* find_vector(const std::string& name) const;
  /// @return kInvalidArgument (ErrorKind::kVectorNameUnknown) for the first name that there is no vector of.
  Status check_vectors(const model::VectorSelector& selector) const;
  const std::vector<base::Cow<VectorField>>& vectors() const { return vectors_; }
  /// The best rows, best first, ties by offset. `selected` nullptr = all live rows; else it holds
  /// `selected_count` live rows, and min(limit, selected_count) rows with the vector come back.
  Result<std::vector<ScoredOffset>> search(const VectorQuery& query,
                                           const base::Bitset* selected,
                                           std::uint64_t selected_count,
                                           const observe::OpContext& context) const;
  /// The query as the rows are stored. It must fit the vector: of its kind and length; a dense query of a multivector
  /// counts as one row.
  PreparedQuery prepare_query(const VectorField& field, const model::VectorValue& value) const;
  /// Similarities of a prepared query to rows that have the vector, exactly. Sparse rows without a common place have 0; of
  /// multivectors it is the sum over the query's rows of the similarity to the closest one. @param out [offsets]
  void similarities(const VectorField& field,
                    const PreparedQuery& query,
                    std::span<const base::PointOffset> offsets,
                    float* out) const;
  /// How often places occur among sparse vectors. @param places  ascending
  /// @param corpus  the rows that count, with or without places; nullptr = all with any place that are stored, those of
  ///        deleted points among them as long as they are (as with Qdrant), but none that another vector replaced
  /// @return the context's error.
  struct TermStatistics {
    std::uint64_t rows = 0;
    std::vector<std::uint64_t> with_term;  ///< [places]
  };
  Result<TermStatistics> term_statistics(const VectorField& field,
                                         std::span<const std::uint32_t> places,
                                         const base::Bitset* corpus,
                                         const observe::OpContext& context) const;
  std::optional<model::VectorValue> vector(const VectorField& field, base::PointOffset offset, VectorForm form) const;
  /// A row as an answer shows it.
  Result<model::PointRecord> record(base::PointOffset offset,
                                    const model::PayloadSelector& with_payload,
                                    const model::VectorSelector& with_vectors,
                                    VectorForm form) const;

  // Writing.
  storage::PointStore& store() { return *store_; }
  const storage::PointStore& store() const { return *store_; }
  index::PayloadIndexes& mutable_payload_indexes() { return payload_indexes_; }
  void set_payload_indexes(index::PayloadIndexes indexes) { payload_indexes_ = std::move(indexes); }
  /// Whether the collection's configuration asks for automatic indexes.
  bool automatic_indexes() const { return automatic_indexes_; }
  /// Takes a graph from its file. @return kDataLoss: the segment is as before.
  Status load_graph(const std::string& name, std::uint32_t graphed_rows, std::span<const std::byte> bytes);
  /// Takes a graph that was built aside over this segment's vectors, unless the configuration asks for
  /// another one by now. nullptr = none.
  void adopt_graph(const std::string& name, std::shared_ptr<index::HnswGraph> graph, std::uint32_t graphed_rows);
  /// A segment of the rows that are kept, under their new numbers, without graphs. This one must not
  /// change afterwards. @param vectors as PointStore::renumbered() takes them.
  std::unique_ptr<Segment> renumbered(const base::RowMap& kept,
                                      std::vector<storage::VectorStore> vectors) const;
  /// Decides an open dimension.
  void set_vector_size(const std::string& name, std::uint32_t size);
  /// Follows a changed configuration; a graph whose m changed is dropped and built again.
  void set_hnsw(const std::string& name, const model::HnswConfig& hnsw);
  /// The same for a sparse vector.
  void set_sparse(const std::string& name, const model::SparseVectorParams& params);

  // Building the graph. One thread at a time.
  struct BuildBatch {
    std::string name;                         ///< Of the vector.
    std::shared_ptr<index::HnswGraph> graph;  ///< A new one for the first batch.
    std::vector<std::uint32_t> offsets;       ///< To be inserted.
    std::uint32_t end = 0;                    ///< graphed_rows afterwards.
    std::uint32_t row_count = 0;              ///< Rows below are there, in the batch or later.
    base::Bitset live;                        ///< Rows that new ones are linked to.
    std::uint64_t live_count = 0;             ///< Of them, in the graph.
    unsigned threads = 1;                     ///< With one, the same rows give the same graph.
  };
  /// The next rows to be put into a graph, nullopt when nothing waits.
  std::optional<BuildBatch> next_build_batch(std::uint64_t indexing_threshold_kb,
                                             std::uint32_t max_rows) const;
  /// Inserts a batch that a snapshot of this segment gave, on so many threads: it reads rows that never move or change, beside
  /// readers and the writer.
  static void build(const BuildBatch& batch);
  /// Writing: the batch is built, the rows count as graphed.
  void adopt_batch(const BuildBatch& batch);
  /// Writing: forgets the graph, which a failed build() may have left half linked.
  void drop_graph(const index::HnswGraph& graph);
  /// Whether the vector has no graph because its rows are few: nothing is to be built, and a search is
  /// exact already.
  bool is_scanned_by_choice(const VectorField& field) const;
  /// Live rows with that vector that are not in its graph and will be. 0 where none is built.
  std::uint64_t waiting_rows(const VectorField& field) const;
  /// Live rows with that vector that are searched as they will be for good: those in its graph, or all
  /// where the rows are few.
  std::uint64_t indexed_rows(const VectorField& field) const;

 private:
  Segment(std::unique_ptr<storage::PointStore> store, bool automatic_indexes);
  void add_field(VectorField field);
  /// Compares every row that may be found with the query.
  Result<std::vector<ScoredOffset>> scan(const VectorField& field,
                                         const VectorQuery& query,
                                         const base::Bitset& wanted,
                                         const observe::OpContext& context) const;
  /// The field to be changed, nullptr when there is none of that name.
  VectorField* find_mutable(const std::string& name);

  std::unique_ptr<storage::PointStore> store_;
  const bool automatic_indexes_;
  index::PayloadIndexes payload_indexes_;
  std::vector<base::Cow<VectorField>> vectors_;
};

}  // namespace alidade::segment
