#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/check.h"

namespace alidade::net {
namespace {

constexpr int kGzipWindow = 15 + 16;        // Largest window, gzip frame.
constexpr int kGzipOrZlibWindow = 15 + 32;  // Largest window, frame found out by itself.
constexpr std::size_t kPieceSizeBytes = std::size_t{64} << 10;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

/// "q=0", "q=0.0" and so on: this coding is refused.
bool is_refused(std::string_view parameters) {
  parameters = trim(parameters);
  if (parameters.size() < 2 || !equals_ignoring_case(parameters.substr(0, 2), "q=")) return false;
  return parameters.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

std::string gzip_compress(std::string_view bytes) {
  z_stream stream{};
  ALD_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) ==
            Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int rc = deflate(&stream, Z_FINISH);
  const std::size_t size = out.size() - stream.avail_out;
  deflateEnd(&stream);
  ALD_CHECK(rc == Z_STREAM_END);  // deflateBound() said that one call is enough.
  out.resize(size);
  return out;
}

Result<std::string> gzip_decompress(std::string_view bytes, std::uint64_t limit_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipOrZlibWindow) != Z_OK) {
    return Status(StatusCode::kResourceExhausted, "no memory to decompress");
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int rc = Z_OK;
  while (rc == Z_OK && out.size() <= limit_bytes) {
    const std::size_t had = out.size();
    out.resize(had + std::max(kPieceSizeBytes, had));  // Doubling keeps the copies linear.
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(out.size() - had);
    rc = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > limit_bytes) {
    return Status(StatusCode::kTooLarge, "the body unfolds to more than is allowed");
  }
  if (rc != Z_STREAM_END) return base::invalid_argument("the body is no complete gzip data");
  return out;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size()
                                                                  : comma + 1);
    const std::size_t semicolon = item.find(';');
    const std::string_view coding = trim(item.substr(0, semicolon));
    const bool refused =
        semicolon != std::string_view::npos && is_refused(item.substr(semicolon + 1));
    if (equals_ignoring_case(coding, "gzip")) return !refused;
    if (coding == "*") any = !refused;
  }
  return any;
}

}  // namespace alidade::net
