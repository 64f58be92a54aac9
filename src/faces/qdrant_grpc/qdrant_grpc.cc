#include "faces/qdrant_grpc/qdrant_grpc.h"

#include <google/protobuf/stubs/logging.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "faces/qdrant_grpc/transport.h"

namespace alidade::faces::qdrant_grpc {
namespace {

/// As large as a header of the REST face may be: tokens that name many collections are long.
constexpr int kMaxMetadataBytes = 64 << 10;
/// Calls of one connection at a time; further ones wait at the client. It bounds the metadata that a
/// connection can make us hold: 200 × 64 KiB = 12.5 MiB.
constexpr int kMaxCallsPerConnection = 200;
/// What connections need beside the messages they carry.
constexpr std::uint64_t kConnectionBytes = std::uint64_t{64} << 20;

/// The peer's port has no limit on a message. Here it is the memory account, as far as gRPC can count.
int max_message_bytes(const env::MemoryBudget& pending) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  return static_cast<int>(std::min(pending.limit_bytes(), kMost));
}

/// Bounds what gRPC itself holds: parts of messages are there before a call is known here. Above it
/// gRPC refuses calls with RESOURCE_EXHAUSTED. A quarter more than the account, for the pieces in which
/// it reads are not full.
void bound_memory(const env::MemoryBudget& pending, grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("alidade");
  quota.Resize(pending.limit_bytes() + pending.limit_bytes() / 4 + kConnectionBytes);
  builder.SetResourceQuota(quota);
}

/// Packed messages are unpacked by us (unpack.h), so only in the form that the peer takes.
void take_packed_messages(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
}

/// Clients ping idle connections to keep them through proxies, some every few seconds: none of them
/// is sent away for it (gRPC's default gives up at the third ping within five minutes).
void allow_pings(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
}

}  // namespace

class QdrantGrpc::Impl {
 public:
  Impl(ops::Dispatcher& dispatcher, ops::WorkerPools pools, const Options& options)
      : pending_requests_(options.pending_requests),
        unary_(dispatcher, pools, *pending_requests_),
        reflection_(dispatcher),
        fallback_(dispatcher) {}

  Status start(const Options& options) {
    const bool is_v6 = options.host.find(':') != std::string::npos;
    const std::string address =
        (is_v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(max_message_bytes(*pending_requests_));
    builder.SetMaxSendMessageSize(-1);
    bound_memory(*pending_requests_, builder);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsPerConnection);
    allow_pings(builder);
    take_packed_messages(builder);
    // Two servers on one port would share its calls in silence.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(&unary_);
    builder.RegisterService(&reflection_);
    builder.RegisterCallbackGenericService(&fallback_);
    server_ = builder.BuildAndStart();
    if (server_ != nullptr && port_ > 0) return Status::ok_status();
    return Status(StatusCode::kUnavailable,
                  "cannot listen on " + address +
                      " for gRPC: the port is in use or not allowed; choose another with "
                      "--grpc-port");
  }

  void drain(base::Deadline deadline) {
    if (server_ == nullptr) return;
    using Clock = base::Deadline::Clock;
    const auto patience = deadline.never()
                              ? std::chrono::hours(24)
                              : std::max(deadline.at() - Clock::now(), Clock::duration::zero());
    server_->Shutdown(std::chrono::system_clock::now() +
                      std::chrono::duration_cast<std::chrono::system_clock::duration>(patience));
    server_->Wait();
    server_.reset();
  }

  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }

 private:
  const std::shared_ptr<env::MemoryBudget> pending_requests_;
  UnaryService unary_;
  ReflectionService reflection_;
  FallbackService fallback_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

QdrantGrpc::QdrantGrpc(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

QdrantGrpc::~QdrantGrpc() { drain(base::Deadline::after(std::chrono::milliseconds(0))); }

Result<std::unique_ptr<QdrantGrpc>> QdrantGrpc::start(ops::Dispatcher& dispatcher,
                                                      ops::WorkerPools pools,
                                                      Options options) {
  // Bytes that do not decode are the client's business: it is told, and our log is not flooded.
  google::protobuf::SetLogHandler(nullptr);
  auto impl = std::make_unique<Impl>(dispatcher, pools, options);
  ALD_RETURN_IF_ERROR(impl->start(options));
  return std::unique_ptr<QdrantGrpc>(new QdrantGrpc(std::move(impl)));
}

std::uint16_t QdrantGrpc::port() const { return impl_->port(); }

void QdrantGrpc::drain(base::Deadline deadline) { impl_->drain(deadline); }

}  // namespace alidade::faces::qdrant_grpc
