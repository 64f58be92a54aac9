#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/chroma/client.h"

/// The same client for programs that prefer exceptions: every method returns its value, and throws
/// client::Exception where the other returns an Error.
namespace alidade::chroma::inline v0::throwing {

class Collection {
 public:
  Collection(chroma::Collection collection) : inner_(std::move(collection)) {}  // NOLINT: implicit, a view of the same

  /// The handle without exceptions, for accessors and background calls.
  chroma::Collection& inner() { return inner_; }
  const chroma::Collection& inner() const { return inner_; }
  const std::string& id() const { return inner_.id(); }
  const std::string& name() const { return inner_.name(); }
  const std::string& tenant() const { return inner_.tenant(); }
  const std::string& database() const { return inner_.database(); }
  std::int32_t version() const { return inner_.version(); }
  std::int64_t log_position() const { return inner_.log_position(); }
  std::optional<std::int32_t> dimension() const { return inner_.dimension(); }
  const std::optional<Metadata>& metadata() const { return inner_.metadata(); }
  const std::optional<Schema>& schema() const { return inner_.schema(); }
  const Json& configuration() const { return inner_.configuration(); }

  std::uint64_t count(const CallOptions& call = {}) const { return inner_.count(call).value(); }
  std::uint64_t count_with_options(ReadLevel level, const CallOptions& call = {}) const {
    return inner_.count_with_options(level, call).value();
  }
  IndexingStatus get_indexing_status(const CallOptions& call = {}) const {
    return inner_.get_indexing_status(call).value();
  }
  void modify(const Modification& change, const CallOptions& call = {}) { inner_.modify(change, call).value(); }
  GetResponse get(const GetRequest& request = {}, const CallOptions& call = {}) const {
    return inner_.get(request, call).value();
  }
  GetResponse peek(std::uint32_t limit = 10, const CallOptions& call = {}) const {
    return inner_.peek(limit, call).value();
  }
  QueryResponse query(const QueryRequest& request, const CallOptions& call = {}) const {
    return inner_.query(request, call).value();
  }
  SearchResponse search(const std::vector<Search>& searches, const CallOptions& call = {}) const {
    return inner_.search(searches, call).value();
  }
  SearchResponse search_with_options(const std::vector<Search>& searches, ReadLevel level,
                                     const CallOptions& call = {}) const {
    return inner_.search_with_options(searches, level, call).value();
  }
  void add(const Records& records, const CallOptions& call = {}) const { inner_.add(records, call).value(); }
  void update(const Records& records, const CallOptions& call = {}) const { inner_.update(records, call).value(); }
  void upsert(const Records& records, const CallOptions& call = {}) const { inner_.upsert(records, call).value(); }
  std::uint64_t remove(const DeleteRequest& request, const CallOptions& call = {}) const {
    return inner_.remove(request, call).value();
  }
  Collection fork(std::string_view new_name, const CallOptions& call = {}) const {
    return inner_.fork(new_name, call).value();
  }
  std::uint64_t fork_count(const CallOptions& call = {}) const { return inner_.fork_count(call).value(); }

 private:
  chroma::Collection inner_;
};

class Client {
 public:
  explicit Client(ClientOptions options = {}) : inner_(chroma::Client::make(std::move(options)).value()) {}
  Client(chroma::Client client) : inner_(std::move(client)) {}  // NOLINT: implicit, a view of the same
  static Client from_url(std::string_view url) { return chroma::Client::from_url(url).value(); }
  static Client from_env() { return chroma::Client::from_env().value(); }
  static Client cloud() { return chroma::Client::cloud().value(); }

  chroma::Client& inner() { return inner_; }
  const chroma::Client& inner() const { return inner_; }

  Client with_scope(const Scope& scope) const { return inner_.with_scope(scope).value(); }
  void set_database_name(std::string name) { inner_.set_database_name(std::move(name)); }
  void set_tenant_id(std::string id) { inner_.set_tenant_id(std::move(id)); }
  std::string get_database_name(const CallOptions& call = {}) const { return inner_.get_database_name(call).value(); }
  std::string get_tenant_id(const CallOptions& call = {}) const { return inner_.get_tenant_id(call).value(); }
  Identity get_auth_identity(const CallOptions& call = {}) const { return inner_.get_auth_identity(call).value(); }

  std::uint64_t heartbeat(const CallOptions& call = {}) const { return inner_.heartbeat(call).value(); }
  std::string version(const CallOptions& call = {}) const { return inner_.version(call).value(); }
  Health healthcheck(const CallOptions& call = {}) const { return inner_.healthcheck(call).value(); }
  PreFlight pre_flight_checks(const CallOptions& call = {}) const { return inner_.pre_flight_checks(call).value(); }
  void reset(const CallOptions& call = {}) const { inner_.reset(call).value(); }

  void create_tenant(std::string_view name, const CallOptions& call = {}) const {
    inner_.create_tenant(name, call).value();
  }
  Tenant get_tenant(std::string_view name, const CallOptions& call = {}) const {
    return inner_.get_tenant(name, call).value();
  }
  void update_tenant(std::string_view name, std::string_view resource_name, const CallOptions& call = {}) const {
    inner_.update_tenant(name, resource_name, call).value();
  }
  void create_database(std::string_view name, const CallOptions& call = {}) const {
    inner_.create_database(name, call).value();
  }
  Database get_database(std::string_view name, const CallOptions& call = {}) const {
    return inner_.get_database(name, call).value();
  }
  std::vector<Database> list_databases(const CallOptions& call = {}) const { return inner_.list_databases(call).value(); }
  void delete_database(std::string_view name, const CallOptions& call = {}) const {
    inner_.delete_database(name, call).value();
  }

  Collection create_collection(std::string_view name, const NewCollection& what = {}, const CallOptions& call = {}) const {
    return inner_.create_collection(name, what, call).value();
  }
  Collection get_or_create_collection(std::string_view name, const NewCollection& what = {},
                                      const CallOptions& call = {}) const {
    return inner_.get_or_create_collection(name, what, call).value();
  }
  Collection get_collection(std::string_view name, const CallOptions& call = {}) const {
    return inner_.get_collection(name, call).value();
  }
  Collection get_collection_by_id(std::string_view id, const CallOptions& call = {}) const {
    return inner_.get_collection_by_id(id, call).value();
  }
  void delete_collection(std::string_view name, const CallOptions& call = {}) const {
    inner_.delete_collection(name, call).value();
  }
  std::uint64_t count_collections(const CallOptions& call = {}) const { return inner_.count_collections(call).value(); }
  std::vector<Collection> list_collections(std::optional<std::uint32_t> limit = {},
                                           std::optional<std::uint32_t> offset = {},
                                           const CallOptions& call = {}) const {
    auto found = inner_.list_collections(limit, offset, call).value();
    return {std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())};
  }

 private:
  chroma::Client inner_;
};

}  // namespace alidade::chroma::inline v0::throwing
