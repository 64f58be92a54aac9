#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <new>

#include "base/check.h"

namespace alidade::net {
namespace {

constexpr int kGzipWindow = 15 + 16;        // Largest window, gzip frame.
constexpr int kShortWindow = 12 + 16;       // 4 KiB, gzip frame.
constexpr std::size_t kShortTextBytes = std::size_t{4} << 10;
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

/// Gives back what was set aside and not needed: whoever counts the text counts its length.
void fit(std::string& text) {
  if (text.capacity() - text.size() > kPieceSizeBytes) text.shrink_to_fit();
}

constexpr int kFullWeight = 1000;

/// The weight in thousandths that parameters such as "q=0.5" give; -1 for what is none.
int weight_of(std::string_view parameters) {
  parameters = trim(parameters);
  if (parameters.size() < 3 || !equals_ignoring_case(parameters.substr(0, 2), "q=")) return -1;
  parameters.remove_prefix(2);
  if (parameters.size() > 5 || (parameters.size() > 1 && parameters[1] != '.')) return -1;
  int weight = 0;
  int unit = kFullWeight;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i == 1) continue;  // The point.
    if (std::isdigit(static_cast<unsigned char>(parameters[i])) == 0) return -1;
    weight += (parameters[i] - '0') * unit;
    unit /= 10;
  }
  return weight <= kFullWeight ? weight : -1;
}

}  // namespace

std::string gzip_compress(std::string_view bytes) {
  z_stream stream{};
  // zlib clears its tables first: 256 KiB for a long text, a few KiB for a short one.
  const bool is_short = bytes.size() <= kShortTextBytes;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, is_short ? kShortWindow : kGzipWindow,
                   is_short ? 4 : 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
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
  fit(out);
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
  fit(out);
  return out;
}

Coding choose_coding(std::string_view accept_encoding) {
  Coding best = Coding::kNone;
  int best_weight = 0;
  int plain_weight = -1;  // Of identity or "*", whichever is higher.
  while (!accept_encoding.empty()) {
    const std::size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size()
                                                                  : comma + 1);
    const std::size_t semicolon = item.find(';');
    const std::string_view name = trim(item.substr(0, semicolon));
    const int weight =
        semicolon == std::string_view::npos ? kFullWeight : weight_of(item.substr(semicolon + 1));
    if (weight < 0) continue;
    const bool is_identity = equals_ignoring_case(name, "identity");
    if (is_identity || name == "*") plain_weight = std::max(plain_weight, weight);
    if (!is_identity && !equals_ignoring_case(name, "gzip")) continue;
    if (weight <= best_weight) continue;
    best = is_identity ? Coding::kIdentity : Coding::kGzip;
    best_weight = weight;
  }
  if (best != Coding::kNone) return best;
  return plain_weight == 0 ? Coding::kNone : Coding::kIdentity;
}

}  // namespace alidade::net
