#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "alidade/version.h"

namespace alidade::client::inline v0 {

/// What went wrong, for a program to act on. The first group never reached a server or got no whole
/// answer; the second is the server's own refusal, with its status.
enum class ErrorKind : std::uint8_t {
  kInvalidArgument,     ///< The call itself is wrong; nothing was sent.
  kConnection,          ///< No connection: name not found, refused, proxy not reached.
  kTls,                 ///< TLS could not be agreed on, or the certificate was not accepted.
  kTransport,           ///< The connection broke, or the answer ended before its length.
  kTimeout,             ///< A time-out of the options or the deadline of the call passed.
  kCancelled,           ///< The stop token of the call was set.
  kTooLarge,            ///< The answer is longer than ConnectionOptions::max_response_bytes.
  kBadAnswer,           ///< A success whose body is not what the interface promises.
  kUnresolved,          ///< The tenant or the database could not be found out.

  kUnauthenticated,     ///< 401
  kPermissionDenied,    ///< 403
  kNotFound,            ///< 404
  kAlreadyExists,       ///< 409
  kPreconditionFailed,  ///< 412
  kRateLimited,         ///< 429
  kRejected,            ///< Any other 4xx: the server does not take this request.
  kUnimplemented,       ///< 501
  kUnavailable,         ///< 502, 503, 504
  kServer,              ///< Any other 5xx.
  kRedirect,            ///< A redirect that is not followed: too many, not safe, or without a target.
};

/// "kNotFound" without the k, in words: "not found".
ALIDADE_API std::string_view to_text(ErrorKind kind);

/// The kind that belongs to an HTTP status of 300 and above.
ALIDADE_API ErrorKind kind_of_status(int status);

/// Why a call failed. A value: copied, kept and compared by its members.
struct ALIDADE_API Error {
  ErrorKind kind = ErrorKind::kInvalidArgument;
  /// HTTP status of the last answer; 0 when there was none.
  int status = 0;
  /// The server's name of the error ("NotFoundError"), "" when it gave none.
  std::string name = {};
  /// The server's message, or what this side saw.
  std::string message = {};
  /// What the server calls this request (chroma-trace-id, x-request-id), "" when it gave none.
  std::string request_id = {};
  /// How often the request was sent; 0 when it never was.
  int attempts = 0;

  /// One line for people: "not found (404 NotFoundError): Collection [a] does not exist".
  std::string to_text() const;

  friend bool operator==(const Error&, const Error&) = default;
};

/// What Result::value() and the throwing façades throw.
class ALIDADE_API Exception : public std::runtime_error {
 public:
  explicit Exception(Error error);
  ~Exception() override;

  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// Throws Exception. Kept out of line so that the headers stay thin.
[[noreturn]] ALIDADE_API void throw_error(const Error& error);

}  // namespace alidade::client::inline v0
