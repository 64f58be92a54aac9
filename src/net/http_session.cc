// One HTTP/1 connection, callback style (coroutines are miscompiled by gcc 12). Beast's own read
// loop takes 0.5 to 1.5 KB per read into a growing buffer, which makes a 16 KB body three times
// dearer; so the header is read into a buffer of two pages, and the rest of a body of known length
// goes straight into its string.
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <utility>

#include "net/chunk_reader.h"
#include "net/client_watch.h"
#include "net/gzip.h"
#include "net/head_parser.h"
#include "net/progress.h"
#include "net/response_writer.h"
#include "net/server_core.h"

namespace alidade::net::detail {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kHeaderBufferBytes = 8192;
constexpr std::size_t kChunkBufferBytes = std::size_t{64} << 10;
constexpr std::size_t kBufferLimitBytes = 2 * kChunkBufferBytes;
// A Content-Length is only a claim: memory follows what has come, from this first step on.
constexpr std::uint64_t kFirstBodyStepBytes = std::uint64_t{1} << 20;
// Packing this much takes less than a millisecond; more goes to a thread of its own.
constexpr std::size_t kPackHereBytes = std::size_t{64} << 10;
// After the last answer: how long the client may keep sending what nobody reads.
constexpr std::chrono::seconds kLingerTime{5};

/// Gives the memory of a text back; an empty text that is assigned leaves it in place.
void let_go(std::string& text) { std::string().swap(text); }

/// All values of the header as one list.
Coding coding_for(const HttpRequest& request) {
  std::string all;
  for (const auto& [name, value] : request.headers) {
    if (name == "accept-encoding") all.append(all.empty() ? "" : ",").append(value);
  }
  return choose_coding(all);
}

bool is_gzip(const std::string& content_encoding) {
  const std::string name = lower_case(content_encoding);
  return name == "gzip" || name == "x-gzip" || name == "deflate";
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
        charge_(*core_->options.pending_bodies) {
    error_code ignored;
    const auto peer = socket_.remote_endpoint(ignored);
    if (!ignored) remote_address_ = peer.address().to_string();
  }
  ~Session() { core_->remove(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Any thread.
  void watch_client() { watch_.look(); }
  /// Whether a sweep may be posted; false while one waits: a handler that holds up the strand would
  /// find all of its time counted as a stall of the answer that it has just begun.
  bool may_post_sweep() { return !sweep_waits_.exchange(true); }
  void forget_sweep() { sweep_waits_.store(false); }

  void register_self() { core_->add(this, weak_from_this()); }
  Executor executor() { return socket_.get_executor(); }

  // All of the following run on the strand.
  void read_header();
  void sweep();
  void drain();
  void abort();

 private:
  enum class Phase { kHeader, kBody, kHandling, kWriting, kLingering, kClosed };

  bool in_request() const { return buffer_.size() > 0 || head_in_.started(); }
  void enter(Phase phase);
  void take_header_bytes();
  void take_header();
  bool is_packed() const;
  void on_continue_sent(error_code error);
  void start_body();
  void take_buffered(std::uint64_t length);
  void read_body(std::uint64_t length);
  void start_chunked_body();
  void read_chunk();
  void finish_body();
  void unpack_body();
  void on_unpacked(Result<std::string> body);
  void handle();
  bool fits(std::uint64_t body_bytes);
  void refuse(HttpResponse response);
  void refuse_overload();
  void refuse_oversize(std::optional<std::uint64_t> length);
  void refuse_malformed(int status, std::string_view reason);
  Responder make_responder();
  void answer(HttpResponse response);
  void hand_over(HttpResponse response);
  void charge_answer(HttpResponse& response);
  void note_what_left();
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
  HeadParser head_in_;
  RequestHead head_of_request_;
  std::optional<ChunkReader> chunks_;
  Phase phase_ = Phase::kHeader;
  bool close_after_answer_ = false;
  Progress progress_{core_->options};
  std::uint64_t discarded_bytes_ = 0;
  HttpRequest request_;
  std::size_t body_received_ = 0;
  // The request's bytes until the answer (a session whose client has gone lives as long as its
  // Responder), then the answer's until it is written.
  env::MemoryCharge charge_;
  std::size_t header_bytes_ = 0;  // Charged of them: a header that takes more than its buffer.
  std::shared_ptr<std::atomic<bool>> cancelled_;
  std::string head_;  // Being written.
  HttpResponse response_;
  std::size_t written_ = 0;
  std::uint64_t written_total_ = 0;  // Of all answers.
  std::uint64_t left_total_ = 0;     // Of them, what the other side is known to have.
  // Constant while a request is handled; any thread.
  WireContext wire_;
  // Any thread.
  ClientWatch watch_;
  std::atomic<bool> sweep_waits_{false};
  std::atomic<bool> closed_{false};  // Nobody waits for what is being packed or unpacked.
};

void Session::enter(Phase phase) {
  phase_ = phase;
  progress_.restart();
}

void Session::read_header() {
  if (core_->draining.load() && buffer_.size() == 0) return close();
  enter(Phase::kHeader);
  head_in_.reset();
  header_bytes_ = 0;
  request_ = HttpRequest();
  wire_ = WireContext();
  if (buffer_.size() == 0 && buffer_.capacity() > kHeaderBufferBytes) {
    buffer_ = boost::beast::flat_buffer(kBufferLimitBytes);
  }
  take_header_bytes();
}

void Session::take_header_bytes() {
  const auto here = buffer_.cdata();
  buffer_.consume(head_in_.feed({static_cast<const char*>(here.data()), here.size()}));
  if (head_in_.outcome() == HeadParser::Outcome::kComplete) return take_header();
  if (head_in_.outcome() == HeadParser::Outcome::kRefused) {
    return refuse_malformed(head_in_.refusal().status, head_in_.refusal().reason);
  }
  if (head_in_.held_bytes() > kHeaderBufferBytes) {
    header_bytes_ = head_in_.held_bytes();
    if (!fits(0)) return;
  }
  socket_.async_read_some(buffer_.prepare(kHeaderBufferBytes),
                          [self = shared_from_this()](error_code error, std::size_t count) {
                            if (self->phase_ == Phase::kClosed) return;
                            if (error) return self->close();
                            self->buffer_.commit(count);
                            self->take_header_bytes();
                          });
}

void Session::take_header() {
  head_of_request_ = head_in_.take();
  request_ = std::move(head_of_request_.request);
  request_.remote_address = remote_address_;
  request_.cancelled = cancelled_ = std::make_shared<std::atomic<bool>>(false);
  const bool compresses = listener_->compression == Compression::kGzip;
  wire_ = {.version = request_.version,
           .keep_alive = head_of_request_.keep_alive,
           .is_head = request_.method == "HEAD",
           .coding = compresses ? coding_for(request_) : Coding::kIdentity};
  close_after_answer_ = !wire_.keep_alive;

  const auto length = head_of_request_.length;
  if (length && *length > listener_->max_body_bytes) return refuse_oversize(*length);
  const bool has_body = head_of_request_.chunked || (length && *length > 0);
  const bool is_costly = head_of_request_.chunked || (length && *length > kSmallBodyBytes) || is_packed();
  if (has_body && is_costly && listener_->admit) {
    if (auto refused = listener_->admit(request_)) return refuse(*std::move(refused));
  }
  if (head_of_request_.expects_continue && has_body && buffer_.size() == 0) {
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
  if (head_of_request_.chunked) return start_chunked_body();
  const std::uint64_t length = head_of_request_.length.value_or(0);
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
        self->progress_.moved(count);
        self->body_received_ += count;
        self->read_body(length);
      });
}

void Session::start_chunked_body() {
  chunks_.emplace(listener_->max_body_bytes);
  buffer_.reserve(kChunkBufferBytes);
  read_chunk();
}

void Session::read_chunk() {
  const auto here = buffer_.cdata();
  buffer_.consume(
      chunks_->feed({static_cast<const char*>(here.data()), here.size()}, request_.body));
  switch (chunks_->state()) {
    case ChunkReader::State::kComplete: return finish_body();
    case ChunkReader::State::kTooLarge: return refuse_oversize(std::nullopt);
    case ChunkReader::State::kMalformed: return refuse_malformed(400, "bad chunk");
    case ChunkReader::State::kMore: break;
  }
  if (!fits(request_.body.size())) return;
  socket_.async_read_some(buffer_.prepare(kChunkBufferBytes),
                          [self = shared_from_this()](error_code error, std::size_t count) {
                            if (self->phase_ == Phase::kClosed) return;
                            if (error) return self->close();
                            self->progress_.moved(count);
                            self->buffer_.commit(count);
                            self->read_chunk();
                          });
}

void Session::finish_body() {
  chunks_.reset();
  if (!fits(request_.body.size())) return;
  enter(Phase::kHandling);
  if (wire_.coding == Coding::kNone) {
    HttpResponse response;
    response.status = 406;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "gzip";
    response.headers.emplace_back("vary", "accept-encoding");
    return write(std::move(response));
  }
  if (is_packed()) return unpack_body();
  handle();
}

bool Session::is_packed() const {
  const std::string* coding = request_.header("content-encoding");
  return listener_->compression == Compression::kGzip && coding != nullptr && is_gzip(*coding);
}

/// A few KB may unfold to the limit of a body, which takes longer than a network thread has.
void Session::unpack_body() {
  const bool posted = core_->options.packers->try_post(
      [self = shared_from_this(), packed = std::exchange(request_.body, "")] {
        if (self->closed_.load()) return;
        auto body = gzip_decompress(packed, self->listener_->max_body_bytes);
        self->core_->post(self->executor(), [self, unpacked = std::move(body)]() mutable {
          self->on_unpacked(std::move(unpacked));
        });
      });
  if (!posted) refuse_overload();
}

void Session::on_unpacked(Result<std::string> body) {
  if (phase_ != Phase::kHandling) return;
  if (!body.ok()) {
    if (body.status().code() == StatusCode::kTooLarge) return refuse_oversize(std::nullopt);
    return refuse_malformed(400, body.status().message());
  }
  if (!fits(body->size())) return;
  request_.body = std::move(*body);
  handle();
}

void Session::handle() {
  watch_.begin(socket_.native_handle(), cancelled_);
  Responder responder = make_responder();
  if (!listener_->handler) return;  // The responder answers 500 by itself.
  listener_->handler(std::move(request_), std::move(responder));
}

Responder Session::make_responder() {
  return Responder([self = shared_from_this()](HttpResponse response) {
    self->answer(std::move(response));
  });
}

/// Any thread. What is long is packed by whoever made it, unless that is a network thread.
void Session::answer(HttpResponse response) {
  if (!wants_compression(wire_, response)) return hand_over(std::move(response));
  const bool holds_up = executor().running_in_this_thread();
  if (holds_up && response.body.size() > kPackHereBytes) {
    if (phase_ != Phase::kHandling) return;
    charge_answer(response);  // Many may wait for the pool. What does not fit is a short one now.
  }
  if (holds_up && response.body.size() > kPackHereBytes) {
    // The pool destroys what it declines, so the answer is shared until then.
    auto shared = std::make_shared<HttpResponse>(std::move(response));
    const bool posted = core_->options.packers->try_post([self = shared_from_this(), shared] {
      if (self->closed_.load()) return;
      compress_answer(self->wire_, *shared);
      self->hand_over(std::move(*shared));
    });
    if (!posted) hand_over(std::move(*shared));  // Plain is better than late.
    return;
  }
  compress_answer(wire_, response);
  hand_over(std::move(response));
}

void Session::hand_over(HttpResponse response) {
  if (executor().running_in_this_thread()) return write(std::move(response));
  core_->post(executor(), [self = shared_from_this(), answer = std::move(response)]() mutable {
    self->write(std::move(answer));
  });
}

/// @return false when the request was answered instead.
bool Session::fits(std::uint64_t body_bytes) {
  if (charge_.grow_to(header_bytes_ + body_bytes)) return true;
  refuse_overload();
  return false;
}

void Session::refuse(HttpResponse response) {
  response.close = true;
  enter(Phase::kHandling);
  write(std::move(response));
}

void Session::refuse_overload() {
  HttpResponse response;
  response.status = 503;
  let_go(request_.body);
  if (listener_->on_overload) response = listener_->on_overload(request_);
  response.close = true;
  enter(Phase::kHandling);
  write(std::move(response));
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

/// The bytes of the request have gone with its handler; what the answer holds takes their place in
/// the account.
void Session::charge_answer(HttpResponse& response) {
  let_go(request_.body);  // Still here when the request was refused.
  const std::uint64_t size = response.body.size();
  const std::uint64_t bytes = std::min(size, core_->options.pending_bodies->limit_bytes());
  charge_.shrink_to(bytes);
  if (charge_.grow_to(bytes)) return;
  if (size > kSmallAnswerBytes) {
    HttpResponse busy;
    busy.status = 503;
    if (listener_->on_overload) busy = listener_->on_overload(HttpRequest());
    keep_headers(response, busy);
    let_go(response.body);
    response = std::move(busy);
  }
  charge_.force_to(response.body.size());
}

void Session::write(HttpResponse response) {
  if (phase_ != Phase::kHandling) return;  // The client went away meanwhile.
  watch_.end();
  enter(Phase::kWriting);
  charge_answer(response);
  close_after_answer_ = close_after_answer_ || response.close || core_->draining.load();
  const auto date_line = core_->date_line.load();
  response_ = std::move(response);
  head_ = write_head(wire_, response_, close_after_answer_,
                     date_line ? std::string_view(*date_line) : std::string_view());
  if (wire_.is_head || response_.status == 204 || response_.status == 304) response_.body.clear();
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head_),
                                                   asio::buffer(response_.body)};
  written_ = 0;
  const auto keep_going = [this](error_code error, std::size_t written) -> std::size_t {
    written_total_ += written - std::exchange(written_, written);
    return error ? 0 : std::size_t{1} << 20;
  };
  asio::async_write(
      socket_, parts, keep_going,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
}

/// The system takes an answer in gulps of megabytes and then nothing until a good part of them has
/// left; on a slow line that is minutes. What counts is what the other side has received.
void Session::note_what_left() {
  int waiting = 0;
  if (::ioctl(socket_.native_handle(), TIOCOUTQ, &waiting) != 0) waiting = 0;
  const auto kept = std::min(static_cast<std::uint64_t>(waiting), written_total_);
  const std::uint64_t left = written_total_ - kept;
  if (left > left_total_) progress_.moved(left - std::exchange(left_total_, left));
}

void Session::on_written(error_code error) {
  if (phase_ == Phase::kClosed) return;
  let_go(response_.body);
  response_ = HttpResponse();
  charge_.release();
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
  closed_.store(true);
  watch_.end();
  if (cancelled_) cancelled_->store(true);
  error_code ignored;
  socket_.close(ignored);
}

void Session::sweep() {
  forget_sweep();
  if (phase_ == Phase::kWriting) note_what_left();
  progress_.sweep();
  const ServerOptions& limits = core_->options;
  switch (phase_) {
    case Phase::kHeader:
      // Nothing moves within a header: its first byte alone starts the count.
      if (in_request() ? progress_.quiet_for_longer_than(limits.header_timeout)
                       : progress_.lasts_longer_than(limits.idle_timeout)) {
        return close();
      }
      if (!in_request()) progress_.moved(0);
      return;
    case Phase::kBody:
    case Phase::kWriting:
      if (progress_.trickles() || progress_.quiet_for_longer_than(limits.stall_timeout)) close();
      return;
    case Phase::kHandling: return;  // watch_client() looks after it.
    case Phase::kLingering:
      if (progress_.lasts_longer_than(kLingerTime)) close();
      return;
    case Phase::kClosed: return;
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
  session->watch_client();
  if (!session->may_post_sweep()) return;
  try {
    asio::post(session->executor(), [session] { session->sweep(); });
  } catch (...) {
    session->forget_sweep();
    throw;
  }
}

void drain_session(const std::shared_ptr<Session>& session) {
  asio::post(session->executor(), [session] { session->drain(); });
}

void abort_session(const std::shared_ptr<Session>& session) {
  asio::post(session->executor(), [session] { session->abort(); });
}

}  // namespace alidade::net::detail
