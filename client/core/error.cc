#include "alidade/client/error.h"

#include <array>
#include <utility>

namespace alidade::client::inline v0 {

namespace {

constexpr std::array<std::string_view, 20> kNames = {
    "invalid argument", "no connection", "TLS failed", "connection broke", "timed out", "cancelled",
    "answer too large", "answer not understood", "tenant or database not known", "not authenticated",
    "permission denied", "not found", "already exists", "precondition failed", "rate limited", "rejected",
    "not implemented by the server", "server not available", "server error", "redirect not followed"};
static_assert(kNames.size() == static_cast<std::size_t>(ErrorKind::kRedirect) + 1);

}  // namespace

std::string_view to_text(ErrorKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

ErrorKind kind_of_status(int status) {
  switch (status) {
    case 401: return ErrorKind::kUnauthenticated;
    case 403: return ErrorKind::kPermissionDenied;
    case 404: return ErrorKind::kNotFound;
    case 409: return ErrorKind::kAlreadyExists;
    case 412: return ErrorKind::kPreconditionFailed;
    case 429: return ErrorKind::kRateLimited;
    case 501: return ErrorKind::kUnimplemented;
    case 502:
    case 503:
    case 504: return ErrorKind::kUnavailable;
    default: break;
  }
  if (status >= 500) return ErrorKind::kServer;
  return status >= 400 ? ErrorKind::kRejected : ErrorKind::kRedirect;
}

std::string Error::to_text() const {
  std::string text(client::to_text(kind));
  if (status != 0 || !name.empty()) {
    text += " (";
    if (status != 0) text += std::to_string(status);
    if (status != 0 && !name.empty()) text += ' ';
    text += name;
    text += ')';
  }
  if (!message.empty()) text.append(": ").append(message);
  if (attempts > 1) text.append(" [").append(std::to_string(attempts)).append(" attempts]");
  if (!request_id.empty()) text.append(" [request ").append(request_id).append("]");
  return text;
}

Exception::Exception(Error error) : std::runtime_error(error.to_text()), error_(std::move(error)) {}
Exception::~Exception() = default;

void throw_error(const Error& error) { throw Exception(error); }

}  // namespace alidade::client::inline v0
