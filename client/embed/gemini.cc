#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "embed/provider.h"

// Gemini API, models.embedContent and models.batchEmbedContents.

namespace alidade::embed::inline v0 {
namespace {

using client::Json;

std::string_view bare_model(const EmbedderOptions& options) {
  std::string_view model = options.model;
  if (model.starts_with("models/")) model.remove_prefix(7);
  return model;
}

/// The second generation takes no taskType: the task stands in front of the text.
bool takes_task(std::string_view model) { return !model.starts_with("gemini-embedding-2"); }

std::string prefixed(const Input& input, const Request& request) {
  if (request.kind == InputKind::kQuery) {
    return "task: " + std::string(request.task("", "search result")) + " | query: " + input.text;
  }
  return "title: " + (input.title.empty() ? "none" : input.title) + " | text: " + input.text;
}

Json content(const Request& request, const Input& input) {
  const std::string_view model = bare_model(request.options);
  const bool has_task = takes_task(model);
  Json part;
  part.set("text", has_task ? input.text : prefixed(input, request));
  Json parts;
  parts.push_back(std::move(part));
  Json body;
  body.set("model", "models/" + std::string(model));
  body.set("content", Json::object()).set("parts", std::move(parts));
  if (has_task) {
    body.set("taskType", request.task("RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"));
    if (!input.title.empty()) body.set("title", input.title);
  }
  if (request.options.dimensions) body.set("outputDimensionality", *request.options.dimensions);
  return body;
}

std::string path(const Request& request) {
  return "/v1beta/models/" + client::core::percent_encode(bare_model(request.options)) +
         (request.single ? ":embedContent" : ":batchEmbedContents");
}

Json body(const Request& request) {
  if (request.single) return content(request, request.inputs.front());
  Json requests;
  for (const Input& input : request.inputs) requests.push_back(content(request, input));
  Json all;
  all.set("requests", std::move(requests));
  return all;
}

AnswerShape shape(const Request& request) {
  if (request.single) return {.list = "/embedding", .vector = "values"};
  return {.list = "/embeddings", .vector = "values"};
}

/// Passes every request on; an answer that names a delay in its body gets it as a header.
class DelayOfBody final : public client::Transport {
 public:
  explicit DelayOfBody(std::shared_ptr<client::Transport> inner) : inner_(std::move(inner)) {}

  Result<client::HttpResponse> send(const client::HttpRequest& request) override {
    auto response = inner_->send(request);
    if (response && (response->status == 429 || response->status == 503) && response->header("retry-after").empty()) {
      if (const double delay_s = delay_of(response->body); delay_s > 0) {
        response->headers.push_back({"retry-after", std::to_string(static_cast<std::int64_t>(std::ceil(delay_s))), false});
      }
    }
    return response;
  }

 private:
  /// error.details[] with "retryDelay": "17s" (google.rpc.RetryInfo); 0 when there is none.
  static double delay_of(const std::string& body) {
    const auto json = Json::parse(body);
    const Json* error = json ? json->find("error") : nullptr;
    const Json* details = error == nullptr ? nullptr : error->find("details");
    const Json::Array* list = details == nullptr ? nullptr : details->if_array();
    if (list == nullptr) return 0;
    for (const Json& detail : *list) {
      const Json* delay = detail.find("retryDelay");
      const std::string* text = delay == nullptr ? nullptr : delay->if_string();
      if (text != nullptr && text->ends_with('s')) {
        constexpr double kYear = 365.0 * 24 * 3600;
        const double seconds = std::strtod(text->c_str(), nullptr);
        return std::isfinite(seconds) ? std::clamp(seconds, 0.0, kYear) : 0;
      }
    }
    return 0;
  }

  const std::shared_ptr<client::Transport> inner_;
};

}  // namespace

const ProviderRow kGeminiRow = {.provider = Provider::kGemini,
                                .name = "gemini",
                                .default_model = "gemini-embedding-001",
                                .default_url = "https://generativelanguage.googleapis.com",
                                .key_variables = {"GOOGLE_API_KEY", "GEMINI_API_KEY"},
                                .url_variable = "GOOGLE_GEMINI_BASE_URL",
                                .batch_limit = 100,
                                .key_header = "x-goog-api-key",
                                .needs_key = true,
                                .takes_titles = true,
                                .path = path,
                                .body = body,
                                .shape = shape};

std::shared_ptr<client::Transport> with_retry_delay_of_body(std::shared_ptr<client::Transport> transport) {
  return std::make_shared<DelayOfBody>(std::move(transport));
}

}  // namespace alidade::embed::inline v0
