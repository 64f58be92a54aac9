#include "net/response_writer.h"

#include <utility>

namespace alidade::net {
namespace {

/// Pictures and films are packed already; a drawing in SVG is text.
bool is_packed(std::string_view content_type) {
  return content_type.starts_with("video/") ||
         (content_type.starts_with("image/") && !content_type.starts_with("image/svg"));
}

bool has_header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return true;
  }
  return false;
}

bool is_single_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  if (!is_single_line(name) || !is_single_line(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

bool has_no_body(int status) { return status == 204 || status == 304 || status < 200; }

/// A part of a text keeps its form: its range counts the bytes of the whole.
bool is_compressible(const HttpResponse& response) {
  return !response.body.empty() && !has_no_body(response.status) && response.status != 206 &&
         !is_packed(response.content_type) && !has_header(response, "content-encoding");
}

}  // namespace

bool wants_compression(const WireContext& context, const HttpResponse& response) {
  return context.coding == Coding::kGzip && is_compressible(response);
}

void compress_answer(const WireContext& context, HttpResponse& response) {
  if (!wants_compression(context, response)) return;
  response.body = gzip_compress(response.body);
  response.headers.emplace_back("vary", "accept-encoding");
  response.headers.emplace_back("content-encoding", "gzip");
}

void keep_headers(HttpResponse& thrown_away, HttpResponse& instead) {
  for (Header& header : thrown_away.headers) {
    const bool of_the_body = header.first.starts_with("content-");
    if (!of_the_body && !has_header(instead, header.first)) {
      instead.headers.push_back(std::move(header));
    }
  }
}

std::string write_head(const WireContext& context,
                       const HttpResponse& response,
                       bool close,
                       std::string_view date_line) {
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.").append(context.version == 10 ? "0 " : "1 ");
  out.append(std::to_string(response.status)).append(" ").append(status_text(response.status));
  out.append("\r\n");
  if (!has_no_body(response.status)) {
    append_header(out, "content-length", std::to_string(response.body.size()));
  }
  if (close) {
    append_header(out, "connection", "close");
  } else if (context.version == 10) {
    append_header(out, "connection", "keep-alive");
  }
  if (!response.content_type.empty()) append_header(out, "content-type", response.content_type);
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  out.append(date_line).append("\r\n");
  return out;
}

}  // namespace alidade::net
