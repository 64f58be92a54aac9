#include "net/head_reader.h"

namespace alidade::net {
namespace {

/// A method is a token; what else opens a request (TLS, say) is told at its first byte.
bool opens_a_method(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

void HeadReader::reset() {
  text_.clear();
  if (text_.capacity() > kKeptBytes) std::string().swap(text_);
  state_ = State::kMore;
  line_begin_ = lines_ = request_line_size_ = skipped_ = work_ = 0;
  after_cr_ = false;
}

std::size_t HeadReader::feed(std::string_view bytes) {
  std::size_t taken = text_.empty() ? skip_empty_lines(bytes) : 0;
  while (state_ == State::kMore && taken < bytes.size()) taken += take_line(bytes.substr(taken));
  return taken;
}

std::size_t HeadReader::skip_empty_lines(std::string_view bytes) {
  std::size_t taken = 0;
  for (; taken < bytes.size() && state_ == State::kMore; ++taken) {
    const char c = bytes[taken];
    if (!after_cr_ && opens_a_method(c)) break;
    if (c != '\n' && (after_cr_ || c != '\r')) state_ = State::kMalformed;
    after_cr_ = c == '\r';
    ++work_;
    if (++skipped_ > kLimitBytes) state_ = State::kTooLarge;
  }
  return taken;
}

/// Takes up to the end of one line, or all there is of it.
std::size_t HeadReader::take_line(std::string_view bytes) {
  const bool opens_line = text_.size() == line_begin_;
  if (opens_line && lines_ > 0 && (bytes.front() == ' ' || bytes.front() == '\t')) {
    state_ = State::kMalformed;  // Folded lines are read differently by different programs.
    return 0;
  }
  const std::size_t room = kLimitBytes - text_.size();
  const std::string_view near = bytes.substr(0, room);
  const std::size_t feed_at = near.find('\n');
  const std::size_t taken = feed_at == std::string_view::npos ? near.size() : feed_at + 1;
  work_ += taken;
  if (feed_at == std::string_view::npos) {
    text_.append(near);
    if (text_.size() >= kLimitBytes) {
      state_ = lines_ == 0 ? State::kLineTooLong : State::kTooLarge;
    }
    return taken;
  }
  text_.append(bytes.substr(0, feed_at));
  if (text_.size() == line_begin_ || text_.back() != '\r') text_.push_back('\r');
  text_.push_back('\n');
  end_line();
  return taken;
}

void HeadReader::end_line() {
  const bool is_empty = text_.size() - line_begin_ == 2;
  line_begin_ = text_.size();
  if (++lines_ == 1) request_line_size_ = text_.size();
  if (is_empty) {
    state_ = State::kComplete;
  } else if (lines_ > kMaxHeaderLines + 1 || text_.size() >= kLimitBytes) {
    state_ = State::kTooLarge;
  }
}

}  // namespace alidade::net
