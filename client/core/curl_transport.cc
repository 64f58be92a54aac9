// libcurl: a pool of handles, each with its own connection. A handle is a multi with one easy, because only
// a multi can be woken by another thread, which is what makes a cancelled call return at once.

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "alidade/client/transport.h"
#include "core/text.h"

namespace alidade::client::inline v0 {

Transport::~Transport() = default;

std::string_view HttpResponse::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

namespace {

using Clock = std::chrono::steady_clock;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

Error failed(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

/// One connection at most, used by one thread at a time.
struct Line {
  // The easy handle goes first: it is taken out of the multi, whose end closes the connection.
  std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
  std::unique_ptr<CURL, FreeEasy> easy{curl_easy_init()};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  Clock::time_point last_used;
};

/// What the callbacks of one request write to.
struct Receiver {
  HttpResponse response;
  std::size_t header_bytes = 0;
  std::size_t max_bytes = 0;
  bool is_too_large = false;
  // Where the body of a success goes instead; null: nowhere.
  const BodySink* sink = nullptr;
  CURL* easy = nullptr;
  bool sink_ended = false;
  // What is still to send, when the body may not be sent twice.
  std::string_view unsent;
  // What is sent instead, and how far it went.
  const BodySource* source = nullptr;
  std::uint64_t source_offset = 0;
  bool source_failed = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (receiver.sink != nullptr) {
    long status = 0;
    curl_easy_getinfo(receiver.easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
      if (receiver.sink->write(std::string_view(data, count))) return count;
      receiver.sink_ended = true;
      return CURL_WRITEFUNC_ERROR;
    }
  }
  std::string& body = receiver.response.body;
  if (count > receiver.max_bytes - std::min(receiver.max_bytes, body.size())) {
    receiver.is_too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  body.append(data, count);
  return count;
}

std::size_t on_header(char* data, std::size_t, std::size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  std::string_view line(data, count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  // A new status line: what came before belongs to an interim answer.
  if (line.starts_with("HTTP/")) {
    receiver.response.headers.clear();
    return count;
  }
  const std::size_t colon = line.find(':');
  constexpr std::size_t kMaxHeaderBytes = 256 << 10;
  receiver.header_bytes += count;
  if (colon == std::string_view::npos) return count;
  if (receiver.header_bytes > kMaxHeaderBytes) {
    receiver.is_too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  std::string name = core::lower(line.substr(0, colon));
  if (name == "content-length" && value.size() <= 9 && value.find_first_not_of("0123456789") == std::string_view::npos) {
    // Only a hint: a server may claim what it likes.
    constexpr std::size_t kMaxReserve = 16 << 20;
    if (!value.empty() && receiver.sink == nullptr) receiver.response.body.reserve(std::min(std::stoul(std::string(value)), kMaxReserve));
  }
  receiver.response.headers.push_back({std::move(name), std::string(value), false});
  return count;
}

std::size_t on_send(char* to, std::size_t, std::size_t room, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  const std::size_t count = std::min(room, receiver.unsent.size());
  std::copy_n(receiver.unsent.data(), count, to);
  receiver.unsent.remove_prefix(count);
  return count;
}

std::size_t on_source(char* to, std::size_t, std::size_t room, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  const std::uint64_t left = receiver.source->size_bytes - receiver.source_offset;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, left));
  if (wanted == 0) return 0;
  const std::size_t count = receiver.source->read(receiver.source_offset, std::span<char>(to, wanted));
  if (count == 0 || count > wanted) {
    receiver.source_failed = true;
    return CURL_READFUNC_ABORT;
  }
  receiver.source_offset += count;
  return count;
}

int on_seek(void* user, curl_off_t offset, int origin) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  receiver.source_offset = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

ErrorKind kind_of(CURLcode code) {
  switch (static_cast<int>(code)) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY: return ErrorKind::kConnection;
    case CURLE_OPERATION_TIMEDOUT: return ErrorKind::kTimeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT: return ErrorKind::kTls;
    case CURLE_BAD_CONTENT_ENCODING: return ErrorKind::kBadAnswer;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return ErrorKind::kInvalidArgument;
    default: return ErrorKind::kTransport;
  }
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(ConnectionOptions options) : options_(std::move(options)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    share_ = curl_share_init();
    curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
    curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &CurlTransport::lock_shared);
    curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &CurlTransport::unlock_shared);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }

  ~CurlTransport() override {
    idle_.clear();
    curl_share_cleanup(share_);
  }

  Result<HttpResponse> send(const HttpRequest& request) override {
    const auto started = Clock::now();
    auto line = acquire(request);
    if (!line) return std::move(line).error();
    auto response = perform(**line, request, started);
    release(std::move(*line), response.has_value());
    return response;
  }

 private:
  using Pointer = std::unique_ptr<Line>;

  static void lock_shared(CURL*, curl_lock_data data, curl_lock_access, void* user) {
    static_cast<CurlTransport*>(user)->shared_mutexes_[static_cast<std::size_t>(data)].lock();
  }
  static void unlock_shared(CURL*, curl_lock_data data, void* user) {
    static_cast<CurlTransport*>(user)->shared_mutexes_[static_cast<std::size_t>(data)].unlock();
  }

  // Waits until fewer than max_connections are in use.
  Result<Pointer> acquire(const HttpRequest& request) {
    std::unique_lock lock(mutex_);
    const auto has_room = [&] { return !idle_.empty() || in_use_ < std::max<std::size_t>(options_.max_connections, 1); };
    bool got = true;
    if (request.timeout.count() > 0) {
      got = room_.wait_for(lock, request.stop, request.timeout, has_room);
    } else {
      got = room_.wait(lock, request.stop, has_room);
    }
    if (!got) {
      if (request.stop.stop_requested()) return failed(ErrorKind::kCancelled, "the stop token was set");
      return failed(ErrorKind::kTimeout, "all connections were in use for too long");
    }
    ++in_use_;
    Pointer line;
    if (!idle_.empty()) {
      line = std::move(idle_.back());
      idle_.pop_back();
    }
    lock.unlock();
    if (!line) {
      line = std::make_unique<Line>();
      if (!line->easy || !line->multi) {
        release(nullptr, false);
        return failed(ErrorKind::kConnection, "libcurl has no memory for a handle");
      }
      curl_multi_setopt(line->multi.get(), CURLMOPT_MAXCONNECTS, 2L);
    }
    return line;
  }

  void release(Pointer line, bool is_good) {
    std::vector<Pointer> closing;
    const auto now = Clock::now();
    {
      const std::lock_guard lock(mutex_);
      --in_use_;
      if (line != nullptr && is_good) {
        line->last_used = now;
        idle_.push_back(std::move(line));
      }
      // The longest unused stands first.
      auto keep = idle_.begin();
      while (keep != idle_.end() && (static_cast<std::size_t>(idle_.end() - keep) > options_.max_idle_connections ||
                                     (*keep)->last_used + options_.idle_timeout < now)) {
        ++keep;
      }
      closing.assign(std::move_iterator(idle_.begin()), std::move_iterator(keep));
      idle_.erase(idle_.begin(), keep);
    }
    room_.notify_one();
  }

  Result<HttpResponse> perform(Line& line, const HttpRequest& request, Clock::time_point started) {
    Receiver receiver;
    receiver.max_bytes = options_.max_response_bytes;
    receiver.sink = request.sink;
    receiver.easy = line.easy.get();
    CURL* easy = line.easy.get();
    curl_easy_reset(easy);
    set_connection(line);
    const HeaderList headers = set_request(easy, request, receiver);
    if (!headers) return failed(ErrorKind::kInvalidArgument, "no memory for the headers");
    if (request.timeout.count() > 0) {
      const auto used = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
      curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                       static_cast<long>(std::max<std::int64_t>((request.timeout - used).count(), 1)));
    }
    const CURLcode code = run(line, request.stop);
    if (receiver.is_too_large) {
      return failed(ErrorKind::kTooLarge, "the answer is longer than " + std::to_string(receiver.max_bytes) + " bytes");
    }
    if (receiver.source_failed) return failed(ErrorKind::kInvalidArgument, "the source of the body ended too early");
    if (receiver.sink_ended) return failed(ErrorKind::kCancelled, "the receiver of the body ended the call");
    if (code == CURLE_ABORTED_BY_CALLBACK) return failed(ErrorKind::kCancelled, "the stop token was set");
    if (code != CURLE_OK) {
      const std::string_view text(line.error_text.data());
      long proxy_status = 0;
      curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
      const ErrorKind kind = proxy_status >= 300 ? ErrorKind::kConnection : kind_of(code);
      return failed(kind, text.empty() ? curl_easy_strerror(code) : std::string(text));
    }
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    receiver.response.status = static_cast<int>(status);
    return std::move(receiver.response);
  }

  // @return CURLE_ABORTED_BY_CALLBACK when `stop` was set.
  static CURLcode run(Line& line, const std::stop_token& stop) {
    CURLM* multi = line.multi.get();
    CURLcode code = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(multi, line.easy.get()) != CURLM_OK) return code;
    {
      const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
      int running = 1;
      while (!stop.stop_requested()) {
        if (curl_multi_perform(multi, &running) != CURLM_OK || running == 0) break;
        if (curl_multi_poll(multi, nullptr, 0, 1000, nullptr) != CURLM_OK) break;
      }
      if (running != 0 && stop.stop_requested()) code = CURLE_ABORTED_BY_CALLBACK;
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    // Also closes the connection of a transfer that was given up.
    curl_multi_remove_handle(multi, line.easy.get());
    return code;
  }

  void set_connection(Line& line) {
    CURL* easy = line.easy.get();
    line.error_text[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, line.error_text.data());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, share_);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(options_.idle_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, options_.tcp_keepalive.count() > 0 ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, static_cast<long>(options_.tcp_keepalive.count()));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, static_cast<long>(options_.tcp_keepalive.count()));
    if (options_.accept_compressed) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    set_proxy(easy);
    set_tls(easy);
  }

  void set_proxy(CURL* easy) const {
    if (options_.proxy == "none") {
      curl_easy_setopt(easy, CURLOPT_PROXY, "");
    } else if (!options_.proxy.empty()) {
      curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());
    }
    if (!options_.no_proxy.empty()) curl_easy_setopt(easy, CURLOPT_NOPROXY, options_.no_proxy.c_str());
  }

  void set_tls(CURL* easy) const {
    const TlsOptions& tls = options_.tls;
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!tls.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
    if (!tls.ca_path.empty()) curl_easy_setopt(easy, CURLOPT_CAPATH, tls.ca_path.c_str());
    if (!tls.certificate_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERT, tls.certificate_file.c_str());
    if (!tls.key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, tls.key_file.c_str());
    if (tls.accept_any_certificate) {
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
  }

  // @return the list that the handle borrows; null when there was no memory for it.
  static HeaderList set_request(CURL* easy, const HttpRequest& request, Receiver& receiver) {
    curl_easy_setopt(easy, CURLOPT_URL, std::string(request.url).c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
    set_body(easy, request, receiver);

    HeaderList list;
    const auto append = [&list](const std::string& line) {
      curl_slist* longer = curl_slist_append(list.get(), line.c_str());
      if (longer == nullptr) return false;
      (void)list.release();
      list.reset(longer);
      return true;
    };
    // No question whether the body is welcome: it would cost a turn.
    bool is_good = append("Expect:");
    for (const Header& header : request.headers) {
      is_good = is_good && append(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    if (!is_good) return nullptr;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list.get());
    return list;
  }

  static void set_source(CURL* easy, const HttpRequest& request, Receiver& receiver) {
    receiver.source = request.source;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(request.method).c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.source->size_bytes));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_source);
    curl_easy_setopt(easy, CURLOPT_READDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
    // Without a way to rewind libcurl cannot send it a second time by itself: see set_body().
    if (!request.repeatable) return;
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &receiver);
  }

  static void set_body(CURL* easy, const HttpRequest& request, Receiver& receiver) {
    if (request.source != nullptr) {
      set_source(easy, request, receiver);
      return;
    }
    if (request.method == "GET" && request.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
      return;
    }
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
      return;
    }
    if (request.body.empty() && request.method != "POST" && request.method != "PUT" && request.method != "PATCH") {
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(request.method).c_str());
      return;
    }
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(request.method).c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    if (request.repeatable || request.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
      return;
    }
    // When a kept connection breaks after it carried a part of the body, libcurl would send it all again on a new
    // one, and the server might do it twice. Without a way to rewind it reports the break instead.
    receiver.unsent = request.body;
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_send);
    curl_easy_setopt(easy, CURLOPT_READDATA, &receiver);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
  }

  // Constant after construction.
  const ConnectionOptions options_;
  CURLSH* share_ = nullptr;
  // Taken by libcurl, one for each kind of shared data.
  std::array<std::mutex, CURL_LOCK_DATA_LAST> shared_mutexes_;
  std::mutex mutex_;
  std::condition_variable_any room_;
  // Guarded by mutex_.
  std::vector<Pointer> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace

std::shared_ptr<Transport> make_curl_transport(const ConnectionOptions& options) {
  return std::make_shared<CurlTransport>(options);
}

}  // namespace alidade::client::inline v0
