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

#include "alidade/chroma/collection.h"
#include "alidade/chroma/options.h"

namespace alidade::chroma::inline v0 {

struct ClientState;

struct Identity {
  std::string user_id = {};
  std::string tenant = {};
  std::vector<std::string> databases = {};
};

struct Database {
  std::string id = {};
  std::string name = {};
  std::string tenant = {};
};

struct Tenant {
  std::string name = {};
  std::optional<std::string> resource_name = {};
};

struct Health {
  bool is_executor_ready = false;
  bool is_log_client_ready = false;
};

struct PreFlight {
  std::uint64_t max_batch_size = 0;
  bool supports_base64_encoding = false;
};

/// What a new collection is made of. A schema and a configuration exclude each other.
struct NewCollection {
  std::optional<Schema> schema = {};
  std::optional<Metadata> metadata = {};
  std::optional<CollectionConfiguration> configuration = {};
};

/// Credentials and place for with_scope().
struct Scope {
  Auth auth = {};
  std::optional<std::string> tenant = {};
  std::optional<std::string> database = {};
};

/// A client of a Chroma server, or of Alidade, over HTTP. All methods may be called by several threads at
/// a time. A copy shares the connections, and has a tenant and a database of its own.
///
/// Every method with a CallOptions makes one call, with retries as ClientOptions::retry says, and returns
/// the server's refusal as an Error with the kind of its status.
class ALIDADE_API Client {
 public:
  /// @return kInvalidArgument when the endpoint or a header is malformed. No request is made.
  static Result<Client> make(ClientOptions options = {});
  /// The defaults, for another endpoint.
  static Result<Client> from_url(std::string_view url);
  static Result<Client> from_env();
  /// Chroma Cloud, by the environment.
  static Result<Client> cloud();

  Client(const Client& other);
  Client& operator=(const Client& other);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  /// The same connections with other credentials, for another tenant or database.
  Result<Client> with_scope(const Scope& scope) const;

  void set_database_name(std::string name);
  void set_tenant_id(std::string id);
  /// The name that was set; else the one database of the credentials, which is asked for once.
  /// @return kUnresolved when they have none or several.
  Result<std::string> get_database_name(const CallOptions& call = {}) const;
  Result<std::string> get_tenant_id(const CallOptions& call = {}) const;
  Result<Identity> get_auth_identity(const CallOptions& call = {}) const;

  /// The server's clock in nanoseconds since 1970.
  Result<std::uint64_t> heartbeat(const CallOptions& call = {}) const;
  Result<std::string> version(const CallOptions& call = {}) const;
  /// @return kUnavailable while the server is not ready.
  Result<Health> healthcheck(const CallOptions& call = {}) const;
  Result<PreFlight> pre_flight_checks(const CallOptions& call = {}) const;
  /// Deletes everything, if the server allows it.
  Result<void> reset(const CallOptions& call = {}) const;

  Result<void> create_tenant(std::string_view name, const CallOptions& call = {}) const;
  Result<Tenant> get_tenant(std::string_view name, const CallOptions& call = {}) const;
  Result<void> update_tenant(std::string_view name, std::string_view resource_name, const CallOptions& call = {}) const;
  Result<void> create_database(std::string_view name, const CallOptions& call = {}) const;
  Result<Database> get_database(std::string_view name, const CallOptions& call = {}) const;
  Result<std::vector<Database>> list_databases(const CallOptions& call = {}) const;
  Result<std::vector<Database>> list_databases(std::uint32_t limit, std::uint32_t offset,
                                               const CallOptions& call = {}) const;
  Result<void> delete_database(std::string_view name, const CallOptions& call = {}) const;

  Result<Collection> create_collection(std::string_view name, const NewCollection& what = {},
                                       const CallOptions& call = {}) const;
  /// An existing collection comes back as it is.
  Result<Collection> get_or_create_collection(std::string_view name, const NewCollection& what = {},
                                              const CallOptions& call = {}) const;
  Result<Collection> get_collection(std::string_view name, const CallOptions& call = {}) const;
  Result<Collection> get_collection_by_id(std::string_view id, const CallOptions& call = {}) const;
  Result<void> delete_collection(std::string_view name, const CallOptions& call = {}) const;
  Result<std::uint64_t> count_collections(const CallOptions& call = {}) const;
  Result<std::vector<Collection>> list_collections(std::optional<std::uint32_t> limit = {},
                                                   std::optional<std::uint32_t> offset = {},
                                                   const CallOptions& call = {}) const;

  /// Makes a call in the background; see Collection::run_async.
  template <typename Task>
  auto run_async(Task task) const -> std::future<std::invoke_result_t<Task&, const Client&>> {
    // The same tenant and database, not a copy's: what one call finds out serves the next.
    return workers().run([self = Client(state_), task = std::move(task)]() mutable { return task(self); });
  }
  template <typename Task, typename Done>
  void run_async(Task task, Done done) const {
    workers().run([self = Client(state_), task = std::move(task)]() mutable { return task(self); }, std::move(done));
  }

  client::Workers& workers() const;

 private:
  explicit Client(std::shared_ptr<ClientState> state);
  Result<Collection> create(std::string_view name, const NewCollection& what, bool get_or_create,
                            const CallOptions& call) const;

  std::shared_ptr<ClientState> state_;
};

}  // namespace alidade::chroma::inline v0
