#pragma once

#include <cstdint>
#include <string_view>

#include "base/mutex.h"
#include "observe/log.h"

namespace alidade::net::detail {

/// What the listeners of a server do with connections that cannot be served: each gets a short 503
/// and is closed, so that nobody waits before a door that stays shut. Keeps one descriptor in
/// reserve for that, because without a free one a connection cannot even be taken and closed. Says
/// in the log what happens, at most once in kQuietSweeps sweeps. Any thread.
class Door {
 public:
  static constexpr int kQuietSweeps = 10;

  /// @param log borrowed; nullptr = silent.
  explicit Door(observe::Log* log);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// Takes what waits at a listening socket, a bounded number, when the process or the system is
  /// out of descriptors. Does not block.
  /// @return false when not even the one in reserve was there.
  bool turn_away_waiting(int listening_socket, std::string_view reason);
  /// To be asked of every connection that was accepted. While turn_away_waiting() takes one, the place
  /// in reserve is free for a moment, and the next accept() of another listener may get it.
  /// @return false when this one was not the last; true when it is to be given to keep_place().
  bool lacks_place();
  /// Turns the connection away, and has its place as the reserve. Takes over the socket.
  void keep_place(int socket, std::string_view reason);
  /// The 503 for a connection that was accepted; the caller closes it.
  void turn_away(int socket, std::string_view reason);
  /// A listener could not accept for another reason, and tries again at the next sweep.
  void report(std::string_view reason);
  /// At each sweep: fetches the descriptor in reserve if it was lost; says what has gathered.
  void sweep();

 private:
  void open_spare() ALD_REQUIRES(mutex_);
  void note(std::string_view reason, std::uint64_t connections) ALD_REQUIRES(mutex_);
  void say(std::string_view reason) ALD_REQUIRES(mutex_);

  observe::Log* const log_;
  base::Mutex mutex_;
  int null_ ALD_GUARDED_BY(mutex_) = -1;   // /dev/null; what the reserve is a copy of.
  int spare_ ALD_GUARDED_BY(mutex_) = -1;  // The reserve; -1 = another thread got its place.
  int quiet_sweeps_ ALD_GUARDED_BY(mutex_) = 0;
  std::uint64_t unsaid_ ALD_GUARDED_BY(mutex_) = 0;
  bool unsaid_report_ ALD_GUARDED_BY(mutex_) = false;
  std::string_view last_reason_ ALD_GUARDED_BY(mutex_);
};

}  // namespace alidade::net::detail
