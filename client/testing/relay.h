#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// What stands between a client and its server: TLS, a proxy that tunnels, a SOCKS proxy.
namespace alidade::client::testing {

struct RelayOptions {
  enum class Kind { kTls, kConnectProxy, kSocksProxy } kind = Kind::kTls;
  /// Where the bytes go, on the loopback address, whatever host the client names to a proxy.
  int target_port = 0;
  /// TLS: its own certificate and key (PEM files).
  std::string certificate_file = {};
  std::string key_file = {};
  /// TLS: clients have to show a certificate of this authority; "": none.
  std::string client_ca_file = {};
  /// CONNECT proxy: the value that Proxy-Authorization must have, else it says 407; "": any.
  std::string authorization = {};
};

/// Listens on a port of its own of the loopback address until it is destroyed.
class Relay {
 public:
  explicit Relay(RelayOptions options);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  int port() const { return port_; }
  /// One per connection: "host:port" that a proxy was asked for, or the name in the client's certificate.
  std::vector<std::string> asked() const;

 private:
  void accept_all();
  void serve(int socket);
  void serve_tls(int socket);
  bool open_connect(int socket);
  bool open_socks(int socket);
  void remember(std::string what);

  RelayOptions options_;
  void* tls_ = nullptr;  // SSL_CTX of OpenSSL.
  int listener_ = -1;
  int port_ = 0;
  std::thread acceptor_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  bool ends_ = false;
  std::vector<std::string> asked_;
  std::vector<std::thread> servers_;
  std::vector<int> sockets_;
};

/// Makes certificates with the program `openssl` in a folder of its own, which the destructor removes.
class Certificates {
 public:
  Certificates();
  ~Certificates();
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// An authority of that name. @return its certificate file.
  std::string authority(const std::string& name);
  /// A certificate of that authority for `subject` and for a host or address as OpenSSL writes it ("IP:127.0.0.1").
  void issue(const std::string& authority, const std::string& name, const std::string& subject, const std::string& host);
  std::string certificate(const std::string& name) const { return folder_ + "/" + name + ".pem"; }
  std::string key(const std::string& name) const { return folder_ + "/" + name + ".key"; }
  const std::string& folder() const { return folder_; }

 private:
  void run(const std::string& arguments) const;
  std::string folder_;
};

}  // namespace alidade::client::testing
