#pragma once

#include <string>
#include <string_view>

#include "alidade/client/result.h"

namespace alidade::client::inline v0::core {

/// Where a server is.
struct Endpoint {
  /// "https://host:8000", lower case, with the port unless it is the scheme's.
  std::string origin;
  /// "" or "/prefix", without a slash at the end.
  std::string prefix;
  // What stood before the @, decoded.
  std::string user;
  std::string password;
};

/// Takes "http(s)://[user:password@]host[:port][/prefix]"; a host without a scheme is http.
/// @return kInvalidArgument for anything else. The error does not repeat the user part.
Result<Endpoint> parse_endpoint(std::string_view url);

/// Where a redirect leads from `url`, and whether that is the same origin.
struct Target {
  std::string url;
  bool same_origin = false;
};
/// @return kRedirect when `location` is no http(s) URL or leads from https to http.
Result<Target> resolve_redirect(const std::string& url, const std::string& location);

}  // namespace alidade::client::inline v0::core
