#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alidade::net {

/// Takes a chunked body apart. Strict, but for one thing: the line with a chunk's size may end in a
/// bare line feed. Behind an extension, behind the data and in trailers it may not, because there
/// other programs read it as part of something longer, and then disagree on where the request ends.
/// Looks at each byte once, however the bytes are cut into pieces. One thread at a time.
class ChunkReader {
 public:
  enum class State {
    kMore,
    kComplete,
    kMalformed,
    kTooLarge,  // The data is above the limit.
  };

  /// What extensions and trailers may have together; nobody reads them.
  static constexpr std::size_t kAsideLimitBytes = std::size_t{16} * 1024;

  explicit ChunkReader(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// Takes bytes until the body is complete or cannot become one, and appends its data to `body`.
  /// @return how many it took.
  std::size_t feed(std::string_view bytes, std::string& body);

  State state() const { return state_; }

 private:
  enum class Place {
    kFirstDigit,
    kDigits,
    kBlank,       // Blanks behind the size.
    kExtension,
    kSizeEnd,     // The line feed behind the CR.
    kData,
    kDataCr,
    kDataLf,
    kTrailer,     // At the start of a trailer, or of the empty line.
    kInTrailer,
    kTrailerEnd,  // The line feed of a trailer.
    kLastEnd,     // The line feed of the empty line.
  };

  void step(char c);
  bool take_digit(char c);
  void end_size();
  void go(char c, char wanted, Place next);
  void aside();

  const std::uint64_t limit_bytes_;
  State state_ = State::kMore;
  Place place_ = Place::kFirstDigit;
  std::uint64_t left_ = 0;   // Of the chunk.
  std::uint64_t total_ = 0;  // Claimed so far.
  std::size_t aside_ = 0;
};

}  // namespace alidade::net
