#include "net/chunk_reader.h"

#include <algorithm>

namespace alidade::net {

std::size_t ChunkReader::feed(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (state_ == State::kMore && taken < bytes.size()) {
    if (place_ != Place::kData) {
      step(bytes[taken++]);
      continue;
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken));
    body.append(bytes.substr(taken, count));
    taken += count;
    left_ -= count;
    if (left_ == 0) place_ = Place::kDataCr;
  }
  return taken;
}

void ChunkReader::step(char c) {
  switch (place_) {
    case Place::kFirstDigit:
      left_ = 0;
      place_ = Place::kDigits;
      if (!take_digit(c)) state_ = State::kMalformed;
      return;
    case Place::kDigits:
      if (take_digit(c)) return;
      [[fallthrough]];
    case Place::kBlank:
      if (c == ' ' || c == '\t') {
        place_ = Place::kBlank;
        aside();
      } else if (c == ';') {
        place_ = Place::kExtension;
      } else if (c == '\n') {
        end_size();
      } else {
        go(c, '\r', Place::kSizeEnd);
      }
      return;
    case Place::kExtension:
      aside();
      if (c == '\r') place_ = Place::kSizeEnd;
      if (c == '\n') state_ = State::kMalformed;
      return;
    case Place::kSizeEnd:
      if (c == '\n') return end_size();
      state_ = State::kMalformed;
      return;
    case Place::kData: return;  // feed() takes it.
    case Place::kDataCr: return go(c, '\r', Place::kDataLf);
    case Place::kDataLf: return go(c, '\n', Place::kFirstDigit);
    case Place::kTrailer:
    case Place::kInTrailer:
      aside();
      if (c == '\n') {
        state_ = State::kMalformed;
      } else if (c == '\r') {
        place_ = place_ == Place::kTrailer ? Place::kLastEnd : Place::kTrailerEnd;
      } else {
        place_ = Place::kInTrailer;
      }
      return;
    case Place::kTrailerEnd: return go(c, '\n', Place::kTrailer);
    case Place::kLastEnd:
      state_ = c == '\n' ? State::kComplete : State::kMalformed;
      return;
  }
}

bool ChunkReader::take_digit(char c) {
  std::uint64_t value = 0;
  if (c >= '0' && c <= '9') {
    value = static_cast<std::uint64_t>(c - '0');
  } else if (c >= 'a' && c <= 'f') {
    value = static_cast<std::uint64_t>(c - 'a') + 10;
  } else if (c >= 'A' && c <= 'F') {
    value = static_cast<std::uint64_t>(c - 'A') + 10;
  } else {
    return false;
  }
  if (left_ >> 58 != 0) {
    state_ = State::kMalformed;  // No body is that long; one digit more and it wraps round.
  } else {
    left_ = left_ * 16 + value;
    // Zeros in front are harmless, but have an end.
    if (left_ == 0) aside();
  }
  return true;
}

void ChunkReader::end_size() {
  if (left_ > limit_bytes_ - total_) {
    state_ = State::kTooLarge;
    return;
  }
  total_ += left_;
  place_ = left_ == 0 ? Place::kTrailer : Place::kData;
}

void ChunkReader::go(char c, char wanted, Place next) {
  if (c == wanted) {
    place_ = next;
  } else {
    state_ = State::kMalformed;
  }
}

void ChunkReader::aside() {
  if (++aside_ > kAsideLimitBytes) state_ = State::kMalformed;
}

}  // namespace alidade::net
