#include "alidade/chroma/options.h"

#include "chroma/codec.h"
#include "core/environment.h"
#include "core/text.h"

namespace alidade::chroma::inline v0 {

namespace {

std::optional<std::string> variable(const char* name) {
  std::string value = client::core::environment_or(name, "");
  return value.empty() ? std::nullopt : std::optional(std::move(value));
}

// A bare host has Chroma's port.
std::string with_port(const std::string& host) {
  if (host.find("://") != std::string::npos) return host;
  const bool has_port = host.find(':', host.rfind(']') == std::string::npos ? 0 : host.rfind(']')) != std::string::npos;
  return "http://" + host + (has_port ? "" : ":8000");
}

}  // namespace

Auth Auth::basic(std::string_view user, std::string_view password) {
  return header("Authorization", "Basic " + client::core::base64(std::string(user) + ":" + std::string(password)));
}
Auth Auth::bearer(std::string_view token) { return header("Authorization", "Bearer " + std::string(token)); }
Auth Auth::chroma_token(std::string_view token) { return header("x-chroma-token", std::string(token)); }

Auth Auth::header(std::string name, std::string value) {
  Auth auth;
  auth.header_ = client::Header{std::move(name), std::move(value), true};
  return auth;
}

Result<ClientOptions> ClientOptions::from_env() {
  ClientOptions options;
  if (const auto endpoint = variable("CHROMA_ENDPOINT")) {
    options.endpoint = *endpoint;
  } else if (const auto host = variable("CHROMA_HOST")) {
    options.endpoint = with_port(*host);
  }
  options.tenant = variable("CHROMA_TENANT").value_or(std::string(kDefaultTenant));
  options.database = variable("CHROMA_DATABASE").value_or(std::string(kDefaultDatabase));
  if (auto read = client::core::read_environment(options.retry, options.connection); !read) return std::move(read).error();
  return options;
}

Result<ClientOptions> ClientOptions::from_cloud_env() {
  const auto key = variable("CHROMA_API_KEY");
  if (!key) return invalid("CHROMA_API_KEY is not set");
  ClientOptions options = cloud_admin(*key);
  if (const auto endpoint = variable("CHROMA_ENDPOINT")) options.endpoint = *endpoint;
  options.tenant = variable("CHROMA_TENANT");
  options.database = variable("CHROMA_DATABASE");
  return options;
}

ClientOptions ClientOptions::cloud(std::string_view api_key, std::string database) {
  ClientOptions options = cloud_admin(api_key);
  options.database = std::move(database);
  return options;
}

ClientOptions ClientOptions::cloud_admin(std::string_view api_key) {
  ClientOptions options;
  options.endpoint = kCloudEndpoint;
  options.auth = Auth::chroma_token(api_key);
  return options;
}

}  // namespace alidade::chroma::inline v0
