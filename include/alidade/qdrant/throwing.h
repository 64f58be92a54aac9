#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/qdrant/client.h"
#include "alidade/qdrant/collection.h"
#include "alidade/qdrant/snapshots.h"

/// The same client for programs that prefer exceptions: every method returns its value, and throws
/// client::Exception where the other returns an Error.
namespace alidade::qdrant::inline v0::throwing {

/// The points of a scroll as an input range of Record; to look at a point throws when its page did not come.
class Scroll {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Record;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(ScrollRange::iterator at) : at_(at) {}
    const Record& operator*() const { return at_->value(); }
    const Record* operator->() const { return &at_->value(); }
    iterator& operator++() { return ++at_, *this; }
    void operator++(int) { ++at_; }
    friend bool operator==(const iterator& at, std::default_sentinel_t end) { return at.at_ == end; }

   private:
    ScrollRange::iterator at_;
  };

  explicit Scroll(ScrollRange range) : range_(std::move(range)) {}
  /// Fetches the first page. To be called once.
  iterator begin() { return iterator(range_.begin()); }
  std::default_sentinel_t end() const { return {}; }

 private:
  ScrollRange range_;
};

class Snapshots {
 public:
  Snapshots(qdrant::Snapshots snapshots) : inner_(std::move(snapshots)) {}  // NOLINT: implicit, a view of the same

  const qdrant::Snapshots& inner() const { return inner_; }

  std::vector<SnapshotInfo> list(const CallOptions& call = {}) const { return inner_.list(call).value(); }
  SnapshotInfo create(const CallOptions& call = {}) const { return inner_.create(call).value(); }
  void start_create(const CallOptions& call = {}) const { inner_.start_create(call).value(); }
  bool remove(std::string_view name, const CallOptions& call = {}) const { return inner_.remove(name, call).value(); }
  std::uint64_t download(std::string_view name, const std::string& file, const CallOptions& call = {}) const {
    return inner_.download(name, file, call).value();
  }
  std::uint64_t download(std::string_view name, const client::BodySink& sink, const CallOptions& call = {}) const {
    return inner_.download(name, sink, call).value();
  }
  std::uint64_t stream(const client::BodySink& sink, const CallOptions& call = {}) const {
    return inner_.stream(sink, call).value();
  }
  void recover(const std::string& location, const RecoverOptions& options = {}, const CallOptions& call = {}) const {
    inner_.recover(location, options, call).value();
  }
  void upload(const std::string& file, const RecoverOptions& options = {}, const CallOptions& call = {}) const {
    inner_.upload(file, options, call).value();
  }
  void upload(const client::BodySource& source, const RecoverOptions& options = {}, const CallOptions& call = {}) const {
    inner_.upload(source, options, call).value();
  }

 private:
  qdrant::Snapshots inner_;
};

class Collection {
 public:
  Collection(qdrant::Collection collection) : inner_(std::move(collection)) {}  // NOLINT: implicit, a view of the same

  /// The handle without exceptions, for background calls.
  const qdrant::Collection& inner() const { return inner_; }
  const std::string& name() const { return inner_.name(); }

  CollectionInfo info(const CallOptions& call = {}) const { return inner_.info(call).value(); }
  std::vector<Alias> aliases(const CallOptions& call = {}) const { return inner_.aliases(call).value(); }
  UpdateResult create_index(std::string_view field, const PayloadIndex& index, const WriteOptions& options = {},
                            const CallOptions& call = {}) const {
    return inner_.create_index(field, index, options, call).value();
  }
  UpdateResult delete_index(std::string_view field, const WriteOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.delete_index(field, options, call).value();
  }
  UpdateResult create_vector(std::string_view vector_name, const VectorParams& what, const CallOptions& call = {}) const {
    return inner_.create_vector(vector_name, what, call).value();
  }
  UpdateResult create_vector(std::string_view vector_name, const SparseVectorParams& what,
                             const CallOptions& call = {}) const {
    return inner_.create_vector(vector_name, what, call).value();
  }
  UpdateResult delete_vector(std::string_view vector_name, const CallOptions& call = {}) const {
    return inner_.delete_vector(vector_name, call).value();
  }

  PointBatch batch() const { return inner_.batch(); }
  UpdateResult upsert(const PointBatch& points, const UpsertOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.upsert(points, options, call).value();
  }
  UpdateResult upsert(const std::vector<Point>& points, const UpsertOptions& options = {},
                      const CallOptions& call = {}) const {
    return inner_.upsert(points, options, call).value();
  }
  UpdateResult update_vectors(const PointBatch& points, const WriteOptions& options = {},
                              const CallOptions& call = {}) const {
    return inner_.update_vectors(points, options, call).value();
  }
  UpdateResult remove(const PointsSelector& points, const WriteOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.remove(points, options, call).value();
  }
  UpdateResult delete_vectors(const PointsSelector& points, const std::vector<std::string>& names,
                              const WriteOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.delete_vectors(points, names, options, call).value();
  }
  UpdateResult set_payload(const PointsSelector& points, const Json& payload, const std::string& key = {},
                           const WriteOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.set_payload(points, payload, key, options, call).value();
  }
  UpdateResult overwrite_payload(const PointsSelector& points, const Json& payload, const WriteOptions& options = {},
                                 const CallOptions& call = {}) const {
    return inner_.overwrite_payload(points, payload, options, call).value();
  }
  UpdateResult delete_payload(const PointsSelector& points, const std::vector<std::string>& keys,
                              const WriteOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.delete_payload(points, keys, options, call).value();
  }
  UpdateResult clear_payload(const PointsSelector& points, const WriteOptions& options = {},
                             const CallOptions& call = {}) const {
    return inner_.clear_payload(points, options, call).value();
  }
  std::vector<UpdateResult> update(const std::vector<Change>& changes, const WriteOptions& options = {},
                                   const CallOptions& call = {}) const {
    return inner_.update(changes, options, call).value();
  }

  std::vector<Record> retrieve(const RetrieveRequest& request, const ReadOptions& options = {},
                               const CallOptions& call = {}) const {
    return inner_.retrieve(request, options, call).value();
  }
  ScrollPage scroll_page(const ScrollRequest& request = {}, const ReadOptions& options = {},
                         const CallOptions& call = {}) const {
    return inner_.scroll_page(request, options, call).value();
  }
  Scroll scroll(ScrollRequest request = {}, ReadOptions options = {}, CallOptions call = {}) const {
    return Scroll(inner_.scroll(std::move(request), std::move(options), std::move(call)));
  }
  std::uint64_t count(const Filter& filter = {}, bool exact = true, const ReadOptions& options = {},
                      const CallOptions& call = {}) const {
    return inner_.count(filter, exact, options, call).value();
  }
  std::vector<FacetHit> facet(const FacetRequest& request, const ReadOptions& options = {},
                              const CallOptions& call = {}) const {
    return inner_.facet(request, options, call).value();
  }

  std::vector<ScoredPoint> query(const QueryRequest& request, const ReadOptions& options = {},
                                 const CallOptions& call = {}) const {
    return inner_.query(request, options, call).value();
  }
  std::vector<std::vector<ScoredPoint>> query_batch(const std::vector<QueryRequest>& requests,
                                                    const ReadOptions& options = {}, const CallOptions& call = {}) const {
    return inner_.query_batch(requests, options, call).value();
  }
  std::vector<PointGroup> query_groups(const GroupsRequest& request, const ReadOptions& options = {},
                                       const CallOptions& call = {}) const {
    return inner_.query_groups(request, options, call).value();
  }
  std::vector<MatrixPair> matrix_pairs(const MatrixRequest& request, const ReadOptions& options = {},
                                       const CallOptions& call = {}) const {
    return inner_.matrix_pairs(request, options, call).value();
  }
  MatrixOffsets matrix_offsets(const MatrixRequest& request, const ReadOptions& options = {},
                               const CallOptions& call = {}) const {
    return inner_.matrix_offsets(request, options, call).value();
  }

  /// Throws the error of the first batch that failed; the other method's report tells of all of them.
  template <std::ranges::input_range Range>
    requires Uploadable<std::ranges::range_reference_t<Range>>
  UploadProgress upload(Range&& range, const UploadOptions& options = {}, const CallOptions& call = {}) const {
    UploadReport report = inner_.upload(std::forward<Range>(range), options, call);
    for (const UploadBatch& batch : report.failed) (void)batch.result.value();
    return report.progress;
  }

  Snapshots snapshots() const { return inner_.snapshots(); }
  Snapshots shard_snapshots(std::uint32_t shard) const { return inner_.shard_snapshots(shard); }

 private:
  qdrant::Collection inner_;
};

class Client {
 public:
  explicit Client(ClientOptions options = {}) : inner_(qdrant::Client::make(std::move(options)).value()) {}
  Client(qdrant::Client client) : inner_(std::move(client)) {}  // NOLINT: implicit, a view of the same

  const qdrant::Client& inner() const { return inner_; }

  Collection collection(std::string name) const { return inner_.collection(std::move(name)); }
  Snapshots snapshots() const { return inner_.snapshots(); }
  VersionInfo version(const CallOptions& call = {}) const { return inner_.version(call).value(); }
  bool is_ready(const CallOptions& call = {}) const { return inner_.is_ready(call).value(); }
  std::vector<std::string> list_collections(const CallOptions& call = {}) const {
    return inner_.list_collections(call).value();
  }
  void create_collection(std::string_view name, const CreateCollection& what, const CallOptions& call = {}) const {
    inner_.create_collection(name, what, call).value();
  }
  void update_collection(std::string_view name, const UpdateCollection& what, const CallOptions& call = {}) const {
    inner_.update_collection(name, what, call).value();
  }
  bool delete_collection(std::string_view name, const CallOptions& call = {}) const {
    return inner_.delete_collection(name, call).value();
  }
  bool collection_exists(std::string_view name, const CallOptions& call = {}) const {
    return inner_.collection_exists(name, call).value();
  }
  bool ensure_collection(std::string_view name, const CreateCollection& what, const CallOptions& call = {}) const {
    return inner_.ensure_collection(name, what, call).value();
  }
  std::vector<Alias> list_aliases(const CallOptions& call = {}) const { return inner_.list_aliases(call).value(); }
  void update_aliases(const std::vector<AliasAction>& actions, const CallOptions& call = {}) const {
    inner_.update_aliases(actions, call).value();
  }
  Json request(std::string_view method, const std::string& path, const Json& body = {},
               const CallOptions& call = {}) const {
    return inner_.request(method, path, body, call).value();
  }

 private:
  qdrant::Client inner_;
};

}  // namespace alidade::qdrant::inline v0::throwing
