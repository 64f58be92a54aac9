#include "net/listener.h"

#include <boost/asio/error.hpp>
#include <cerrno>
#include <new>
#include <string>

namespace alidade::net::detail {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kNoDescriptor = "the process has no file descriptor left";

/// What accept() says of one connection, which is gone then; the next may be fine (accept(2)).
bool is_of_the_connection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

}  // namespace

Status Listener::bind_error(error_code error) const {
  const std::string place = options_->host + ":" + std::to_string(options_->port);
  if (error == asio::error::address_in_use) {
    std::string text =
        "cannot listen on " + place + ": the port is in use. Stop the program that holds it";
    if (!options_->port_setting.empty())
      text += ", or choose another with " + options_->port_setting;
    return Status(StatusCode::kUnavailable, text + ".");
  }
  if (error == asio::error::access_denied) {
    return Status(StatusCode::kPermissionDenied,
                  "cannot listen on " + place + ": the system does not permit it");
  }
  return base::invalid_argument("cannot listen on " + place + ": " + error.message());
}

Status Listener::bind() {
  error_code error;
  tcp::resolver resolver(core_->io);
  const auto found =
      resolver.resolve(options_->host, std::to_string(options_->port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) return bind_error(error ? error : asio::error::host_not_found);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return bind_error(error);
  port_ = acceptor_.local_endpoint(error).port();
  return Status::ok_status();
}

void Listener::accept() {
  paused_ = true;  // Should there be no memory for this, the next sweep tries again.
  acceptor_.async_accept(asio::make_strand(core_->io),
                         [self = shared_from_this()](error_code error, Socket socket) {
                           self->on_accept(error, std::move(socket));
                         });
  paused_ = false;
}

void Listener::on_accept(error_code error, Socket socket) {
  if (!acceptor_.is_open() || core_->draining.load()) return;
  paused_ = true;  // Until it is seen to below, whatever is let out.
  if (error) return on_failure(error);
  if (core_->door.lacks_place()) {
    error_code ignored;
    core_->door.keep_place(socket.release(ignored), kNoDescriptor);
  } else if (core_->session_count() < core_->options.max_connections) {
    begin(std::move(socket));
  } else {
    core_->door.turn_away(socket.native_handle(), "too many connections");
  }
  accept();
}

/// Without memory this connection is lost, the listener is not.
void Listener::begin(Socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  try {
    start_session(core_, std::move(socket), options_);
  } catch (const std::bad_alloc&) {
    core_->door.report("the process has no memory for connections");
  }
}

void Listener::on_failure(error_code error) {
  if (is_of_the_connection(error.value())) return accept_when_somebody_comes();
  if (error.value() == EMFILE || error.value() == ENFILE) {
    const std::string_view reason =
        error.value() == EMFILE ? kNoDescriptor : "the system has no file descriptor left";
    if (core_->door.turn_away_waiting(acceptor_.native_handle(), reason)) {
      return accept_when_somebody_comes();
    }
  } else {
    core_->door.report(error.value() == ENOMEM || error.value() == ENOBUFS
                           ? "the system has no memory for connections"
                           : "accept() fails");
  }
  // It stays paused: the next sweep tries again.
}

/// Without a free descriptor accept() fails at once, also when nobody is there: asking again and
/// again would burn the thread.
void Listener::accept_when_somebody_comes() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](error_code error) {
    if (!self->acceptor_.is_open()) return;
    self->paused_ = true;
    if (!error) self->accept();
  });
  paused_ = false;
}

void Listener::sweep() {
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    if (self->paused_ && self->acceptor_.is_open()) self->accept();
  });
}

void Listener::close() {
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    self->acceptor_.close(ignored);
  });
}

}  // namespace alidade::net::detail
