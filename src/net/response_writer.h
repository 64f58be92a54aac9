#pragma once

#include <string>
#include <string_view>

#include "net/gzip.h"
#include "net/http.h"

namespace alidade::net {

/// What of a request decides how its answer goes over the wire.
struct WireContext {
  int version = 11;
  bool keep_alive = false;
  bool is_head = false;
  Coding coding = Coding::kIdentity;
};

/// Whether compress_answer() has something to do: the client asked for gzip, and there is a body
/// that is neither coded already nor a picture or a film. As in the peer its length does not count.
bool wants_compression(const WireContext& context, const HttpResponse& response);

/// Compresses the body in place where wants_compression() says so, and tells caches that the form
/// depends on the request.
void compress_answer(const WireContext& context, HttpResponse& response);

/// Gives the headers of an answer that is thrown away to the one that takes its place, but for those
/// that it has and those that speak of the body: what a face says to browsers holds for both.
void keep_headers(HttpResponse& thrown_away, HttpResponse& instead);

/// Status line and headers up to and with the empty line. Header values with a line break in them
/// are left out: an answer must never be able to forge a second one.
/// @param date_line complete line or "".
std::string write_head(const WireContext& context,
                       const HttpResponse& response,
                       bool close,
                       std::string_view date_line);

}  // namespace alidade::net
