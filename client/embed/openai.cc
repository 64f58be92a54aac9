#include "embed/provider.h"

// OpenAI's /embeddings, and the two providers that took over its shape: Jina and Voyage.

namespace alidade::embed::inline v0 {
namespace {

using client::Json;

std::string path(const Request&) { return "/embeddings"; }

AnswerShape shape(const Request&) {
  return {.list = "/data", .vector = "embedding", .has_index = true, .tokens = "/usage/total_tokens"};
}

Json base(const Request& request) {
  Json body;
  body.set("model", request.options.model);
  body.set("input", texts_of(request));
  return body;
}

Json openai_body(const Request& request) {
  Json body = base(request);
  // A third of the bytes of a list of numbers; servers that do not know it answer with the list.
  body.set("encoding_format", "base64");
  if (request.options.dimensions) body.set("dimensions", *request.options.dimensions);
  return body;
}

Json jina_body(const Request& request) {
  Json body = base(request);
  body.set("task", request.task("retrieval.passage", "retrieval.query"));
  body.set("normalized", request.options.normalize);
  if (request.options.dimensions) body.set("dimensions", *request.options.dimensions);
  if (request.options.truncate) body.set("truncate", true);
  return body;
}

Json voyage_body(const Request& request) {
  Json body = base(request);
  body.set("input_type", request.task("document", "query"));
  body.set("truncation", request.options.truncate);
  if (request.options.dimensions) body.set("output_dimension", *request.options.dimensions);
  return body;
}

}  // namespace

const ProviderRow kOpenAiRow = {.provider = Provider::kOpenAi,
                                .name = "openai",
                                .default_model = "text-embedding-3-small",
                                .default_url = "https://api.openai.com/v1",
                                .key_variables = {"OPENAI_API_KEY", nullptr},
                                .url_variable = "OPENAI_BASE_URL",
                                .batch_limit = 2048,
                                .key_header = "Authorization",
                                // Local look-alikes have none.
                                .needs_key = false,
                                .takes_titles = false,
                                .path = path,
                                .body = openai_body,
                                .shape = shape};

const ProviderRow kJinaRow = {.provider = Provider::kJina,
                              .name = "jina",
                              .default_model = "jina-embeddings-v3",
                              .default_url = "https://api.jina.ai/v1",
                              .key_variables = {"JINA_API_KEY", nullptr},
                              .url_variable = "JINA_BASE_URL",
                              .batch_limit = 512,
                              .key_header = "Authorization",
                              .needs_key = true,
                              .takes_titles = false,
                              .path = path,
                              .body = jina_body,
                              .shape = shape};

const ProviderRow kVoyageRow = {.provider = Provider::kVoyage,
                                .name = "voyage",
                                .default_model = "voyage-3.5",
                                .default_url = "https://api.voyageai.com/v1",
                                .key_variables = {"VOYAGE_API_KEY", nullptr},
                                .url_variable = "VOYAGE_BASE_URL",
                                // Newer models take more; every one takes this.
                                .batch_limit = 128,
                                .key_header = "Authorization",
                                .needs_key = true,
                                .takes_titles = false,
                                .path = path,
                                .body = voyage_body,
                                .shape = shape};

}  // namespace alidade::embed::inline v0
