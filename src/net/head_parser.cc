#include "net/head_parser.h"

#include <boost/asio/buffer.hpp>
#include <cctype>
#include <utility>

namespace alidade::net::detail {
namespace {

namespace http = boost::beast::http;

/// Turns the absolute form ("http://host/path", for proxies) into the origin form.
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t slash = target.find_first_of("/?", scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

void split_target(HttpRequest& request) {
  std::string_view rest = origin_form(request.target);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  if (question != std::string_view::npos) request.query = rest.substr(question + 1);
  if (request.path.empty()) request.path = "/";
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

void HeadParser::reset() {
  reader_.reset();
  parser_.emplace();
  parser_->header_limit(2 * HeadReader::kLimitBytes);  // The reader's limit comes first.
  parser_->body_limit(boost::none);  // Checked by the session, where the peer's words are known.
  parsed_ = 0;
  outcome_ = Outcome::kMore;
  refusal_ = Refusal();
}

std::size_t HeadParser::feed(std::string_view bytes) {
  const std::size_t taken = reader_.feed(bytes);
  parse(reader_.request_line());
  if (outcome_ == Outcome::kRefused) return taken;
  switch (reader_.state()) {
    case HeadReader::State::kMore: break;
    case HeadReader::State::kComplete:
      parse(reader_.text());
      if (outcome_ != Outcome::kRefused) check_framing();
      break;
    case HeadReader::State::kMalformed: refuse(400, "malformed request head"); break;
    case HeadReader::State::kLineTooLong: refuse(414, "the request line is too long"); break;
    case HeadReader::State::kTooLarge: refuse(431, "the request header is too large"); break;
  }
  return taken;
}

/// Gives the parser what it has not had of the beginning of the text.
void HeadParser::parse(std::string_view beginning) {
  if (beginning.size() <= parsed_) return;
  const std::string_view fresh = beginning.substr(parsed_);
  boost::system::error_code error;
  parsed_ += parser_->put(boost::asio::buffer(fresh.data(), fresh.size()), error);
  if (error && error != http::error::need_more) refuse(400, error.message());
}

void HeadParser::check_framing() {
  if (!parser_->is_header_done()) return refuse(400, "malformed request head");
  const auto& message = parser_->get();
  const auto codings = message.equal_range(http::field::transfer_encoding);
  const auto count = std::distance(codings.first, codings.second);
  if (count > 0) {
    if (message.version() < 11) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (count > 1 || lower_case(codings.first->value()) != "chunked") {
      return refuse(400, "unsupported Transfer-Encoding");
    }
  }
  outcome_ = Outcome::kComplete;
}

void HeadParser::refuse(int status, std::string reason) {
  outcome_ = Outcome::kRefused;
  refusal_ = {.status = status, .reason = std::move(reason)};
}

RequestHead HeadParser::take() {
  const auto& message = parser_->get();
  RequestHead head;
  HttpRequest& request = head.request;
  request.method = message.method_string();
  request.target = message.target();
  request.version = static_cast<int>(message.version());
  for (const auto& field : message) {
    request.headers.emplace_back(lower_case(field.name_string()), field.value());
  }
  split_target(request);
  head.keep_alive = parser_->keep_alive();
  head.chunked = parser_->chunked();
  if (const auto length = parser_->content_length()) head.length = *length;
  const std::string* expect = request.header("expect");
  head.expects_continue =
      expect != nullptr && lower_case(*expect) == "100-continue" && request.version == 11;
  return head;
}

}  // namespace alidade::net::detail
