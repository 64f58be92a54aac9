// Messages of Qdrant's gRPC dialect: the first byte chooses the method, the rest are the bytes of
// its request, which a whole store without sockets answers.
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <memory>

#include "faces/qdrant_grpc/method.h"
#include "fuzz/support/fuzz.h"
#include "fuzz/support/live_store.h"

namespace alidade::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<fuzz::LiveStore> store;
  static std::string fresh;
  if (!store) {
    store = std::make_unique<fuzz::LiveStore>();
    fresh = store->contents();
  }
  fuzz::Input in(data, size);
  const auto methods = faces::qdrant_grpc::methods();
  const auto& method = methods[in.byte() % methods.size()];
  const std::string_view bytes = in.rest_text();
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  observe::OpContext context;
  const Status status = method.run({store->dispatcher(), context, method.name}, request, response);
  // Undecodable bytes are an internal error for the peer; damage and broken disks there are none.
  for (const StatusCode impossible :
       {StatusCode::kDataLoss, StatusCode::kIo, StatusCode::kUnavailable}) {
    fuzz::require(status.code() != impossible, "no request makes the server fail",
                  status.to_string());
  }
  const std::string before = store->contents();
  if (before == fresh) return 0;
  store->reopen(fuzz::LiveStore::Close::kKilled);
  fuzz::require(store->contents() == before, "a killed store holds what it held",
                before + "---\n" + store->contents());
  store.reset();
  return 0;
}

}  // namespace alidade::fuzz
