#include "alidade/chroma/client.h"

#include <condition_variable>

#include "chroma/connection.h"
#include "core/text.h"

namespace alidade::chroma::inline v0 {

using client::core::Call;
using client::core::HttpClient;
using client::core::HttpSettings;
using client::core::percent_encode;

/// What copies of a client do not share.
struct ClientState {
  explicit ClientState(std::shared_ptr<Connection> link) : connection(std::move(link)) {}

  const std::shared_ptr<Connection> connection;

  mutable std::mutex mutex;
  std::condition_variable_any resolved;
  // Guarded by mutex. One thread asks who we are; the others wait for it.
  bool resolving = false;
  std::optional<std::string> tenant;
  std::optional<std::string> database;
};

namespace {

constexpr std::string_view kUserAgent = "Chroma C++ Client v" ALIDADE_VERSION_TEXT " (Alidade)";

Error unresolved(std::string message) {
  Error error;
  error.kind = ErrorKind::kUnresolved;
  error.message = std::move(message);
  return error;
}

std::string tenant_path(std::string_view tenant) { return "/api/v2/tenants/" + percent_encode(tenant); }

std::string page(std::optional<std::uint32_t> limit, std::optional<std::uint32_t> offset) {
  std::string query;
  if (limit) query = "limit=" + std::to_string(*limit);
  if (offset) query += (query.empty() ? "offset=" : "&offset=") + std::to_string(*offset);
  return query;
}

// For answers that say nothing but "done".
Result<void> done(const Result<std::string>& body) {
  if (!body) return body.error();
  return {};
}

Result<std::shared_ptr<Connection>> connect(ClientOptions options) {
  HttpSettings settings;
  settings.endpoint = options.endpoint;
  if (options.auth.header()) settings.headers.push_back(*options.auth.header());
  settings.retry = options.retry;
  settings.connection = options.connection;
  settings.hooks = options.hooks;
  if (!options.transport) options.transport = client::make_curl_transport(options.connection);
  settings.transport = options.transport;
  settings.user_agent = kUserAgent;
  settings.read_error = &read_error;
  settings.async_threads = options.async_threads;
  auto http = HttpClient::make(std::move(settings));
  if (!http) return std::move(http).error();
  auto connection = std::make_shared<Connection>();
  connection->http = *std::move(http);
  connection->options = std::move(options);
  return connection;
}

}  // namespace

std::string database_path(std::string_view tenant, std::string_view database) {
  return tenant_path(tenant) + "/databases/" + percent_encode(database);
}

bool Connection::writes_base64(const CallOptions& call) {
  if (options.embedding_encoding != EmbeddingEncoding::kAuto) {
    return options.embedding_encoding == EmbeddingEncoding::kBase64;
  }
  {
    const std::lock_guard lock(mutex);
    if (reads_base64) return *reads_base64;
  }
  // Without the lock: several first writes may ask, and learn the same. One attempt, because the write itself can
  // do without the answer.
  const auto body = send({.operation = "pre_flight_checks", .path = "/api/v2/pre-flight-checks",
                          .repeat = client::core::Repeat::kNever}, call);
  if (!body && body.error().status == 0) return false;
  const auto answer = body ? decode_pre_flight(*body) : Result<PreFlight>(body.error());
  const std::lock_guard lock(mutex);
  reads_base64 = answer && answer->supports_base64_encoding;
  return *reads_base64;
}

Result<Client> Client::make(ClientOptions options) {
  auto tenant = options.tenant;
  auto database = options.database;
  auto connection = connect(std::move(options));
  if (!connection) return std::move(connection).error();
  auto state = std::make_shared<ClientState>(*std::move(connection));
  state->tenant = std::move(tenant);
  state->database = std::move(database);
  return Client(std::move(state));
}

Result<Client> Client::from_url(std::string_view url) {
  ClientOptions options;
  options.endpoint = url;
  return make(std::move(options));
}

Result<Client> Client::from_env() {
  auto options = ClientOptions::from_env();
  if (!options) return std::move(options).error();
  return make(*std::move(options));
}

Result<Client> Client::cloud() {
  auto options = ClientOptions::from_cloud_env();
  if (!options) return std::move(options).error();
  return make(*std::move(options));
}

Client::Client(std::shared_ptr<ClientState> state) : state_(std::move(state)) {}

Client::Client(const Client& other) : state_(std::make_shared<ClientState>(other.state_->connection)) {
  const std::lock_guard lock(other.state_->mutex);
  state_->tenant = other.state_->tenant;
  state_->database = other.state_->database;
}

Client& Client::operator=(const Client& other) { return *this = Client(other); }
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::with_scope(const Scope& scope) const {
  ClientOptions options = state_->connection->options;
  // Without the user part of a URL: those were other credentials.
  options.endpoint = state_->connection->http->base_url();
  options.auth = scope.auth;
  options.tenant = scope.tenant;
  options.database = scope.database;
  return make(std::move(options));
}

client::Workers& Client::workers() const { return state_->connection->http->workers(); }

// Tenant and database.

void Client::set_database_name(std::string name) {
  const std::lock_guard lock(state_->mutex);
  state_->database = std::move(name);
}

void Client::set_tenant_id(std::string id) {
  const std::lock_guard lock(state_->mutex);
  state_->tenant = std::move(id);
}

namespace {

// The name; asks the server whose the credentials are unless it is known. One thread asks at a time.
Result<std::string> resolve(ClientState& state, std::optional<std::string> ClientState::*which, const Client& client,
                            const CallOptions& call) {
  std::unique_lock lock(state.mutex);
  while (true) {
    if (state.*which) return *(state.*which);
    if (!state.resolving) break;
    const auto is_resolved = [&] { return !state.resolving; };
    const bool in_time = call.deadline ? state.resolved.wait_until(lock, call.stop, *call.deadline, is_resolved)
                                       : state.resolved.wait(lock, call.stop, is_resolved);
    if (!in_time) {
      Error error;
      const bool cancelled = call.stop.stop_requested();
      error.kind = cancelled ? ErrorKind::kCancelled : ErrorKind::kTimeout;
      error.message = cancelled ? "the stop token was set" : "the deadline of the call passed";
      return error;
    }
  }
  state.resolving = true;
  lock.unlock();
  const auto identity = client.get_auth_identity(call);
  lock.lock();
  state.resolving = false;
  state.resolved.notify_all();
  if (!identity) return identity.error();
  // What was set meanwhile stands.
  if (!state.tenant) state.tenant = identity->tenant;
  if (!state.database && identity->databases.size() == 1) state.database = identity->databases.front();
  if (state.*which) return *(state.*which);
  if (identity->databases.empty()) return unresolved("these credentials have access to no database");
  return unresolved("these credentials have access to several databases: set one by name");
}

}  // namespace

Result<std::string> Client::get_database_name(const CallOptions& call) const {
  return resolve(*state_, &ClientState::database, *this, call);
}

Result<std::string> Client::get_tenant_id(const CallOptions& call) const {
  return resolve(*state_, &ClientState::tenant, *this, call);
}

Result<Identity> Client::get_auth_identity(const CallOptions& call) const {
  const auto body = state_->connection->send({.operation = "get_auth_identity", .path = "/api/v2/auth/identity"}, call);
  if (!body) return body.error();
  return decode_identity(*body);
}

// The server.

Result<std::uint64_t> Client::heartbeat(const CallOptions& call) const {
  const auto body = state_->connection->send({.operation = "heartbeat", .path = "/api/v2/heartbeat"}, call);
  if (!body) return body.error();
  return decode_count_member(*body, "nanosecond heartbeat");
}

Result<std::string> Client::version(const CallOptions& call) const {
  const auto body = state_->connection->send({.operation = "version", .path = "/api/v2/version"}, call);
  if (!body) return body.error();
  return decode_text(*body);
}

Result<Health> Client::healthcheck(const CallOptions& call) const {
  const auto body = state_->connection->send({.operation = "healthcheck", .path = "/api/v2/healthcheck"}, call);
  if (!body) return body.error();
  return decode_health(*body);
}

Result<PreFlight> Client::pre_flight_checks(const CallOptions& call) const {
  const auto body =
      state_->connection->send({.operation = "pre_flight_checks", .path = "/api/v2/pre-flight-checks"}, call);
  if (!body) return body.error();
  return decode_pre_flight(*body);
}

Result<void> Client::reset(const CallOptions& call) const {
  return done(state_->connection->send({.operation = "reset", .method = "POST", .path = "/api/v2/reset"}, call));
}

// Tenants and databases.

Result<void> Client::create_tenant(std::string_view name, const CallOptions& call) const {
  return done(state_->connection->send({.operation = "create_tenant", .method = "POST", .path = "/api/v2/tenants",
                                        .body = encode_one("name", name)}, call));
}

Result<Tenant> Client::get_tenant(std::string_view name, const CallOptions& call) const {
  const auto body = state_->connection->send({.operation = "get_tenant", .path = tenant_path(name)}, call);
  if (!body) return body.error();
  return decode_tenant(*body);
}

Result<void> Client::update_tenant(std::string_view name, std::string_view resource_name, const CallOptions& call) const {
  return done(state_->connection->send({.operation = "update_tenant", .method = "PATCH", .path = tenant_path(name),
                                        .body = encode_one("resource_name", resource_name)}, call));
}

Result<void> Client::create_database(std::string_view name, const CallOptions& call) const {
  const auto tenant = get_tenant_id(call);
  if (!tenant) return tenant.error();
  return done(state_->connection->send({.operation = "create_database", .method = "POST",
                                        .path = tenant_path(*tenant) + "/databases", .body = encode_one("name", name)},
                                       call));
}

Result<Database> Client::get_database(std::string_view name, const CallOptions& call) const {
  const auto tenant = get_tenant_id(call);
  if (!tenant) return tenant.error();
  const auto body =
      state_->connection->send({.operation = "get_database", .path = database_path(*tenant, name)}, call);
  if (!body) return body.error();
  return decode_database(*body);
}

Result<std::vector<Database>> Client::list_databases(const CallOptions& call) const {
  const auto tenant = get_tenant_id(call);
  if (!tenant) return tenant.error();
  const auto body =
      state_->connection->send({.operation = "list_databases", .path = tenant_path(*tenant) + "/databases"}, call);
  if (!body) return body.error();
  return decode_databases(*body);
}

Result<std::vector<Database>> Client::list_databases(std::uint32_t limit, std::uint32_t offset,
                                                     const CallOptions& call) const {
  const auto tenant = get_tenant_id(call);
  if (!tenant) return tenant.error();
  const auto body = state_->connection->send({.operation = "list_databases", .path = tenant_path(*tenant) + "/databases",
                                              .query = page(limit, offset)}, call);
  if (!body) return body.error();
  return decode_databases(*body);
}

Result<void> Client::delete_database(std::string_view name, const CallOptions& call) const {
  const auto tenant = get_tenant_id(call);
  if (!tenant) return tenant.error();
  return done(state_->connection->send(
      {.operation = "delete_database", .method = "DELETE", .path = database_path(*tenant, name)}, call));
}

// Collections.

namespace {

// The path of the collections of the client's database.
Result<std::string> collections_path(const Client& client, const CallOptions& call) {
  const auto tenant = client.get_tenant_id(call);
  if (!tenant) return tenant.error();
  const auto database = client.get_database_name(call);
  if (!database) return database.error();
  return database_path(*tenant, *database) + "/collections";
}

}  // namespace

Result<Collection> Client::create(std::string_view name, const NewCollection& what, bool get_or_create,
                                  const CallOptions& call) const {
  auto request = encode_create(name, what, get_or_create);
  if (!request) return std::move(request).error();
  auto path = collections_path(*this, call);
  if (!path) return std::move(path).error();
  const auto body = state_->connection->send(
      {.operation = get_or_create ? "get_or_create_collection" : "create_collection", .method = "POST",
       .path = *std::move(path), .body = *std::move(request)}, call);
  if (!body) return body.error();
  auto model = decode_collection(*body);
  if (!model) return std::move(model).error();
  return Collection(state_->connection, std::make_shared<const CollectionModel>(*std::move(model)));
}

Result<Collection> Client::create_collection(std::string_view name, const NewCollection& what,
                                             const CallOptions& call) const {
  return create(name, what, false, call);
}

Result<Collection> Client::get_or_create_collection(std::string_view name, const NewCollection& what,
                                                    const CallOptions& call) const {
  return create(name, what, true, call);
}

Result<Collection> Client::get_collection(std::string_view name, const CallOptions& call) const {
  auto path = collections_path(*this, call);
  if (!path) return std::move(path).error();
  const auto body =
      state_->connection->send({.operation = "get_collection", .path = *path + "/" + percent_encode(name)}, call);
  if (!body) return body.error();
  auto model = decode_collection(*body);
  if (!model) return std::move(model).error();
  return Collection(state_->connection, std::make_shared<const CollectionModel>(*std::move(model)));
}

Result<Collection> Client::get_collection_by_id(std::string_view id, const CallOptions& call) const {
  auto path = collections_path(*this, call);
  if (!path) return std::move(path).error();
  const auto body = state_->connection->send(
      {.operation = "get_collection_by_id", .path = *path + "/by-id/" + percent_encode(id)}, call);
  if (!body) return body.error();
  auto model = decode_collection(*body);
  if (!model) return std::move(model).error();
  return Collection(state_->connection, std::make_shared<const CollectionModel>(*std::move(model)));
}

Result<void> Client::delete_collection(std::string_view name, const CallOptions& call) const {
  auto path = collections_path(*this, call);
  if (!path) return std::move(path).error();
  return done(state_->connection->send({.operation = "delete_collection", .method = "DELETE",
                                        .path = *path + "/" + percent_encode(name)}, call));
}

Result<std::uint64_t> Client::count_collections(const CallOptions& call) const {
  auto path = collections_path(*this, call);
  if (!path) return std::move(path).error();
  // Beside the collections, not below them.
  const auto body = state_->connection->send({.operation = "count_collections", .path = *path + "_count"}, call);
  if (!body) return body.error();
  return decode_count(*body);
}

Result<std::vector<Collection>> Client::list_collections(std::optional<std::uint32_t> limit,
                                                         std::optional<std::uint32_t> offset,
                                                         const CallOptions& call) const {
  auto path = collections_path(*this, call);
  if (!path) return std::move(path).error();
  const auto body = state_->connection->send(
      {.operation = "list_collections", .path = *std::move(path), .query = page(limit, offset)}, call);
  if (!body) return body.error();
  auto models = decode_collections(*body);
  if (!models) return std::move(models).error();
  std::vector<Collection> collections;
  collections.reserve(models->size());
  for (CollectionModel& model : *models) {
    collections.push_back(Collection(state_->connection, std::make_shared<const CollectionModel>(std::move(model))));
  }
  return collections;
}

}  // namespace alidade::chroma::inline v0
