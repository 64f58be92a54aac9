#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "alidade/alidade.h"
#include "embedded_c/failure.h"
#include "engine/engine.h"

namespace alidade::embedded_c {

/// What ald_stop stands for.
struct Stop {
  std::stop_source source;
};

/// What one call may take, checked.
struct Limits {
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  std::stop_token stop = {};
};
/// @param limits may be nullptr.
Outcome read_limits(const ald_limits* limits, Limits& out);

/// A request to one of the faces.
struct Request {
  int dialect = ALD_DIALECT_CHROMA;
  std::string method = {};
  std::string target = {};
  std::string body = {};
  std::vector<std::vector<float>> vectors = {};  ///< Of a query, instead of those in the body.
};

/// A data folder that is open in this process. Thread-safe.
class Session {
 public:
  struct Place {
    std::string tenant;
    std::string database;
  };

  /// @param options checked, may be nullptr.
  static Outcome open(const char* folder, const ald_options* options, std::shared_ptr<Session>& out);
  ~Session();

  /// Runs the request; reads run on the calling thread, writes on the engine's.
  /// @return a failure only where there is no answer: the session is closed, a limit passed.
  Outcome call(Request request, const Limits& limits, net::HttpResponse& out);
  /// Waits for calls in flight. Idempotent.
  void close();

  const Place& place() const { return place_; }

 private:
  Session(Place place, const ald_options* options);

  // Constant after construction.
  const Place place_;
  observe::Log log_;
  /// Nobody enters any more.
  std::atomic<bool> closing_ = false;
  /// Held shared by calls, alone by close().
  std::shared_mutex calls_;
  std::unique_ptr<engine::Engine> engine_;
};

/// A refusal in a dialect's words, as a failure.
Failure refusal(const net::HttpResponse& response);

}  // namespace alidade::embedded_c
