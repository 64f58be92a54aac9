#include "faces/qdrant_grpc/unpack.h"

#include <grpcpp/support/slice.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "net/gzip.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using Bytes = grpc::ByteBuffer;

constexpr std::size_t kTrailerBytes = 4;  // The length of what was packed, lowest byte first.

/// Nothing when the message has no gzip form.
std::vector<grpc::Slice> packed_pieces(const Bytes& message) {
  // Small messages that are not compressed are one piece: this costs them nothing.
  grpc::Slice only;
  std::vector<grpc::Slice> pieces;
  if (message.TrySingleSlice(&only).ok() || !message.Dump(&pieces).ok()) return {};
  constexpr std::array<std::uint8_t, 2> kStart = {0x1f, 0x8b};
  std::size_t seen = 0;
  for (const grpc::Slice& piece : pieces) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (piece.begin()[i] != kStart[seen]) return {};
      if (++seen == kStart.size()) return pieces;
    }
  }
  return {};
}

std::uint64_t told_length(const std::vector<grpc::Slice>& pieces) {
  std::uint64_t length = 0;
  std::size_t wanted = kTrailerBytes;
  for (auto piece = pieces.rbegin(); piece != pieces.rend() && wanted > 0; ++piece) {
    for (std::size_t i = piece->size(); i > 0 && wanted > 0; --i, --wanted) {
      length = length << 8 | piece->begin()[i - 1];
    }
  }
  return length;
}

/// Keeps the text alive without a copy.
grpc::Slice slice_of(std::string text) {
  auto* kept = new std::string(std::move(text));
  const auto destroy = [](void* held) { delete static_cast<std::string*>(held); };
  return grpc::Slice(kept->data(), kept->size(), destroy, kept);
}

}  // namespace

std::uint64_t plain_length(const Bytes& message) {
  const auto pieces = packed_pieces(message);
  return pieces.empty() ? message.Length() : told_length(pieces);
}

Result<Bytes> plain(const Bytes& message) {
  const auto pieces = packed_pieces(message);
  if (pieces.empty()) return message;
  std::string packed;
  packed.reserve(message.Length());
  for (const grpc::Slice& piece : pieces) {
    packed.append(reinterpret_cast<const char*>(piece.begin()), piece.size());
  }
  auto text = net::gzip_decompress(packed, told_length(pieces));
  if (!text.ok()) return base::invalid_argument("the message is no complete gzip stream of the length that it says");
  const grpc::Slice slice = slice_of(std::move(*text));
  return Bytes(&slice, 1);
}

}  // namespace alidade::faces::qdrant_grpc
