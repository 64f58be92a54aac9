#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <thread>

#include "net/server_core.h"

namespace alidade::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Accepts on one address. Everything but bind() happens on its strand.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<detail::ServerCore> core, ListenerOptions options)
      : core_(std::move(core)),
        options_(std::make_shared<const ListenerOptions>(std::move(options))),
        acceptor_(asio::make_strand(core_->io)) {}

  Status bind();
  std::uint16_t port() const { return port_; }
  void accept();
  void resume() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      if (self->paused_) self->accept();
    });
  }
  void close() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_.close(ignored);
    });
  }

 private:
  Status bind_error(error_code error) const;
  void on_accept(error_code error, detail::Socket socket);

  const std::shared_ptr<detail::ServerCore> core_;
  const std::shared_ptr<const ListenerOptions> options_;
  asio::basic_socket_acceptor<tcp, detail::Executor> acceptor_;
  std::uint16_t port_ = 0;
  bool paused_ = false;
};

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
  paused_ = false;
  acceptor_.async_accept(asio::make_strand(core_->io),
                         [self = shared_from_this()](error_code error, detail::Socket socket) {
                           self->on_accept(error, std::move(socket));
                         });
}

void Listener::on_accept(error_code error, detail::Socket socket) {
  if (!acceptor_.is_open() || core_->draining.load()) return;
  if (error == asio::error::connection_aborted) return accept();
  if (error) {
    paused_ = true;  // Out of file descriptors, say: the next sweep tries again.
    return;
  }
  if (core_->session_count() < core_->options.max_connections) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    detail::start_session(core_, std::move(socket), options_);
  }
  accept();
}

std::string date_line(std::int64_t unix_seconds) {
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  char text[64];
  if (::gmtime_r(&seconds, &parts) == nullptr) return "";
  const std::size_t size =
      std::strftime(text, sizeof text, "date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
  return std::string(text, size);
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(ServerOptions options)
      : core_(std::make_shared<detail::ServerCore>(std::move(options))),
        work_(asio::make_work_guard(core_->io)),
        sweep_timer_(asio::make_strand(core_->io)) {}

  Status bind(std::vector<ListenerOptions> listeners) {
    for (ListenerOptions& options : listeners) {
      listeners_.push_back(std::make_shared<Listener>(core_, std::move(options)));
      ALD_RETURN_IF_ERROR(listeners_.back()->bind());
    }
    return Status::ok_status();
  }

  void run() {
    renew_date();
    for (const auto& listener : listeners_) listener->accept();
    schedule_sweep();
    for (int i = 0; i < std::max(1, core_->options.threads); ++i) {
      threads_.emplace_back([this] { run_thread(); });
    }
  }

  void drain(base::Deadline deadline) {
    if (threads_.empty()) return;
    core_->draining.store(true);
    for (const auto& listener : listeners_) listener->close();
    for (const auto& session : core_->sessions()) detail::drain_session(session);
    core_->wait_until_empty(deadline);
    for (const auto& session : core_->sessions()) detail::abort_session(session);
    // From here on the threads end by themselves: every socket closes, and what waits on it with
    // it.
    core_->stop_posting();
    asio::post(sweep_timer_.get_executor(), [this] {
      stopping_ = true;
      sweep_timer_.cancel();
    });
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::uint16_t port(std::size_t i) const { return listeners_.at(i)->port(); }
  std::size_t connection_count() const { return core_->session_count(); }

 private:
  void run_thread() {
    for (;;) {
      try {
        core_->io.run();
        return;
      } catch (...) {
        // A handler let something out (bad_alloc, say). Its responder has answered 500 while the
        // stack unwound; the thread goes on.
      }
    }
  }

  void renew_date() {
    const auto& clock = core_->options.unix_time;
    if (clock) core_->date_line.store(std::make_shared<const std::string>(date_line(clock())));
  }

  void schedule_sweep() {
    sweep_timer_.expires_after(core_->options.sweep_interval);
    sweep_timer_.async_wait([this](error_code error) {
      if (error || stopping_) return;
      renew_date();
      for (const auto& session : core_->sessions()) detail::sweep_session(session);
      for (const auto& listener : listeners_) listener->resume();
      schedule_sweep();
    });
  }

  std::shared_ptr<detail::ServerCore> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>,
                             detail::Executor>
      sweep_timer_;
  bool stopping_ = false;  // Strand of the timer.
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { drain(base::Deadline::after(std::chrono::milliseconds(0))); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::vector<ListenerOptions> listeners,
                                                      ServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  ALD_RETURN_IF_ERROR(impl->bind(std::move(listeners)));
  impl->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port(std::size_t i) const { return impl_->port(i); }

std::size_t HttpServer::connection_count() const { return impl_->connection_count(); }

void HttpServer::drain(base::Deadline deadline) { impl_->drain(deadline); }

}  // namespace alidade::net
