#include "net/client_watch.h"

#include <poll.h>

namespace alidade::net {

void ClientWatch::look() {
  const base::MutexLock lock(mutex_);
  if (socket_ < 0 || cancelled_ == nullptr) return;
  pollfd peer{.fd = socket_, .events = POLLRDHUP, .revents = 0};
  const bool closed = ::poll(&peer, 1, 0) > 0;
  looks_at_half_ = closed ? looks_at_half_ + 1 : 0;
  const bool reset = closed && (peer.revents & (POLLERR | POLLHUP)) != 0;
  if (reset || looks_at_half_ >= 2) cancelled_->store(true);
}

}  // namespace alidade::net
