#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/published.h"
#include "net/door.h"
#include "net/http_server.h"

/// What sessions and the server share. Internal to `net`: brings in Asio.
namespace alidade::net::detail {

using Executor = boost::asio::strand<boost::asio::io_context::executor_type>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class Session;

/// Owned by the server and by every session, so that a late Responder finds it alive.
class ServerCore {
 public:
  explicit ServerCore(ServerOptions options_in)
      : options(std::move(options_in)), io(options.threads), door(options.log) {}

  const ServerOptions options;
  boost::asio::io_context io;
  std::atomic<bool> draining{false};
  /// "date: …\r\n", renewed by the sweep; empty without a clock.
  base::Published<std::string> date_line;
  Door door;

  void add(Session* session, std::weak_ptr<Session> handle) {
    base::MutexLock lock(mutex_);
    sessions_.emplace(session, std::move(handle));
  }
  void remove(Session* session) {
    base::MutexLock lock(mutex_);
    sessions_.erase(session);
    if (sessions_.empty()) empty_.notify_all();
  }
  std::size_t session_count() const {
    base::MutexLock lock(mutex_);
    return sessions_.size();
  }
  /// Those that are alive now. Their last reference may end with the returned one.
  std::vector<std::shared_ptr<Session>> sessions() const {
    std::vector<std::shared_ptr<Session>> alive;
    base::MutexLock lock(mutex_);
    alive.reserve(sessions_.size());
    for (const auto& [session, handle] : sessions_) {
      if (auto pointer = handle.lock()) alive.push_back(std::move(pointer));
    }
    return alive;
  }
  void wait_until_empty(base::Deadline deadline) {
    base::MutexLock lock(mutex_);
    const auto left = deadline.never() ? std::chrono::steady_clock::duration(std::chrono::hours(24))
                                       : deadline.at() - base::Deadline::Clock::now();
    empty_.wait_for(lock, left, [this]() ALD_REQUIRES(mutex_) { return sessions_.empty(); });
  }

  /// Runs `work` on the executor, unless the threads have been told to end: work queued after that
  /// would never run and keep the core alive for ever.
  template <typename Work>
  void post(const Executor& executor, Work work) {
    base::MutexLock lock(mutex_);
    if (!stopped_) boost::asio::post(executor, std::move(work));
  }
  void stop_posting() {
    base::MutexLock lock(mutex_);
    stopped_ = true;
  }

 private:
  mutable base::Mutex mutex_;
  base::CondVar empty_;
  std::unordered_map<Session*, std::weak_ptr<Session>> sessions_ ALD_GUARDED_BY(mutex_);
  bool stopped_ ALD_GUARDED_BY(mutex_) = false;
};

/// One connection. Everything but its answers happens on its strand.
/// Starts to read; lives until the connection ends.
void start_session(std::shared_ptr<ServerCore> core,
                   Socket socket,
                   std::shared_ptr<const ListenerOptions> listener);

/// At each sweep: looks after the client of a request that is being worked on, here and now,
/// because the work may hold up the strand; the rest it posts to the strand.
void sweep_session(const std::shared_ptr<Session>& session);
// Each posts to the session's strand.
void drain_session(const std::shared_ptr<Session>& session);  // Close now or after the answer.
void abort_session(const std::shared_ptr<Session>& session);  // Close now.

}  // namespace alidade::net::detail
