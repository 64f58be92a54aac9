#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "alidade/client/hooks.h"
#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/client/transport.h"
#include "alidade/client/workers.h"
#include "alidade/qdrant/collections.h"
#include "alidade/qdrant/points.h"
#include "alidade/qdrant/snapshots.h"

namespace alidade::client::inline v0::core {
class HttpClient;
}

namespace alidade::qdrant::inline v0 {

using client::CallOptions;
using client::Error;
using client::ErrorKind;
using client::Result;

struct ALIDADE_API ClientOptions {
  std::string url = "http://127.0.0.1:6333";
  /// Sent as `api-key`; "" sends none.
  std::string api_key = {};
  std::vector<client::Header> headers = {};
  client::RetryOptions retry = {};
  client::ConnectionOptions connection = {};
  client::Hooks hooks = {};
  /// Null takes libcurl.
  std::shared_ptr<client::Transport> transport = {};
  /// Threads of run_async(), at most.
  std::size_t async_threads = 8;

  /// The defaults, changed by QDRANT_URL, QDRANT_API_KEY, MAX_RETRIES, RETRY_DELAY_MS, CONNECTION_TIMEOUT_MS and
  /// REQUEST_TIMEOUT_MS.
  /// @return kInvalidArgument when one of the numbers is none; the error names the variable.
  static Result<ClientOptions> from_environment();
};

struct VersionInfo {
  std::string title;
  std::string version;
  /// "" when the server does not know it.
  std::string commit;
};

class Collection;

/// A client of a Qdrant server over REST. Copies are cheap and share the connections; every method may be called by
/// several threads at a time. A method blocks until the answer is there; run_async() makes futures and callbacks of them.
///
/// Reads, and writes that give the same when they are made twice, are tried again as RetryOptions say, also after a 5xx or
/// a broken connection. The others (collections, aliases) only when the server said 429.
///
/// Errors of all calls: ErrorKind's first group when no whole answer came, else the kind of the status with the server's
/// message; kBadAnswer for a success that is not what Qdrant promises.
class ALIDADE_API Client {
 public:
  /// Connects with the first call only.
  /// @return kInvalidArgument when the URL or a header is malformed.
  static Result<Client> make(ClientOptions options = {});

  /// The collection of that name, or of that alias, whether there is one or not. Sends nothing.
  Collection collection(std::string name) const;

  /// The snapshots of everything that the server holds.
  Snapshots snapshots() const;

  Result<VersionInfo> version(const CallOptions& call = {}) const;
  /// Whether all collections are open.
  Result<bool> is_ready(const CallOptions& call = {}) const;

  /// Sorted by name, without aliases.
  Result<std::vector<std::string>> list_collections(const CallOptions& call = {}) const;
  /// @return kAlreadyExists when there is one of that name.
  Result<void> create_collection(std::string_view name, const CreateCollection& what, const CallOptions& call = {}) const;
  Result<void> update_collection(std::string_view name, const UpdateCollection& what, const CallOptions& call = {}) const;
  /// @return whether there was one.
  Result<bool> delete_collection(std::string_view name, const CallOptions& call = {}) const;
  Result<bool> collection_exists(std::string_view name, const CallOptions& call = {}) const;
  /// Creates it unless it is there. @return whether it was created.
  Result<bool> ensure_collection(std::string_view name, const CreateCollection& what, const CallOptions& call = {}) const;

  Result<std::vector<Alias>> list_aliases(const CallOptions& call = {}) const;
  Result<void> update_aliases(const std::vector<AliasAction>& actions, const CallOptions& call = {}) const;

  /// Makes a call in the background; see Collection::run_async.
  template <typename Task>
  auto run_async(Task task) const -> std::future<std::invoke_result_t<Task&, const Client&>> {
    return workers().run([self = *this, task = std::move(task)]() mutable { return task(self); });
  }
  template <typename Task, typename Done>
  void run_async(Task task, Done done) const {
    workers().run([self = *this, task = std::move(task)]() mutable { return task(self); }, std::move(done));
  }

  /// Any other route of the server: the `result` of its answer. @param path from the slash on; @param body JSON or null.
  Result<Json> request(std::string_view method, const std::string& path, const Json& body = {},
                       const CallOptions& call = {}) const;

  client::Workers& workers() const;

 private:
  friend class Collection;
  explicit Client(std::shared_ptr<const client::core::HttpClient> http) : http_(std::move(http)) {}

  std::shared_ptr<const client::core::HttpClient> http_;
};

}  // namespace alidade::qdrant::inline v0
