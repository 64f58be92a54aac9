#include "net/door.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace alidade::net::detail {
namespace {

// Taken in one go; whoever is left makes the listener come back at once.
constexpr std::uint64_t kMaxTaken = 64;
constexpr std::string_view kAnswer =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

bool somebody_waits(int listening_socket) {
  pollfd waiting{.fd = listening_socket, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0 && (waiting.revents & POLLIN) != 0;
}

void send_refusal(int socket) {
  (void)::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Door::Door(observe::Log* log) : log_(log) {
  const base::MutexLock lock(mutex_);
  // tidy: allow, because what is kept here is a place among the descriptors, not a file.
  null_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  open_spare();
}

Door::~Door() {
  const base::MutexLock lock(mutex_);
  if (spare_ >= 0) ::close(spare_);
  if (null_ >= 0) ::close(null_);
}

void Door::open_spare() {
  if (spare_ < 0) spare_ = ::fcntl(null_, F_DUPFD_CLOEXEC, 0);
}

bool Door::turn_away_waiting(int listening_socket, std::string_view reason) {
  const base::MutexLock lock(mutex_);
  if (spare_ < 0) {
    note(reason, 0);
    return false;
  }
  std::uint64_t taken = 0;
  int place = std::exchange(spare_, -1);
  while (place >= 0 && taken < kMaxTaken && somebody_waits(listening_socket)) {
    ::close(place);
    // Another thread may get the place now; then this stays -1, and the sweep looks for another.
    place = ::accept4(listening_socket, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (place < 0) break;
    ++taken;
    send_refusal(place);
    ::shutdown(place, SHUT_RDWR);
  }
  // Closes the last connection and keeps its place in one step.
  if (taken > 0 && place >= 0) ::dup3(null_, place, O_CLOEXEC);
  spare_ = place;
  open_spare();
  note(reason, taken);
  return true;
}

bool Door::lacks_place() {
  const base::MutexLock lock(mutex_);  // Whoever left the place free has it back, or knows that it is lost.
  open_spare();
  return spare_ < 0;
}

void Door::keep_place(int socket, std::string_view reason) {
  send_refusal(socket);
  ::shutdown(socket, SHUT_RDWR);
  const base::MutexLock lock(mutex_);
  if (spare_ < 0 && ::dup3(null_, socket, O_CLOEXEC) >= 0) {
    spare_ = socket;
  } else {
    ::close(socket);
  }
  note(reason, 1);
}

void Door::turn_away(int socket, std::string_view reason) {
  send_refusal(socket);
  const base::MutexLock lock(mutex_);
  note(reason, 1);
}

void Door::report(std::string_view reason) {
  const base::MutexLock lock(mutex_);
  note(reason, 0);
}

void Door::sweep() {
  const base::MutexLock lock(mutex_);
  open_spare();
  if (quiet_sweeps_ > 0 && --quiet_sweeps_ == 0 && (unsaid_ > 0 || unsaid_report_)) {
    say(last_reason_);
  }
}

void Door::note(std::string_view reason, std::uint64_t connections) {
  unsaid_ += connections;
  unsaid_report_ = true;
  last_reason_ = reason;
  if (quiet_sweeps_ == 0) say(reason);
}

void Door::say(std::string_view reason) {
  if (log_ != nullptr) {
    log_->error("connections cannot be accepted", {{"reason", reason}, {"turned_away", unsaid_}});
  }
  unsaid_ = 0;
  unsaid_report_ = false;
  quiet_sweeps_ = kQuietSweeps;
}

}  // namespace alidade::net::detail
