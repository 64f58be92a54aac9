#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/settings.h"
#include "base/status.h"
#include "env/env.h"
#include "observe/log.h"

namespace alidade::app {

/// Where one listener can be reached.
struct ListenAddress {
  std::string name;  // "Qdrant REST".
  std::string host;
  std::uint16_t port = 0;
};

/// The whole server: store, dispatcher, faces and listeners, built in this order and stopped in the
/// reverse one.
class Server {
 public:
  /// Opens the data folder and starts every listener that is on.
  /// @param env and log are borrowed and outlive the server.
  /// @return kAlreadyExists when another server uses the data folder; kUnavailable when a port is
  /// in
  ///         use; what opening the store says.
  static Result<std::unique_ptr<Server>> start(const Settings& settings,
                                               env::Env& env,
                                               observe::Log& log);
  /// Stops without patience.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::vector<ListenAddress> addresses() const;
  /// No new connections, requests in flight are answered (up to drain_timeout_seconds), the store
  /// is closed. Idempotent.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace alidade::app
