#include <algorithm>
#include <array>

#include "core/environment.h"
#include "embed/provider.h"

namespace alidade::embed::inline v0 {
namespace {

constexpr std::array kRows = {&kGeminiRow, &kOpenAiRow, &kOllamaRow,          &kCohereRow, &kJinaRow,
                              &kVoyageRow, &kTeiRow,    &kQdrantInferenceRow, &kHashingRow};

std::string first_set(const std::array<const char*, 2>& variables) {
  for (const char* variable : variables) {
    if (variable == nullptr) continue;
    if (std::string value = client::core::environment_or(variable, ""); !value.empty()) return value;
  }
  return {};
}

}  // namespace

const ProviderRow& row_of(Provider provider) {
  for (const ProviderRow* row : kRows) {
    if (row->provider == provider) return *row;
  }
  return kHashingRow;
}

std::string_view to_text(Provider provider) { return row_of(provider).name; }

std::optional<Provider> provider_named(std::string_view name) {
  for (const ProviderRow* row : kRows) {
    if (row->name == name) return row->provider;
  }
  return std::nullopt;
}

client::ConnectionOptions EmbedderOptions::default_connection() {
  client::ConnectionOptions connection;
  connection.connect_timeout = std::chrono::milliseconds(30000);
  connection.request_timeout = std::chrono::milliseconds(60000);
  connection.max_idle_connections = 10;
  connection.idle_timeout = std::chrono::seconds(90);
  connection.tcp_keepalive = std::chrono::seconds(60);
  connection.accept_compressed = true;
  return connection;
}

Result<EmbedderOptions> EmbedderOptions::from_environment(Provider provider) {
  const ProviderRow& row = row_of(provider);
  EmbedderOptions options;
  options.provider = provider;
  options.api_key = first_set(row.key_variables);
  if (row.url_variable != nullptr) options.url = client::core::environment_or(row.url_variable, "");
  if (auto read = client::core::read_environment(options.retry, options.connection); !read) {
    return std::move(read).error();
  }
  return options;
}

client::Json texts_of(const Request& request) {
  client::Json texts = client::Json::array();
  for (const Input& input : request.inputs) texts.push_back(input.text);
  return texts;
}

void read_error(const client::HttpResponse& response, Error& error) {
  // 408 is the provider's own time-out: worth another try, as one of ours.
  if (response.status == 408) error.kind = ErrorKind::kTimeout;
  if (const auto json = client::Json::parse(response.body)) {
    const client::Json* outer = json->find("error");
    const client::Json* holder = outer != nullptr && outer->is_object() ? outer : &*json;
    for (const char* key : {"message", "error", "detail"}) {
      const client::Json* found = holder->find(key);
      if (found == nullptr || found->is_null()) continue;
      error.message = found->is_string() ? *found->if_string() : found->to_text();
      break;
    }
    // Gemini, OpenAI, TEI.
    for (const char* key : {"status", "code", "error_type"}) {
      const client::Json* found = holder->find(key);
      if (found != nullptr && found->is_string()) {
        error.name = *found->if_string();
        break;
      }
    }
  }
  if (error.message.empty()) error.message = response.body.substr(0, 500);
  if (error.message.empty()) error.message = "HTTP status " + std::to_string(response.status);
}

}  // namespace alidade::embed::inline v0
