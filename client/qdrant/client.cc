#include "alidade/qdrant/client.h"

#include "alidade/qdrant/collection.h"
#include "core/environment.h"
#include "qdrant/answers.h"
#include "qdrant/json_text.h"
#include "qdrant/routes.h"

namespace alidade::qdrant::inline v0 {

using routes::Call;
using routes::collection_path;
using routes::Repeat;
using routes::send;

Result<ClientOptions> ClientOptions::from_environment() {
  ClientOptions options;
  options.url = client::core::environment_or("QDRANT_URL", std::move(options.url));
  options.api_key = client::core::environment_or("QDRANT_API_KEY", "");
  if (auto read = client::core::read_environment(options.retry, options.connection); !read) {
    return std::move(read).error();
  }
  return options;
}

Result<Client> Client::make(ClientOptions options) {
  client::core::HttpSettings settings;
  settings.endpoint = std::move(options.url);
  settings.headers = std::move(options.headers);
  if (!options.api_key.empty()) settings.headers.push_back({"api-key", std::move(options.api_key), true});
  settings.retry = options.retry;
  settings.connection = std::move(options.connection);
  settings.hooks = std::move(options.hooks);
  settings.transport = std::move(options.transport);
  settings.async_threads = options.async_threads;
  settings.user_agent = "alidade-qdrant-cpp/" ALIDADE_VERSION_TEXT;
  settings.read_error = answers::read_error;
  auto http = routes::HttpClient::make(std::move(settings));
  if (!http) return std::move(http).error();
  return Client(*std::move(http));
}

Collection Client::collection(std::string name) const { return Collection(*this, std::move(name)); }

Snapshots Client::snapshots() const { return Snapshots(http_, "/snapshot", Snapshots::Of::kStorage); }

client::Workers& Client::workers() const { return http_->workers(); }

Result<VersionInfo> Client::version(const CallOptions& call) const {
  return send(*http_, {.operation = "version", .path = "/"}, call, [](std::string_view body) -> Result<VersionInfo> {
    auto json = Json::parse(body);
    if (!json) return std::move(json).error();
    VersionInfo info;
    for (const auto& [key, place] : {std::pair{"title", &info.title}, std::pair{"version", &info.version},
                                     std::pair{"commit", &info.commit}}) {
      const Json* found = json->find(key);
      if (const std::string* text = found == nullptr ? nullptr : found->if_string()) *place = *text;
    }
    return info;
  });
}

Result<bool> Client::is_ready(const CallOptions& call) const {
  auto response = http_->send({.operation = "readyz", .path = "/readyz"}, call);
  if (response) return true;
  if (response.error().status == 503) return false;
  return std::move(response).error();
}

Result<std::vector<std::string>> Client::list_collections(const CallOptions& call) const {
  return send(*http_, {.operation = "list_collections", .path = "/collections"}, call, answers::collection_names);
}

Result<void> Client::create_collection(std::string_view name, const CreateCollection& what,
                                       const CallOptions& call) const {
  auto done = send(*http_,
                   {.operation = "create_collection",
                    .method = "PUT",
                    .path = collection_path(name),
                    .body = what.json()},
                   call, answers::boolean);
  if (!done) return std::move(done).error();
  return {};
}

Result<void> Client::update_collection(std::string_view name, const UpdateCollection& what,
                                       const CallOptions& call) const {
  auto done = send(*http_,
                   {.operation = "update_collection",
                    .method = "PATCH",
                    .path = collection_path(name),
                    .body = what.json(),
                    .repeat = Repeat::kSafe},
                   call, answers::boolean);
  if (!done) return std::move(done).error();
  return {};
}

Result<bool> Client::delete_collection(std::string_view name, const CallOptions& call) const {
  return send(*http_, {.operation = "delete_collection", .method = "DELETE", .path = collection_path(name)}, call,
              answers::boolean);
}

Result<bool> Client::collection_exists(std::string_view name, const CallOptions& call) const {
  return send(*http_, {.operation = "collection_exists", .path = collection_path(name) + "/exists"}, call,
              [](std::string_view body) -> Result<bool> {
                auto result = answers::any(body);
                if (!result) return std::move(result).error();
                const Json* exists = result->find("exists");
                const bool* value = exists == nullptr ? nullptr : exists->if_bool();
                if (value != nullptr) return *value;
                Error error;
                error.kind = ErrorKind::kBadAnswer;
                error.message = "expected a member 'exists'";
                return error;
              });
}

Result<bool> Client::ensure_collection(std::string_view name, const CreateCollection& what,
                                       const CallOptions& call) const {
  auto exists = collection_exists(name, call);
  if (!exists) return std::move(exists).error();
  if (*exists) return false;
  auto created = create_collection(name, what, call);
  if (created) return true;
  // Somebody else was first.
  if (created.error().kind == ErrorKind::kAlreadyExists) return false;
  return std::move(created).error();
}

Result<std::vector<Alias>> Client::list_aliases(const CallOptions& call) const {
  return send(*http_, {.operation = "list_aliases", .path = "/aliases"}, call, answers::aliases);
}

Result<void> Client::update_aliases(const std::vector<AliasAction>& actions, const CallOptions& call) const {
  std::string body = "{\"actions\":";
  text::append_list(body, actions);
  body += '}';
  auto done = send(*http_,
                   {.operation = "update_aliases",
                    .method = "POST",
                    .path = "/collections/aliases",
                    .body = std::move(body)},
                   call, answers::boolean);
  if (!done) return std::move(done).error();
  return {};
}

Result<Json> Client::request(std::string_view method, const std::string& path, const Json& body,
                             const CallOptions& call) const {
  Call request{.operation = "request", .method = method, .path = path};
  if (!body.is_null()) request.body = body.to_text();
  return send(*http_, request, call, answers::any);
}

}  // namespace alidade::qdrant::inline v0
