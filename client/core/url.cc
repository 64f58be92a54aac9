#include "core/url.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

#include "core/text.h"

namespace alidade::client::inline v0::core {

namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

// The part, "" when there is none.
std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::string origin(const Url& url) {
  const std::string scheme = lower(part(url, CURLUPART_SCHEME));
  const std::string port = part(url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  return scheme + "://" + lower(part(url, CURLUPART_HOST)) + (port.empty() ? "" : ":" + port);
}

bool is_http(const Url& url) {
  const std::string scheme = lower(part(url, CURLUPART_SCHEME));
  return scheme == "http" || scheme == "https";
}

Error failed(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const bool has_scheme = text.find("://") != std::string_view::npos;
  const std::string whole = (has_scheme ? "" : "http://") + std::string(text);
  const Url url(curl_url());
  if (text.empty() || curl_url_set(url.get(), CURLUPART_URL, whole.c_str(), 0) != CURLUE_OK || !is_http(url)) {
    return failed(ErrorKind::kInvalidArgument, "the endpoint is no http or https URL");
  }
  if (!part(url, CURLUPART_QUERY).empty() || !part(url, CURLUPART_FRAGMENT).empty()) {
    return failed(ErrorKind::kInvalidArgument, "the endpoint may have a path, but no query and no fragment");
  }
  Endpoint endpoint;
  endpoint.origin = origin(url);
  endpoint.prefix = part(url, CURLUPART_PATH);
  while (endpoint.prefix.ends_with('/')) endpoint.prefix.pop_back();
  endpoint.user = part(url, CURLUPART_USER, CURLU_URLDECODE);
  endpoint.password = part(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
  return endpoint;
}

Result<Target> resolve_redirect(const std::string& from, const std::string& location) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, from.c_str(), 0) != CURLUE_OK) {
    return failed(ErrorKind::kRedirect, "the request had no URL to start from");
  }
  const std::string before = origin(url);
  if (location.empty() || curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK || !is_http(url)) {
    return failed(ErrorKind::kRedirect, "the redirect leads to no http or https URL");
  }
  Target target;
  // A user part in a Location is no credential of ours.
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  target.url = part(url, CURLUPART_URL);
  const std::string after = origin(url);
  target.same_origin = before == after;
  if (before.starts_with("https:") && !after.starts_with("https:")) {
    return failed(ErrorKind::kRedirect, "the redirect leads from https to http");
  }
  return target;
}

}  // namespace alidade::client::inline v0::core
