#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alidade::net {

/// Collects the head of one request (request line and header lines, up to and with the empty line)
/// in the form that the parser wants: every line ends in CRLF. What people send by hand is put
/// right on the way, as the peers do: a line may end in a bare line feed, and empty lines before
/// the request line are skipped. Nothing else is changed; a head that is strict comes out byte for
/// byte. Looks at each byte once, however the bytes are cut into pieces. One thread at a time.
class HeadReader {
 public:
  enum class State {
    kMore,
    kComplete,
    kMalformed,    // A first byte that opens no method, a lone CR before it, or a folded line.
    kLineTooLong,  // The request line alone is above the limit.
    kTooLarge,     // Above the limit of bytes or of lines.
  };

  static constexpr std::size_t kLimitBytes = std::size_t{64} * 1024;
  /// Both peers stop at about as many.
  static constexpr std::size_t kMaxHeaderLines = 100;
  /// Memory that reset() may keep.
  static constexpr std::size_t kKeptBytes = 4096;

  /// Takes bytes until the head is complete or cannot become one.
  /// @return how many it took; what follows them belongs to the body or to the next request.
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  /// Whether anything but empty lines has come.
  bool started() const { return !text_.empty() || after_cr_; }
  /// What has been collected. Valid until the next call that is not const.
  std::string_view text() const { return text_; }
  /// Its request line with the CRLF; empty before that has come.
  std::string_view request_line() const { return text().substr(0, request_line_size_); }
  /// Bytes looked at so far.
  std::size_t work() const { return work_; }
  /// Begins with the next request. Does not keep the memory of a long head for it.
  void reset();
  /// Memory that is held.
  std::size_t capacity() const { return text_.capacity(); }

 private:
  std::size_t skip_empty_lines(std::string_view bytes);
  std::size_t take_line(std::string_view bytes);
  void end_line();

  std::string text_;
  State state_ = State::kMore;
  std::size_t line_begin_ = 0;  // Of the line being read, in text_.
  std::size_t lines_ = 0;       // That are complete.
  std::size_t request_line_size_ = 0;
  std::size_t skipped_ = 0;     // Bytes of empty lines in front.
  std::size_t work_ = 0;
  bool after_cr_ = false;  // In front: a CR whose line feed has to come.
};

}  // namespace alidade::net
