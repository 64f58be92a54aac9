// What a request carries before its body is JSON: the first byte chooses percent encoding, the
// query string, the path through the routes of both dialects, a gzip body, the head, or a chunked
// body.
#include "faces/chroma_rest/routes.h"
#include "faces/qdrant_rest/route.h"
#include "fuzz/support/fuzz.h"
#include "net/chunk_reader.h"
#include "net/gzip.h"
#include "net/head_parser.h"
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

/// What a head says, as one text.
std::string told(net::detail::HeadParser& parser) {
  using Outcome = net::detail::HeadParser::Outcome;
  if (parser.outcome() == Outcome::kMore) return "more";
  if (parser.outcome() == Outcome::kRefused) return "refused";
  const auto head = parser.take();
  std::string text = head.request.method + " " + head.request.target + " " +
                     std::to_string(head.length.value_or(0)) + (head.chunked ? " chunked" : "");
  for (const auto& [name, value] : head.request.headers) text += "\n" + name + ":" + value;
  return text;
}

/// A head says the same whole, byte by byte, and with strict ends of lines.
void read_head(std::string_view text) {
  net::detail::HeadParser whole;
  const std::size_t taken = whole.feed(text);
  net::detail::HeadParser cut;
  std::size_t cut_taken = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (cut.outcome() != net::detail::HeadParser::Outcome::kMore) break;
    cut_taken += cut.feed(text.substr(i, 1));
  }
  net::HeadReader reader;
  reader.feed(text);
  fuzz::require(reader.work() <= text.size(), "each byte is looked at once");
  const bool complete = whole.outcome() == net::detail::HeadParser::Outcome::kComplete;
  const std::string said = told(whole);
  fuzz::require(said == told(cut), "a head says the same in every cut", text);
  if (!complete) return;
  fuzz::require(taken == cut_taken, "a head ends at the same place in every cut", text);
  net::detail::HeadParser strict;
  strict.feed(reader.text());
  fuzz::require(said == told(strict), "a head says the same with strict lines", text);
}

/// A chunked body is the same whole and byte by byte, and stays below its limit.
void read_chunks(std::string_view text) {
  constexpr std::uint64_t kLimit = 1000;
  net::ChunkReader whole(kLimit);
  std::string body;
  const std::size_t taken = whole.feed(text, body);
  net::ChunkReader cut(kLimit);
  std::string cut_body;
  std::size_t cut_taken = 0;
  for (std::size_t i = 0; i < text.size() && cut.state() == net::ChunkReader::State::kMore; ++i) {
    cut_taken += cut.feed(text.substr(i, 1), cut_body);
  }
  fuzz::require(body.size() <= kLimit, "a chunked body stays below its limit");
  fuzz::require(whole.state() == cut.state() && body == cut_body && taken == cut_taken,
                "a chunked body is the same in every cut", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const unsigned choice = in.byte() % 6;
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
    case 3:
      unpack(text);
      break;
    case 4:
      read_head(text);
      break;
    default:
      read_chunks(text);
      break;
  }
  return 0;
}

}  // namespace alidade::fuzz
