#pragma once

#include <cstdint>
#include <future>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "alidade/qdrant/client.h"
#include "alidade/qdrant/scroll.h"
#include "alidade/qdrant/upload.h"

namespace alidade::qdrant::inline v0 {

/// The points of one collection. Cheap to copy, and safe for several threads, as Client; the same errors.
class ALIDADE_API Collection {
 public:
  const std::string& name() const { return name_; }
  const Client& client() const { return client_; }

  Result<CollectionInfo> info(const CallOptions& call = {}) const;
  Result<std::vector<Alias>> aliases(const CallOptions& call = {}) const;
  Result<UpdateResult> create_index(std::string_view field, const PayloadIndex& index, const WriteOptions& options = {},
                                    const CallOptions& call = {}) const;
  Result<UpdateResult> delete_index(std::string_view field, const WriteOptions& options = {},
                                    const CallOptions& call = {}) const;
  // Vectors of a collection that is there already (Qdrant 1.18).
  Result<UpdateResult> create_vector(std::string_view vector_name, const VectorParams& what,
                                     const CallOptions& call = {}) const;
  Result<UpdateResult> create_vector(std::string_view vector_name, const SparseVectorParams& what,
                                     const CallOptions& call = {}) const;
  Result<UpdateResult> delete_vector(std::string_view vector_name, const CallOptions& call = {}) const;

  /// An empty batch of the form that goes to this server with the least work.
  PointBatch batch() const;

  /// Inserts points, or replaces those that are there. Made as one request: for many points see upload().
  Result<UpdateResult> upsert(const PointBatch& points, const UpsertOptions& options = {},
                              const CallOptions& call = {}) const;
  Result<UpdateResult> upsert(const std::vector<Point>& points, const UpsertOptions& options = {},
                              const CallOptions& call = {}) const;
  /// Replaces the vectors that are named and leaves the others. @param points without payloads.
  Result<UpdateResult> update_vectors(const PointBatch& points, const WriteOptions& options = {},
                                      const CallOptions& call = {}) const;
  Result<UpdateResult> remove(const PointsSelector& points, const WriteOptions& options = {},
                              const CallOptions& call = {}) const;
  Result<UpdateResult> delete_vectors(const PointsSelector& points, const std::vector<std::string>& names,
                                      const WriteOptions& options = {}, const CallOptions& call = {}) const;
  /// Merges `payload` into that of the points. @param key path of a nested object to merge into; "": the whole payload.
  Result<UpdateResult> set_payload(const PointsSelector& points, const Json& payload, const std::string& key = {},
                                   const WriteOptions& options = {}, const CallOptions& call = {}) const;
  Result<UpdateResult> overwrite_payload(const PointsSelector& points, const Json& payload,
                                         const WriteOptions& options = {}, const CallOptions& call = {}) const;
  Result<UpdateResult> delete_payload(const PointsSelector& points, const std::vector<std::string>& keys,
                                      const WriteOptions& options = {}, const CallOptions& call = {}) const;
  Result<UpdateResult> clear_payload(const PointsSelector& points, const WriteOptions& options = {},
                                     const CallOptions& call = {}) const;
  /// Several changes in order, in one request. @return one result per change.
  Result<std::vector<UpdateResult>> update(const std::vector<Change>& changes, const WriteOptions& options = {},
                                           const CallOptions& call = {}) const;

  /// The points of these ids that are there, in that order.
  Result<std::vector<Record>> retrieve(const RetrieveRequest& request, const ReadOptions& options = {},
                                       const CallOptions& call = {}) const;
  Result<ScrollPage> scroll_page(const ScrollRequest& request = {}, const ReadOptions& options = {},
                                 const CallOptions& call = {}) const;
  /// All points that match, page by page, as an input range of Result<Record>: see ScrollRange.
  ScrollRange scroll(ScrollRequest request = {}, ReadOptions options = {}, CallOptions call = {}) const;
  /// @param exact false lets the server estimate.
  Result<std::uint64_t> count(const Filter& filter = {}, bool exact = true, const ReadOptions& options = {},
                              const CallOptions& call = {}) const;
  Result<std::vector<FacetHit>> facet(const FacetRequest& request, const ReadOptions& options = {},
                                      const CallOptions& call = {}) const;

  Result<std::vector<ScoredPoint>> query(const QueryRequest& request, const ReadOptions& options = {},
                                         const CallOptions& call = {}) const;
  /// @return one list per request.
  Result<std::vector<std::vector<ScoredPoint>>> query_batch(const std::vector<QueryRequest>& requests,
                                                            const ReadOptions& options = {},
                                                            const CallOptions& call = {}) const;
  Result<std::vector<PointGroup>> query_groups(const GroupsRequest& request, const ReadOptions& options = {},
                                               const CallOptions& call = {}) const;
  Result<std::vector<MatrixPair>> matrix_pairs(const MatrixRequest& request, const ReadOptions& options = {},
                                               const CallOptions& call = {}) const;
  Result<MatrixOffsets> matrix_offsets(const MatrixRequest& request, const ReadOptions& options = {},
                                       const CallOptions& call = {}) const;

  /// Sends every element of `range` in batches over several connections: see Uploader. Elements are Point, or of a type
  /// that has a Mapping (mapping.h). Blocks until all is answered.
  template <std::ranges::input_range Range>
    requires Uploadable<std::ranges::range_reference_t<Range>>
  UploadReport upload(Range&& range, const UploadOptions& options = {}, const CallOptions& call = {}) const {
    Uploader uploader(*this, options, call);
    for (auto&& element : range) {
      if (!uploader.add(element)) break;
    }
    return uploader.finish();
  }

  Snapshots snapshots() const;
  Snapshots shard_snapshots(std::uint32_t shard) const;

  /// Makes a call in the background, on a thread of the client:
  ///   auto future = books.run_async([](const Collection& c) { return c.count(); });
  template <typename Task>
  auto run_async(Task task) const -> std::future<std::invoke_result_t<Task&, const Collection&>> {
    return client_.workers().run([self = *this, task = std::move(task)]() mutable { return task(self); });
  }
  /// The same for a callback, which gets the value on that thread. Neither may throw.
  template <typename Task, typename Done>
  void run_async(Task task, Done done) const {
    client_.workers().run([self = *this, task = std::move(task)]() mutable { return task(self); }, std::move(done));
  }

 private:
  friend class Client;
  Collection(Client client, std::string name);

  Client client_;
  std::string name_;
  /// "/collections/<name>", encoded.
  std::string path_;
};

}  // namespace alidade::qdrant::inline v0
