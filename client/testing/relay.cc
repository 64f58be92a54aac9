#include "testing/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace alidade::client::testing {
namespace {

int loopback_socket(sockaddr_in& address, int port) {
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

int connect_to(int port) {
  sockaddr_in address{};
  const int socket = loopback_socket(address, port);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

bool send_all(int socket, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(socket, data, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

bool receive(int socket, std::size_t size, std::string& out) {
  out.resize(size);
  for (std::size_t got = 0; got < size;) {
    const ssize_t count = ::recv(socket, out.data() + got, size - got, 0);
    if (count <= 0) return false;
    got += static_cast<std::size_t>(count);
  }
  return true;
}

// Waits for bytes of one side. @return which ones have some, none when it is over.
std::array<bool, 2> wait_for_either(int first, int second) {
  std::array<pollfd, 2> sides{pollfd{first, POLLIN, 0}, pollfd{second, POLLIN, 0}};
  if (::poll(sides.data(), sides.size(), -1) <= 0) return {false, false};
  return {sides[0].revents != 0, sides[1].revents != 0};
}

void copy_both_ways(int client, int server) {
  std::array<char, 16384> buffer;
  while (true) {
    const auto ready = wait_for_either(client, server);
    const int from = ready[0] ? client : server;
    const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0 || !send_all(from == client ? server : client, buffer.data(), static_cast<std::size_t>(count))) return;
  }
}

void copy_both_ways(SSL* client, int server) {
  std::array<char, 16384> buffer;
  while (true) {
    const std::array<bool, 2> ready = SSL_pending(client) > 0 ? std::array<bool, 2>{true, false}
                                                               : wait_for_either(SSL_get_fd(client), server);
    if (ready[0]) {
      const int count = SSL_read(client, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0 || !send_all(server, buffer.data(), static_cast<std::size_t>(count))) return;
    } else {
      const ssize_t count = ::recv(server, buffer.data(), buffer.size(), 0);
      if (count <= 0 || SSL_write(client, buffer.data(), static_cast<int>(count)) <= 0) return;
    }
  }
}

}  // namespace

Relay::Relay(RelayOptions options) : options_(std::move(options)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that clients have closed.
  if (options_.kind == RelayOptions::Kind::kTls) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    tls_ = context;
    if (SSL_CTX_use_certificate_file(context, options_.certificate_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options_.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
      throw std::runtime_error("the relay's certificate cannot be read");
    }
    if (!options_.client_ca_file.empty()) {
      SSL_CTX_load_verify_locations(context, options_.client_ca_file.c_str(), nullptr);
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
      // Without one no session is given out to such clients.
      SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("relay"), 5);
    }
  }
  sockaddr_in address{};
  socklen_t size = sizeof address;
  listener_ = loopback_socket(address, 0);
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 128) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the relay cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Relay::~Relay() {
  std::vector<std::thread> servers;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
  SSL_CTX_free(static_cast<SSL_CTX*>(tls_));
}

std::vector<std::string> Relay::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void Relay::remember(std::string what) {
  const std::lock_guard lock(mutex_);
  asked_.push_back(std::move(what));
}

void Relay::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const std::lock_guard lock(mutex_);
    if (ends_) {
      ::close(socket);
      return;
    }
    sockets_.push_back(socket);
    servers_.emplace_back([this, socket] { serve(socket); });
  }
}

void Relay::serve(int socket) {
  if (options_.kind == RelayOptions::Kind::kTls) {
    serve_tls(socket);
  } else if (options_.kind == RelayOptions::Kind::kConnectProxy ? open_connect(socket) : open_socks(socket)) {
    const int server = connect_to(options_.target_port);
    if (server >= 0) {
      copy_both_ways(socket, server);
      ::close(server);
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(sockets_, socket);
  ::close(socket);
}

void Relay::serve_tls(int socket) {
  SSL* tls = SSL_new(static_cast<SSL_CTX*>(tls_));
  SSL_set_fd(tls, socket);
  const int server = SSL_accept(tls) == 1 ? connect_to(options_.target_port) : -1;
  if (server >= 0) {
    std::array<char, 256> name{};
    if (X509* certificate = SSL_get1_peer_certificate(tls)) {
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
      X509_free(certificate);
    }
    remember(name.data());
    copy_both_ways(tls, server);
    ::close(server);
  }
  SSL_free(tls);
}

// @return whether the client may go on.
bool Relay::open_connect(int socket) {
  std::string head;
  std::string next;
  while (!head.ends_with("\r\n\r\n")) {
    if (head.size() > 16384 || !receive(socket, 1, next)) return false;
    head += next;
  }
  const std::size_t start = head.find(' ') + 1;
  remember(head.substr(0, start) + head.substr(start, head.find(' ', start) - start));
  const bool is_allowed =
      options_.authorization.empty() || head.find("Proxy-Authorization: " + options_.authorization + "\r\n") != std::string::npos;
  const std::string answer = is_allowed ? "HTTP/1.1 200 Connection established\r\n\r\n"
                                        : "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
  return send_all(socket, answer.data(), answer.size()) && is_allowed;
}

// SOCKS 5 without authentication (RFC 1928), names and addresses of version 4.
bool Relay::open_socks(int socket) {
  std::string bytes;
  if (!receive(socket, 2, bytes) || !receive(socket, static_cast<std::size_t>(bytes[1]), bytes)) return false;
  if (!send_all(socket, "\x05\x00", 2) || !receive(socket, 4, bytes)) return false;
  std::string host;
  if (bytes[3] == 3) {
    if (!receive(socket, 1, bytes) || !receive(socket, static_cast<unsigned char>(bytes[0]), host)) return false;
  } else {
    if (!receive(socket, 4, bytes)) return false;
    for (const char part : bytes) host += (host.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(part));
  }
  if (!receive(socket, 2, bytes)) return false;
  const int port = static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
  remember(host + ":" + std::to_string(port));
  constexpr char kGranted[] = "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00";
  return send_all(socket, kGranted, sizeof kGranted - 1);
}

Certificates::Certificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "alidade-tls-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for certificates");
  folder_ = pattern;
}

Certificates::~Certificates() { std::filesystem::remove_all(folder_); }

void Certificates::run(const std::string& arguments) const {
  const std::string command = "cd '" + folder_ + "' && openssl " + arguments + " >log 2>&1";
  if (std::system(command.c_str()) == 0) return;
  std::ifstream log(folder_ + "/log");
  throw std::runtime_error("openssl " + arguments + ": " + std::string(std::istreambuf_iterator<char>(log), {}));
}

std::string Certificates::authority(const std::string& name) {
  run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=" + name + "' -keyout " + name +
      ".key -out " + name + ".pem");
  return certificate(name);
}

void Certificates::issue(const std::string& authority, const std::string& name, const std::string& subject,
                         const std::string& host) {
  run("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=" + subject + "' -keyout " + name +
      ".key -out " + name + ".csr");
  std::ofstream(folder_ + "/extensions") << "subjectAltName=" << host << "\n";
  run("x509 -req -in " + name + ".csr -CA " + authority + ".pem -CAkey " + authority +
      ".key -CAcreateserial -days 2 -extfile extensions -out " + name + ".pem");
}

}  // namespace alidade::client::testing
