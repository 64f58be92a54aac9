// One gRPC channel per server. The thread that calls drives its own completion queue, so an answer wakes no other thread.

#include <google/protobuf/io/zero_copy_stream.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <climits>
#include <fstream>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "alidade/qdrant/grpc.h"
#include "core/text.h"
#include "qdrant/json_text.h"
#include "qdrant_grpc/routes.h"

namespace alidade::qdrant::inline v0 {
namespace {

using client::Error;
using client::ErrorKind;
using client::HttpRequest;
using client::HttpResponse;
using client::Result;
using google::protobuf::Message;

Error failed(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

/// The HTTP status that a gRPC refusal stands for; 0 when no server said it.
int status_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::OK: return 200;
    case grpc::INVALID_ARGUMENT:
    case grpc::OUT_OF_RANGE: return 400;
    case grpc::UNAUTHENTICATED: return 401;
    case grpc::PERMISSION_DENIED: return 403;
    case grpc::NOT_FOUND: return 404;
    case grpc::ALREADY_EXISTS: return 409;
    case grpc::FAILED_PRECONDITION: return 412;
    case grpc::RESOURCE_EXHAUSTED: return 429;
    case grpc::UNIMPLEMENTED: return 501;
    case grpc::UNAVAILABLE: return 503;
    case grpc::ABORTED:
    case grpc::UNKNOWN:
    case grpc::INTERNAL:
    case grpc::DATA_LOSS: return 500;
    case grpc::CANCELLED:
    case grpc::DEADLINE_EXCEEDED:
    case grpc::DO_NOT_USE: return 0;
  }
  return 0;
}

/// The whole file; nothing for "".
/// @return kTls when it cannot be read: with nothing in its place, gRPC would trust whom the system trusts.
Result<std::string> content_of(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream stream(file, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad() || content.empty()) return failed(ErrorKind::kTls, "cannot read '" + file + "'");
  return content;
}

Result<std::shared_ptr<grpc::ChannelCredentials>> credentials_of(const client::TlsOptions& tls) {
  grpc::SslCredentialsOptions options;
  for (const auto& [file, place] : {std::pair{&tls.ca_file, &options.pem_root_certs}, std::pair{&tls.key_file, &options.pem_private_key},
                                    std::pair{&tls.certificate_file, &options.pem_cert_chain}}) {
    auto content = content_of(*file);
    if (!content) return std::move(content).error();
    *place = *std::move(content);
  }
  return grpc::SslCredentials(options);
}

/// Whether gRPC carries the header; it ends the process over one that it does not.
bool is_legal(std::string_view name, std::string_view value) {
  const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  const auto is_text = [](char c) { return c >= 0x20 && c <= 0x7e; };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_name) &&
         (name.ends_with("-bin") || std::all_of(value.begin(), value.end(), is_text));
}

/// @return false when the message is larger than gRPC can carry.
bool serialize(const Message& message, grpc::ByteBuffer& out) {
  const std::size_t size_bytes = message.ByteSizeLong();
  if (size_bytes > INT_MAX) return false;
  grpc::Slice slice(size_bytes);
  // The slice is ours alone until the buffer holds it.
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  out = grpc::ByteBuffer(&slice, 1);
  return true;
}

class GrpcTransport final : public client::Transport {
 public:
  explicit GrpcTransport(client::ConnectionOptions options) : options_(std::move(options)) {}

  bool takes_point_vectors() const override { return true; }

  Result<HttpResponse> send(const HttpRequest& request) override {
    auto prepared = wire::prepare(request);
    if (!prepared) return std::move(prepared).error();
    grpc::ByteBuffer body;
    if (!serialize(*prepared->message, body)) return failed(ErrorKind::kInvalidArgument, "the request is larger than 2 GiB");
    const auto channel = channel_of(wire::split_url(request.url).origin);
    if (!channel) return channel.error();
    return call(*prepared, request, body, *channel);
  }

 private:
  using Channel = std::shared_ptr<grpc::Channel>;

  Result<Channel> channel_of(std::string_view origin) {
    const std::lock_guard lock(mutex_);
    if (const auto found = channels_.find(origin); found != channels_.end()) return found->second;
    auto channel = make_channel(origin);
    if (channel) channels_.emplace(origin, *channel);
    return channel;
  }

  Result<Channel> make_channel(std::string_view origin) const {
    const bool has_tls = origin.starts_with("https://");
    std::string target(origin.substr(origin.find("://") + 3));
    if (target.find(':', target.rfind(']') + 1) == std::string::npos) target += has_tls ? ":443" : ":80";
    grpc::ChannelArguments arguments;
    const auto max_bytes = static_cast<int>(std::min<std::size_t>(options_.max_response_bytes, INT_MAX));
    arguments.SetMaxReceiveMessageSize(max_bytes);
    arguments.SetMaxSendMessageSize(-1);
    if (!options_.user_agent.empty()) arguments.SetUserAgentPrefix(options_.user_agent);
    if (options_.tcp_keepalive.count() > 0) {
      arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(std::chrono::milliseconds(options_.tcp_keepalive).count()));
    }
    if (options_.connect_timeout.count() > 0) {
      arguments.SetInt("grpc.min_reconnect_backoff_ms", static_cast<int>(options_.connect_timeout.count()));
    }
    // A server that comes back is found within a second, not after gRPC's two minutes.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    // This client's retries are HttpClient's.
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    // A channel of our own: what another one of the process failed to reach says nothing about it.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, options_.proxy == "none" ? 0 : 1);
    if (options_.proxy != "none" && !options_.proxy.empty()) arguments.SetString(GRPC_ARG_HTTP_PROXY, options_.proxy);
    if (!has_tls) return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
    auto credentials = credentials_of(options_.tls);
    if (!credentials) return std::move(credentials).error();
    return grpc::CreateCustomChannel(target, *credentials, arguments);
  }

  static Result<void> add_metadata(grpc::ClientContext& context, const HttpRequest& request) {
    for (const client::Header& header : request.headers) {
      const std::string name = client::core::lower(header.name);
      if (name == "user-agent" || name == "accept" || name == "content-type") continue;
      if (!is_legal(name, header.value)) {
        return failed(ErrorKind::kInvalidArgument, "gRPC carries printable ASCII only, which the header '" + name + "' is not");
      }
      context.AddMetadata(name, header.value);
    }
    return {};
  }

  Result<HttpResponse> call(const wire::Prepared& prepared, const HttpRequest& request, const grpc::ByteBuffer& body,
                            const Channel& channel) const {
    grpc::ClientContext context;
    if (auto added = add_metadata(context, request); !added) return std::move(added).error();
    if (request.timeout.count() > 0) context.set_deadline(std::chrono::system_clock::now() + request.timeout);
    grpc::GenericStub stub(channel);
    grpc::CompletionQueue queue;
    grpc::ByteBuffer answer;
    grpc::Status status;
    {
      const auto reader = stub.PrepareUnaryCall(&context, prepared.route->rpc, body, &queue);
      reader->StartCall();
      reader->Finish(&answer, &status, &queue);
      const std::stop_callback cancel(request.stop, [&context] { context.TryCancel(); });
      void* tag = nullptr;
      bool is_good = false;
      queue.Next(&tag, &is_good);
    }
    queue.Shutdown();
    void* tag = nullptr;
    bool is_good = false;
    while (queue.Next(&tag, &is_good)) {
    }
    if (!status.ok()) return refusal(status, context, request, *channel);
    return read(prepared, answer);
  }

  static Result<HttpResponse> read(const wire::Prepared& prepared, grpc::ByteBuffer& answer) {
    const wire::Route& route = *prepared.route;
    const std::unique_ptr<Message> message(route.answer()->New());
    if (answer.Length() != 0) {
      grpc::ProtoBufferReader reader(&answer);
      if (!reader.status().ok() || !message->ParseFromZeroCopyStream(&reader)) {
        return failed(ErrorKind::kBadAnswer, std::string("the answer of ") + route.rpc + " cannot be read");
      }
    }
    HttpResponse response;
    response.status = 200;
    response.value = route.read(*prepared.message, *message);
    return response;
  }

  /// A refusal takes the form of REST, for the client's own reader; what never reached a server is an error at once.
  static Result<HttpResponse> refusal(const grpc::Status& status, const grpc::ClientContext& context,
                                      const HttpRequest& request, grpc::Channel& channel) {
    const std::string& message = status.error_message();
    switch (static_cast<int>(status.error_code())) {
      case grpc::CANCELLED:
        if (request.stop.stop_requested()) return failed(ErrorKind::kCancelled, "the stop token was set");
        return failed(ErrorKind::kTransport, message);
      case grpc::DEADLINE_EXCEEDED: return failed(ErrorKind::kTimeout, "no answer within the time-out: " + message);
      case grpc::UNAVAILABLE:
        // The channel is up: it is the server that says so.
        if (channel.GetState(false) != GRPC_CHANNEL_READY) return failed(kind_without_channel(message), message);
        break;
      default: break;
    }
    HttpResponse response;
    response.status = status_of(status.error_code());
    // gRPC's own limit for what this side takes is no limit of the server.
    if (response.status == 429 && message.find("larger than max") != std::string::npos) {
      return failed(ErrorKind::kTooLarge, message);
    }
    for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
      response.headers.push_back({std::string(name.data(), name.size()), std::string(value.data(), value.size()), false});
    }
    response.body = R"({"status":{"error":)";
    text::append_string(response.body, message);
    response.body += "}}";
    return response;
  }

  static ErrorKind kind_without_channel(const std::string& message) {
    for (const char* sign : {"SSL", "ssl", "TLS", "certificate", "handshake"}) {
      if (message.find(sign) != std::string::npos) return ErrorKind::kTls;
    }
    for (const char* sign : {"Socket closed", "reset", "GOAWAY", "Stream removed"}) {
      if (message.find(sign) != std::string::npos) return ErrorKind::kTransport;
    }
    return ErrorKind::kConnection;
  }

  // Constant after construction.
  const client::ConnectionOptions options_;
  std::mutex mutex_;
  // Guarded by mutex_; by origin, of which a client has one.
  std::map<std::string, Channel, std::less<>> channels_;
};

}  // namespace

std::shared_ptr<client::Transport> make_grpc_transport(const client::ConnectionOptions& options) {
  return std::make_shared<GrpcTransport>(options);
}

}  // namespace alidade::qdrant::inline v0
