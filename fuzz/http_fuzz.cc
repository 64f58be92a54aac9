// What a request carries before its body is JSON: the first byte chooses percent encoding, the
// query string, the path through the routes of both dialects, or a gzip body.
#include "faces/chroma_rest/routes.h"
#include "faces/qdrant_rest/route.h"
#include "fuzz/support/fuzz.h"
#include "net/gzip.h"
#include "net/router.h"
#include "net/url.h"

namespace alidade::fuzz {
namespace {

template <typename Table>
net::RouteTree tree_of(const Table& table, net::PathStyle style) {
  net::RouteTree tree(style);
  std::size_t index = 0;
  for (const auto& route : table) tree.add(route.method, route.pattern, index++);
  return tree;
}

void route(std::string_view path) {
  static const auto qdrant = tree_of(faces::qdrant_rest::routes(), net::PathStyle::kCollapse);
  static const auto chroma = tree_of(faces::chroma_rest::routes(), net::PathStyle::kStrict);
  for (const char* method : {"GET", "POST", "TRACE"}) {
    for (const net::RouteTree* tree : {&qdrant, &chroma}) {
      const auto match = tree->match(method, path);
      for (const auto& [name, value] : match.parameters.pairs()) {
        fuzz::require(match.parameters.get(name) == value, "a parameter is found by its name",
                      name);
      }
    }
  }
}

void unpack(std::string_view bytes) {
  constexpr std::uint64_t kLimit = 1 << 20;
  const auto unpacked = net::gzip_decompress(bytes, kLimit);
  fuzz::require_code(unpacked.status(), {StatusCode::kInvalidArgument, StatusCode::kTooLarge});
  fuzz::require(!unpacked.ok() || unpacked->size() <= kLimit, "a body stays below its limit");
  const auto again = net::gzip_decompress(net::gzip_compress(bytes), kLimit);
  fuzz::require(bytes.size() > kLimit || (again.ok() && *again == bytes), "what is packed unpacks");
  (void)net::choose_coding(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const unsigned choice = in.byte() % 4;
  const std::string_view text = in.rest_text();
  switch (choice) {
    case 0: {
      const std::string decoded = net::percent_decode(text, net::Plus::kIsSpace);
      fuzz::require(decoded.size() <= text.size(), "decoding only shortens");
      (void)net::is_utf8(decoded);
      break;
    }
    case 1: {
      const auto parameters = net::parse_query(text);
      for (const auto& [name, value] : parameters.pairs()) {
        fuzz::require(parameters.find(name) != nullptr, "a parameter is found by its name", name);
      }
      break;
    }
    case 2:
      route(text);
      break;
    default:
      unpack(text);
      break;
  }
  return 0;
}

}  // namespace alidade::fuzz
