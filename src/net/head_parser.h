#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/head_reader.h"
#include "net/http.h"

/// Internal to `net`: brings in Beast.
namespace alidade::net::detail {

/// ASCII letters in lower case, as names of headers are compared.
std::string lower_case(std::string_view text);

/// What the head of a request says.
struct RequestHead {
  HttpRequest request;  // Without a body, remote_address and cancelled.
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> length;  // Content-Length.
};

/// Reads the head of one request on Boost.Beast's parser; HeadReader puts right before what Beast
/// does not take and the peers do. The parser gets the request line as soon as it is there, so that
/// what is no HTTP is told at once, and the rest when it is whole: given pieces, it would say
/// different things at different cuts. One thread at a time.
///
/// Refused, because programs in front of this server may read it differently, and then disagree on
/// where a request ends: a carriage return without a line feed, folded header lines, blanks before
/// the colon, Content-Length beside Transfer-Encoding or twice with different numbers, any
/// Transfer-Encoding but one "chunked", and any at all in HTTP/1.0.
class HeadParser {
 public:
  enum class Outcome {
    kMore,
    kComplete,
    kRefused,  // See refusal().
  };
  struct Refusal {
    int status = 400;  // 400, 414 or 431.
    std::string reason;
  };

  HeadParser() { reset(); }
  /// Begins with the next request.
  void reset();
  /// Takes bytes until the head is complete or refused. @return how many it took.
  std::size_t feed(std::string_view bytes);
  Outcome outcome() const { return outcome_; }
  const Refusal& refusal() const { return refusal_; }
  /// Whether anything but empty lines has come.
  bool started() const { return reader_.started(); }
  /// Bytes of the head that are held.
  std::size_t held_bytes() const { return reader_.text().size(); }
  /// When complete. Call it once.
  RequestHead take();

 private:
  void parse(std::string_view beginning);
  void check_framing();
  void refuse(int status, std::string reason);

  HeadReader reader_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;
  std::size_t parsed_ = 0;  // Bytes of the text that the parser has taken.
  Outcome outcome_ = Outcome::kMore;
  Refusal refusal_;
};

}  // namespace alidade::net::detail
