#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "alidade/client/hooks.h"
#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/client/transport.h"

namespace alidade::chroma::inline v0 {

using client::CallOptions;
using client::Error;
using client::ErrorKind;
using client::Result;

inline constexpr std::string_view kLocalEndpoint = "http://localhost:8000";
inline constexpr std::string_view kCloudEndpoint = "https://api.trychroma.com";
inline constexpr std::string_view kDefaultTenant = "default_tenant";
inline constexpr std::string_view kDefaultDatabase = "default_database";

/// How a client says who it is. The values never reach a log or an error text.
class ALIDADE_API Auth {
 public:
  /// No credentials.
  Auth() = default;
  static Auth none() { return {}; }
  static Auth basic(std::string_view user, std::string_view password);
  /// Authorization: Bearer …
  static Auth bearer(std::string_view token);
  /// X-Chroma-Token: … (Chroma Cloud, and servers with that header configured).
  static Auth chroma_token(std::string_view token);
  /// A header of the caller's choice.
  static Auth header(std::string name, std::string value);

  const std::optional<client::Header>& header() const { return header_; }

 private:
  std::optional<client::Header> header_;
};

/// How vectors travel in add, update and upsert.
enum class EmbeddingEncoding : std::uint8_t {
  kAuto,    ///< base64 when the server says that it reads it; asked once, with the first write.
  kJson,    ///< Lists of numbers, which every server reads.
  kBase64,  ///< A quarter of the bytes and a tenth of the work.
};

struct ALIDADE_API ClientOptions {
  /// http or https, with an optional "user:password@" for basic authentication and an optional path.
  std::string endpoint{kLocalEndpoint};
  Auth auth = {};
  /// Without them the server is asked whose the credentials are, with the first call that needs to know.
  std::optional<std::string> tenant = {};
  std::optional<std::string> database = {};
  client::RetryOptions retry = {};
  client::ConnectionOptions connection = {};
  client::Hooks hooks = {};
  EmbeddingEncoding embedding_encoding = EmbeddingEncoding::kAuto;
  /// Threads for futures, callbacks and bulk loads, at most; they start when needed.
  std::size_t async_threads = 8;
  /// Carries the requests instead of libcurl; `connection` then counts for time-outs and redirects only.
  std::shared_ptr<client::Transport> transport = {};

  /// CHROMA_ENDPOINT or CHROMA_HOST (a bare host is http, port 8000), CHROMA_TENANT or "default_tenant",
  /// CHROMA_DATABASE or "default_database"; and of the further names MAX_RETRIES, RETRY_DELAY_MS,
  /// CONNECTION_TIMEOUT_MS and REQUEST_TIMEOUT_MS those that are set.
  /// @return kInvalidArgument when one of them cannot be read.
  static Result<ClientOptions> from_env();
  /// CHROMA_API_KEY, which has to be set; CHROMA_ENDPOINT or Chroma Cloud; CHROMA_TENANT and
  /// CHROMA_DATABASE when set.
  static Result<ClientOptions> from_cloud_env();
  /// Chroma Cloud, one database.
  static ClientOptions cloud(std::string_view api_key, std::string database);
  /// Chroma Cloud, for work on databases.
  static ClientOptions cloud_admin(std::string_view api_key);
};

}  // namespace alidade::chroma::inline v0
