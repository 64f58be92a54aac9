#pragma once

#include <memory>

#include "base/status.h"
#include "net/server_core.h"

namespace alidade::net::detail {

/// Accepts on one address. Everything but bind() happens on its strand.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<ServerCore> core, ListenerOptions options)
      : core_(std::move(core)),
        options_(std::make_shared<const ListenerOptions>(std::move(options))),
        acceptor_(boost::asio::make_strand(core_->io)) {}

  /// @return as HttpServer::start() for this listener.
  Status bind();
  std::uint16_t port() const { return port_; }
  void accept();
  // Both post to the strand.
  void sweep();  // At each sweep: tries again what could not go on.
  void close();

 private:
  Status bind_error(boost::system::error_code error) const;
  void on_accept(boost::system::error_code error, Socket socket);
  void begin(Socket socket);
  void on_failure(boost::system::error_code error);
  void accept_when_somebody_comes();

  const std::shared_ptr<ServerCore> core_;
  const std::shared_ptr<const ListenerOptions> options_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_;
  std::uint16_t port_ = 0;
  bool paused_ = false;
};

}  // namespace alidade::net::detail
