// The Qdrant client over gRPC. The first byte chooses the method; above 127 the rest is a request's body in JSON, as programs
// may write parts of it, else the message that a server answers with.

#include <google/protobuf/stubs/logging.h>

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "alidade/qdrant.h"
#include "fuzz/support/fuzz.h"
#include "qdrant_grpc/routes.h"

namespace alidade::fuzz {
namespace {

namespace wire = qdrant::wire;

constexpr std::array<std::pair<std::string_view, std::string_view>, 26> kCalls = {{
    {"GET", "/"},
    {"GET", "/collections"},
    {"PUT", "/collections/c"},
    {"PATCH", "/collections/c"},
    {"GET", "/collections/c"},
    {"GET", "/collections/c/exists"},
    {"POST", "/collections/aliases"},
    {"GET", "/aliases"},
    {"PUT", "/collections/c/index"},
    {"PUT", "/collections/c/vectors/v"},
    {"PUT", "/collections/c/points"},
    {"POST", "/collections/c/points/delete"},
    {"PUT", "/collections/c/points/vectors"},
    {"POST", "/collections/c/points/payload"},
    {"POST", "/collections/c/points/batch"},
    {"POST", "/collections/c/points"},
    {"POST", "/collections/c/points/scroll"},
    {"POST", "/collections/c/points/count"},
    {"POST", "/collections/c/facet"},
    {"POST", "/collections/c/points/query"},
    {"POST", "/collections/c/points/query/batch"},
    {"POST", "/collections/c/points/query/groups"},
    {"POST", "/collections/c/points/search/matrix/pairs"},
    {"POST", "/collections/c/points/search/matrix/offsets"},
    {"GET", "/collections/c/snapshots"},
    {"POST", "/collections/c/snapshots"},
}};

void encode(std::pair<std::string_view, std::string_view> call, std::string_view body) {
  const std::string url = "http://server" + std::string(call.second);
  const std::vector<float> beside(64, 0.5F);
  const auto prepared = wire::prepare({.method = call.first, .url = url, .body = body, .vectors = beside});
  if (prepared) {
    // Whatever was taken can be sent.
    require(prepared->message->ByteSizeLong() == prepared->message->SerializeAsString().size(), "a request has bytes", body);
    return;
  }
  const auto kind = prepared.error().kind;
  require(kind == client::ErrorKind::kUnimplemented || kind == client::ErrorKind::kInvalidArgument, "a refusal has its kind", body);
  require(!prepared.error().message.empty(), "a refusal says why", body);
}

void decode(std::pair<std::string_view, std::string_view> call, std::string_view bytes) {
  std::vector<std::pair<std::string, std::string>> segments;
  const wire::Route* route = wire::find_route(call.first, call.second, segments);
  require(route != nullptr, "the route is there", call.second);
  const std::unique_ptr<google::protobuf::Message> request(route->request()->New());
  const std::unique_ptr<google::protobuf::Message> answer(route->answer()->New());
  if (!answer->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  require(route->read(*request, *answer).has_value(), "an answer is a value", call.second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // protobuf tells each text that is no UTF-8 on standard error.
  [[maybe_unused]] static const auto before = google::protobuf::SetLogHandler(nullptr);
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto& call = kCalls[data[0] % 128 % kCalls.size()];
  if (data[0] > 127) {
    encode(call, rest);
  } else {
    decode(call, rest);
  }
  return 0;
}

}  // namespace alidade::fuzz
