// One HTTP/1 connection on Boost.Beast's parser, callback style (coroutines are miscompiled by
// gcc 12). Beast's own read loop takes 0.5 to 1.5 KB per read into a growing buffer, which makes a
// 16 KB body three times dearer; so the header is read into a buffer of one page or two, and the
// rest of a body of known length goes straight into its string.
#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>
#include <optional>

#include "net/gzip.h"
#include "net/response_writer.h"
#include "net/server_core.h"

namespace alidade::net::detail {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kHeaderBufferBytes = 8192;
constexpr std::uint32_t kHeaderLimitBytes = 64 * 1024;
constexpr std::size_t kBufferLimitBytes = 2 * kHeaderLimitBytes;
// A Content-Length is only a claim: memory follows what has come, from this first step on.
constexpr std::uint64_t kFirstBodyStepBytes = std::uint64_t{1} << 20;
// After the last answer: how long the client may keep sending what nobody reads.
constexpr std::chrono::seconds kLingerTime{5};

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Turns the absolute form ("http://host/path", for proxies) into the origin form.
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t slash = target.find_first_of("/?", scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

void split_target(HttpRequest& request) {
  std::string_view rest = origin_form(request.target);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  if (question != std::string_view::npos) request.query = rest.substr(question + 1);
  if (request.path.empty()) request.path = "/";
}

}  // namespace

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerCore> core,
          Socket socket,
          std::shared_ptr<const ListenerOptions> listener)
      : core_(std::move(core)),
        listener_(std::move(listener)),
        socket_(std::move(socket)),
        buffer_(kBufferLimitBytes),
        body_charge_(*core_->options.pending_bodies) {
    error_code ignored;
    const auto peer = socket_.remote_endpoint(ignored);
    if (!ignored) remote_address_ = peer.address().to_string();
  }
  ~Session() { core_->remove(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void register_self() { core_->add(this, weak_from_this()); }
  Executor executor() { return socket_.get_executor(); }

  // All of the following run on the strand.
  void read_header();
  void sweep();
  void drain();
  void abort();

 private:
  /// Whether that many sweeps are longer than a time.
  bool exceeds(int ticks, std::chrono::seconds time) const {
    return ticks * core_->options.sweep_interval > time;
  }
  enum class Phase { kHeader, kBody, kHandling, kWriting, kLingering, kClosed };
  using Parser = http::request_parser<http::empty_body>;
  using ChunkedParser = http::request_parser<http::string_body>;

  bool in_request() const { return buffer_.size() > 0 || (parser_ && parser_->got_some()); }
  void enter(Phase phase);
  void on_header(error_code error);
  void take_header();
  void on_continue_sent(error_code error);
  void start_body();
  void take_buffered(std::uint64_t length);
  void read_body(std::uint64_t length);
  void start_chunked_body();
  void read_chunk();
  void finish_body();
  bool decompress_body();
  void handle();
  bool fits(std::uint64_t body_bytes);
  void refuse_oversize(std::optional<std::uint64_t> length);
  void refuse_malformed(int status, std::string_view reason);
  Responder make_responder();
  void write(HttpResponse response);
  void on_written(error_code error);
  void linger();
  void close();

  const std::shared_ptr<ServerCore> core_;
  const std::shared_ptr<const ListenerOptions> listener_;
  std::string remote_address_;  // Constant after construction.

  // Strand only.
  Socket socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<ChunkedParser> chunked_;
  Phase phase_ = Phase::kHeader;
  bool close_after_answer_ = false;
  bool progress_ = false;  // A byte moved since the last sweep.
  int quiet_ticks_ = 0;
  int phase_ticks_ = 0;
  int gone_ticks_ = 0;
  std::uint64_t discarded_bytes_ = 0;
  HttpRequest request_;
  std::size_t body_received_ = 0;
  // Until the answer: a session whose client has gone lives as long as its Responder.
  env::MemoryCharge body_charge_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
  std::string head_;  // Being written.
  HttpResponse response_;
  // Constant while a request is handled; any thread.
  WireContext wire_;
};

void Session::enter(Phase phase) {
  phase_ = phase;
  quiet_ticks_ = 0;
  phase_ticks_ = 0;
  gone_ticks_ = 0;
  progress_ = false;
}

void Session::read_header() {
  if (core_->draining.load() && buffer_.size() == 0) return close();
  enter(Phase::kHeader);
  chunked_.reset();
  parser_.emplace();
  parser_->header_limit(kHeaderLimitBytes);
  parser_->body_limit(boost::none);  // Checked here, where the peer's words are known.
  if (buffer_.size() == 0 && buffer_.capacity() > kHeaderBufferBytes) {
    buffer_ = boost::beast::flat_buffer(kBufferLimitBytes);
  }
  buffer_.reserve(kHeaderBufferBytes);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Session::on_header(error_code error) {
  if (phase_ == Phase::kClosed) return;
  if (!error) {
    const unsigned version = parser_->get().version();
    if (version != 10 && version != 11) return refuse_malformed(505, "unsupported HTTP version");
    return take_header();
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refuse_malformed(431, "the request header is too large");
  }
  if (error.category() == make_error_code(http::error::bad_target).category()) {
    return refuse_malformed(400, error.message());
  }
  close();  // The network's fault: nobody is there to answer.
}

void Session::take_header() {
  auto& message = parser_->get();
  request_ = HttpRequest();
  request_.method = message.method_string();
  request_.target = message.target();
  request_.version = static_cast<int>(message.version());
  request_.remote_address = remote_address_;
  request_.cancelled = cancelled_ = std::make_shared<std::atomic<bool>>(false);
  for (const auto& field : message) {
    request_.headers.emplace_back(lower_case(field.name_string()), field.value());
  }
  split_target(request_);
  const std::string* encoding = request_.header("accept-encoding");
  wire_ = {.version = request_.version,
           .keep_alive = parser_->keep_alive(),
           .is_head = request_.method == "HEAD",
           .accepts_gzip = encoding != nullptr && accepts_gzip(*encoding)};
  close_after_answer_ = !wire_.keep_alive;

  const auto length = parser_->content_length();
  if (length && *length > listener_->max_body_bytes) return refuse_oversize(*length);
  const std::string* expect = request_.header("expect");
  const bool has_body = parser_->chunked() || (length && *length > 0);
  if (expect != nullptr && lower_case(*expect) == "100-continue" && has_body &&
      request_.version == 11 && buffer_.size() == 0) {
    head_ = "HTTP/1.1 100 Continue\r\n\r\n";
    enter(Phase::kBody);
    asio::async_write(socket_, asio::buffer(head_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->on_continue_sent(error);
                      });
    return;
  }
  start_body();
}

void Session::on_continue_sent(error_code error) {
  if (phase_ == Phase::kClosed) return;
  if (error) return close();
  start_body();
}

void Session::start_body() {
  enter(Phase::kBody);
  if (parser_->chunked()) return start_chunked_body();
  const std::uint64_t length = parser_->content_length().value_or(0);
  body_received_ = 0;
  if (!fits(std::min(length, kFirstBodyStepBytes))) return;
  take_buffered(length);
  read_body(length);
}

/// Moves what came along with the header.
void Session::take_buffered(std::uint64_t length) {
  const auto here = buffer_.cdata();
  body_received_ = static_cast<std::size_t>(std::min<std::uint64_t>(length, here.size()));
  request_.body.reserve(static_cast<std::size_t>(std::min(length, kFirstBodyStepBytes)));
  request_.body.assign(static_cast<const char*>(here.data()), body_received_);
  buffer_.consume(body_received_);
}

void Session::read_body(std::uint64_t length) {
  if (body_received_ == length) return finish_body();
  if (body_received_ == request_.body.size()) {
    const std::uint64_t step = std::max<std::uint64_t>(kFirstBodyStepBytes, 2 * body_received_);
    const std::uint64_t size = std::min(length, step);
    if (!fits(size)) return;
    request_.body.resize(static_cast<std::size_t>(size));
  }
  socket_.async_read_some(
      asio::buffer(request_.body.data() + body_received_, request_.body.size() - body_received_),
      [self = shared_from_this(), length](error_code error, std::size_t count) {
        if (self->phase_ == Phase::kClosed) return;
        if (error) return self->close();
        self->progress_ = true;
        self->body_received_ += count;
        self->read_body(length);
      });
}

void Session::start_chunked_body() {
  chunked_.emplace(std::move(*parser_));
  chunked_->body_limit(listener_->max_body_bytes);
  buffer_.reserve(kHeaderLimitBytes);
  read_chunk();
}

void Session::read_chunk() {
  if (chunked_->is_done()) {
    request_.body = std::move(chunked_->get().body());
    return finish_body();
  }
  http::async_read_some(
      socket_, buffer_, *chunked_, [self = shared_from_this()](error_code error, std::size_t) {
        if (self->phase_ == Phase::kClosed) return;
        self->progress_ = true;
        if (!error) {
          if (self->fits(self->chunked_->get().body().size())) self->read_chunk();
          return;
        }
        if (error == http::error::body_limit) {
          return self->refuse_oversize(std::nullopt);
        }
        const auto parse_errors = make_error_code(http::error::bad_chunk);
        if (error.category() == parse_errors.category() && error != http::error::partial_message &&
            error != http::error::end_of_stream) {
          return self->refuse_malformed(400, error.message());
        }
        self->close();
      });
}

void Session::finish_body() {
  if (decompress_body()) handle();
}

/// @return false when the request was answered instead.
bool Session::decompress_body() {
  if (listener_->compression == Compression::kOff) return true;
  const std::string* coding = request_.header("content-encoding");
  if (coding == nullptr) return true;
  const std::string name = lower_case(*coding);
  if (name != "gzip" && name != "x-gzip" && name != "deflate") return true;
  auto body = gzip_decompress(request_.body, listener_->max_body_bytes);
  if (!body.ok()) {
    if (body.status().code() == StatusCode::kTooLarge) {
      refuse_oversize(std::nullopt);
    } else {
      refuse_malformed(400, body.status().message());
    }
    return false;
  }
  if (!fits(body->size())) return false;
  request_.body = std::move(*body);
  return true;
}

void Session::handle() {
  enter(Phase::kHandling);
  Responder responder = make_responder();
  if (!listener_->handler) return;  // The responder answers 500 by itself.
  listener_->handler(std::move(request_), std::move(responder));
}

Responder Session::make_responder() {
  return Responder([self = shared_from_this()](HttpResponse response) {
    if (self->listener_->compression == Compression::kGzip) compress_answer(self->wire_, response);
    Executor executor = self->executor();
    if (executor.running_in_this_thread()) return self->write(std::move(response));
    ServerCore& core = *self->core_;
    core.post(executor,
              [self, answer = std::move(response)]() mutable { self->write(std::move(answer)); });
  });
}

/// @return false when the request was answered instead.
bool Session::fits(std::uint64_t body_bytes) {
  if (body_charge_.grow_to(body_bytes)) return true;
  HttpResponse response;
  response.status = 503;
  request_.body = std::string();
  if (listener_->on_overload) response = listener_->on_overload(request_);
  response.close = true;
  enter(Phase::kHandling);
  write(std::move(response));
  return false;
}

void Session::refuse_oversize(std::optional<std::uint64_t> length) {
  HttpResponse response;
  response.status = 413;
  request_.body.clear();
  if (listener_->on_oversize) response = listener_->on_oversize(request_, length);
  response.close = true;
  enter(Phase::kHandling);
  write(std::move(response));
}

void Session::refuse_malformed(int status, std::string_view reason) {
  HttpResponse response;
  response.status = status;
  if (listener_->on_malformed) response = listener_->on_malformed(status, reason);
  response.close = true;
  wire_ = WireContext();
  enter(Phase::kHandling);
  write(std::move(response));
}

void Session::write(HttpResponse response) {
  if (phase_ != Phase::kHandling) return;  // The client went away meanwhile.
  enter(Phase::kWriting);
  chunked_.reset();
  body_charge_.release();
  close_after_answer_ = close_after_answer_ || response.close || core_->draining.load();
  const auto date_line = core_->date_line.load();
  response_ = std::move(response);
  head_ = write_head(wire_, response_, close_after_answer_,
                     date_line ? std::string_view(*date_line) : std::string_view());
  if (wire_.is_head || response_.status == 204 || response_.status == 304) response_.body.clear();
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head_),
                                                   asio::buffer(response_.body)};
  const auto keep_going = [this](error_code error, std::size_t) -> std::size_t {
    progress_ = true;
    return error ? 0 : std::size_t{1} << 20;
  };
  asio::async_write(
      socket_, parts, keep_going,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

void Session::on_written(error_code error) {
  if (phase_ == Phase::kClosed) return;
  response_ = HttpResponse();
  if (error) return close();
  if (close_after_answer_) {
    socket_.shutdown(Socket::shutdown_send, error);
    enter(Phase::kLingering);
    return linger();
  }
  read_header();
}

/// Closing with unread bytes would reset the connection and destroy the answer on its way; so what
/// the client still sends is read and dropped, within limits.
void Session::linger() {
  buffer_.consume(buffer_.size());
  if (discarded_bytes_ > 2 * listener_->max_body_bytes) return close();
  request_.body.resize(std::size_t{64} << 10);
  socket_.async_read_some(asio::buffer(request_.body),
                          [self = shared_from_this()](error_code error, std::size_t count) {
                            if (self->phase_ == Phase::kClosed) return;
                            if (error) return self->close();
                            self->discarded_bytes_ += count;
                            self->linger();
                          });
}

void Session::close() {
  if (phase_ == Phase::kClosed) return;
  enter(Phase::kClosed);
  if (cancelled_) cancelled_->store(true);
  error_code ignored;
  socket_.close(ignored);
}

void Session::sweep() {
  ++phase_ticks_;
  quiet_ticks_ = progress_ ? 0 : quiet_ticks_ + 1;
  progress_ = false;
  const ServerOptions& limits = core_->options;
  switch (phase_) {
    case Phase::kHeader:
      if (!in_request()) {
        if (exceeds(phase_ticks_, limits.idle_timeout)) close();
        quiet_ticks_ = 0;
      } else if (exceeds(quiet_ticks_, limits.header_timeout)) {
        // Nothing marks progress within a header: its first byte alone starts the count.
        close();
      }
      return;
    case Phase::kBody:
    case Phase::kWriting:
      if (exceeds(quiet_ticks_, limits.stall_timeout)) close();
      return;
    case Phase::kHandling: {
      // A client that has hung up needs no answer. One that only closed its sending side still
      // waits for one; the two look alike, so the cancel comes after the second look.
      pollfd peer{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
      const bool gone = ::poll(&peer, 1, 0) > 0;
      gone_ticks_ = gone ? gone_ticks_ + 1 : 0;
      const bool reset = gone && (peer.revents & (POLLERR | POLLHUP)) != 0;
      if ((reset || gone_ticks_ >= 2) && cancelled_) cancelled_->store(true);
      return;
    }
    case Phase::kLingering:
      if (exceeds(phase_ticks_, kLingerTime)) close();
      return;
    case Phase::kClosed:
      return;
  }
}

void Session::drain() {
  const bool idle = phase_ == Phase::kHeader && !in_request();
  if (idle || phase_ == Phase::kLingering) close();
}

void Session::abort() { close(); }

void start_session(std::shared_ptr<ServerCore> core,
                   Socket socket,
                   std::shared_ptr<const ListenerOptions> listener) {
  auto session = std::make_shared<Session>(std::move(core), std::move(socket), std::move(listener));
  session->register_self();
  asio::dispatch(session->executor(), [session] { session->read_header(); });
}

void sweep_session(const std::shared_ptr<Session>& session) {
  asio::post(session->executor(), [session] { session->sweep(); });
}

void drain_session(const std::shared_ptr<Session>& session) {
  asio::post(session->executor(), [session] { session->drain(); });
}

void abort_session(const std::shared_ptr<Session>& session) {
  asio::post(session->executor(), [session] { session->abort(); });
}

}  // namespace alidade::net::detail
