#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <thread>

#include "net/listener.h"
#include "net/server_core.h"

namespace alidade::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kPackThreads = 2;
constexpr std::size_t kMaxWaitingPacks = 1024;

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
      listeners_.push_back(std::make_shared<detail::Listener>(core_, std::move(options)));
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
    core_->options.packers->drain_and_stop();  // Only network threads post to it.
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
      schedule_sweep();  // First: whatever is let out below ends this sweep, not the next.
      renew_date();
      for (const auto& session : core_->sessions()) detail::sweep_session(session);
      for (const auto& listener : listeners_) listener->sweep();
      core_->door.sweep();
    });
  }

  std::shared_ptr<detail::ServerCore> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>,
                             detail::Executor>
      sweep_timer_;
  bool stopping_ = false;  // Strand of the timer.
  std::vector<std::shared_ptr<detail::Listener>> listeners_;
  std::vector<std::thread> threads_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { drain(base::Deadline::after(std::chrono::milliseconds(0))); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(std::vector<ListenerOptions> listeners,
                                                      ServerOptions options) {
  if (options.packers == nullptr) {
    options.packers =
        std::make_shared<env::ThreadPool>("ald-pack", kPackThreads, kMaxWaitingPacks);
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  ALD_RETURN_IF_ERROR(impl->bind(std::move(listeners)));
  impl->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port(std::size_t i) const { return impl_->port(i); }

std::size_t HttpServer::connection_count() const { return impl_->connection_count(); }

void HttpServer::drain(base::Deadline deadline) { impl_->drain(deadline); }

}  // namespace alidade::net
