#include "embed/provider.h"

namespace alidade::embed::inline v0 {
namespace {

using client::Json;

/// These models were trained with a word for the kind in front of the text.
std::string_view prefix_of(const Request& request) {
  const std::string_view model = request.options.model;
  const std::string& own =
      request.kind == InputKind::kQuery ? request.options.query_task : request.options.document_task;
  if (!own.empty()) return own;
  if (model.starts_with("nomic-embed-text")) return request.task("search_document: ", "search_query: ");
  if (model.starts_with("embeddinggemma")) {
    return request.task("title: none | text: ", "task: search result | query: ");
  }
  return "";
}

std::string path(const Request&) { return "/api/embed"; }

Json body(const Request& request) {
  Json body;
  body.set("model", request.options.model);
  Json texts = Json::array();
  for (const Input& input : request.inputs) texts.push_back(std::string(prefix_of(request)) + input.text);
  body.set("input", std::move(texts));
  // Ollama cuts silently unless told otherwise.
  body.set("truncate", request.options.truncate);
  if (request.options.dimensions) body.set("dimensions", *request.options.dimensions);
  return body;
}

AnswerShape shape(const Request&) { return {.list = "/embeddings", .tokens = "/prompt_eval_count"}; }

}  // namespace

const ProviderRow kOllamaRow = {.provider = Provider::kOllama,
                                .name = "ollama",
                                .default_model = "nomic-embed-text",
                                .default_url = "http://127.0.0.1:11434",
                                .key_variables = {"OLLAMA_API_KEY", nullptr},
                                .url_variable = "OLLAMA_HOST",
                                .batch_limit = 512,
                                .key_header = "Authorization",
                                .needs_key = false,
                                .takes_titles = false,
                                .path = path,
                                .body = body,
                                .shape = shape};

}  // namespace alidade::embed::inline v0
