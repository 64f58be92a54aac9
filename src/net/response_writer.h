#pragma once

#include <string>
#include <string_view>

#include "net/http.h"

namespace alidade::net {

/// What of a request decides how its answer goes over the wire.
struct WireContext {
  int version = 11;
  bool keep_alive = false;
  bool is_head = false;
  bool accepts_gzip = false;
};

/// Compresses the body in place when the client takes gzip, the answer is text above about 1 KB and
/// not encoded yet.
void compress_answer(const WireContext& context, HttpResponse& response);

/// Status line and headers up to and with the empty line. Header values with a line break in them
/// are left out: an answer must never be able to forge a second one.
/// @param date_line complete line or "".
std::string write_head(const WireContext& context,
                       const HttpResponse& response,
                       bool close,
                       std::string_view date_line);

}  // namespace alidade::net
