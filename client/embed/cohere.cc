#include "embed/provider.h"

namespace alidade::embed::inline v0 {
namespace {

using client::Json;

std::string path(const Request&) { return "/v2/embed"; }

Json body(const Request& request) {
  Json body;
  body.set("model", request.options.model);
  body.set("texts", texts_of(request));
  body.set("input_type", request.task("search_document", "search_query"));
  body.set("embedding_types", Json::array()).push_back("float");
  body.set("truncate", request.options.truncate ? "END" : "NONE");
  if (request.options.dimensions) body.set("output_dimension", *request.options.dimensions);
  return body;
}

AnswerShape shape(const Request&) {
  return {.list = "/embeddings/float", .tokens = "/meta/billed_units/input_tokens"};
}

}  // namespace

const ProviderRow kCohereRow = {.provider = Provider::kCohere,
                                .name = "cohere",
                                .default_model = "embed-v4.0",
                                .default_url = "https://api.cohere.com",
                                .key_variables = {"CO_API_KEY", "COHERE_API_KEY"},
                                .url_variable = "CO_API_URL",
                                .batch_limit = 96,
                                .key_header = "Authorization",
                                .needs_key = true,
                                .takes_titles = false,
                                .path = path,
                                .body = body,
                                .shape = shape};

}  // namespace alidade::embed::inline v0
