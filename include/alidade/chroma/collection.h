#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "alidade/chroma/options.h"
#include "alidade/chroma/records.h"
#include "alidade/chroma/schema.h"
#include "alidade/chroma/search.h"
#include "alidade/client/workers.h"

namespace alidade::chroma::inline v0 {

struct Connection;
struct CollectionModel;

/// What a collection is to be from now on; what is unset stays.
struct Modification {
  std::optional<std::string> name = {};
  /// Replaces the metadata as a whole.
  std::optional<Metadata> metadata = {};
  std::optional<CollectionConfiguration> configuration = {};
};

/// A handle on one collection: where it is and what it was when it was read. Cheap to copy. Its methods
/// may be called by several threads at a time, except modify(), which changes the handle.
class ALIDADE_API Collection {
 public:
  // As of the moment when this handle was made.
  const std::string& id() const;
  const std::string& name() const;
  const std::string& tenant() const;
  const std::string& database() const;
  std::int32_t version() const;
  std::int64_t log_position() const;
  /// Nothing until the first vector.
  std::optional<std::int32_t> dimension() const;
  const std::optional<Metadata>& metadata() const;
  const std::optional<Schema>& schema() const;
  /// In the server's form: hnsw, spann, embedding_function.
  const Json& configuration() const;

  /// Records in the collection.
  Result<std::uint64_t> count(const CallOptions& call = {}) const;
  Result<std::uint64_t> count_with_options(ReadLevel level, const CallOptions& call = {}) const;
  Result<IndexingStatus> get_indexing_status(const CallOptions& call = {}) const;

  /// Changes name, metadata or configuration, and this handle with them after success.
  Result<void> modify(const Modification& change, const CallOptions& call = {});

  Result<GetResponse> get(const GetRequest& request = {}, const CallOptions& call = {}) const;
  /// The first `limit` records with all they hold.
  Result<GetResponse> peek(std::uint32_t limit = 10, const CallOptions& call = {}) const;
  /// Nearest records of each vector.
  Result<QueryResponse> query(const QueryRequest& request, const CallOptions& call = {}) const;
  Result<SearchResponse> search(const std::vector<Search>& searches, const CallOptions& call = {}) const;
  Result<SearchResponse> search_with_options(const std::vector<Search>& searches, ReadLevel level,
                                             const CallOptions& call = {}) const;

  // Each of them is taken by the server whole or not at all.
  // @return kInvalidArgument, before anything is sent, when columns or dimensions do not fit together or
  //         a vector holds a value that is not finite.
  /// Adds records; those whose id is known stay as they are.
  Result<void> add(const Records& records, const CallOptions& call = {}) const;
  /// Changes records; unknown ids are passed over. Metadata is merged key by key.
  Result<void> update(const Records& records, const CallOptions& call = {}) const;
  /// Adds the unknown and updates the known.
  Result<void> upsert(const Records& records, const CallOptions& call = {}) const;
  /// @return how many records are gone.
  Result<std::uint64_t> remove(const DeleteRequest& request, const CallOptions& call = {}) const;

  /// A copy that shares the data (Chroma Cloud).
  Result<Collection> fork(std::string_view new_name, const CallOptions& call = {}) const;
  Result<std::uint64_t> fork_count(const CallOptions& call = {}) const;

  /// Makes a call in the background:
  ///   auto future = collection.run_async([](const Collection& c) { return c.count(); });
  template <typename Task>
  auto run_async(Task task) const -> std::future<std::invoke_result_t<Task&, const Collection&>> {
    return workers().run([self = *this, task = std::move(task)]() mutable { return task(self); });
  }
  /// The same for a callback, which runs on a thread of the client and must not throw.
  template <typename Task, typename Done>
  void run_async(Task task, Done done) const {
    workers().run([self = *this, task = std::move(task)]() mutable { return task(self); }, std::move(done));
  }

  client::Workers& workers() const;

 private:
  friend class Client;
  Collection(std::shared_ptr<Connection> connection, std::shared_ptr<const CollectionModel> model);

  std::string path(std::string_view rest) const;
  Result<std::uint64_t> count_as(std::string_view operation, ReadLevel level, const CallOptions& call) const;
  Result<SearchResponse> search_as(std::string_view operation, const std::vector<Search>& searches, ReadLevel level,
                                   const CallOptions& call) const;
  Result<void> write(std::string_view operation, std::string_view route, const Records& records,
                     const CallOptions& call) const;

  std::shared_ptr<Connection> connection_;
  std::shared_ptr<const CollectionModel> model_;
};

}  // namespace alidade::chroma::inline v0
