#include "embed/provider.h"

// What a Qdrant server sends to the address of its setting `inference.address`.

namespace alidade::embed::inline v0 {
namespace {

using client::Json;

std::string path(const Request&) { return ""; }

Json body(const Request& request) {
  Json inputs = Json::array();
  for (const Input& input : request.inputs) {
    Json one;
    one.set("data", input.text);
    one.set("data_type", "text");
    one.set("model", request.options.model);
    if (request.options.dimensions) one.set("options", Json::object()).set("dimensions", *request.options.dimensions);
    inputs.push_back(std::move(one));
  }
  Json body;
  body.set("inputs", std::move(inputs));
  body.set("inference", request.task("update", "search"));
  if (!request.options.api_key.empty()) body.set("token", request.options.api_key);
  return body;
}

AnswerShape shape(const Request&) { return {.list = "/embeddings"}; }

}  // namespace

const ProviderRow kQdrantInferenceRow = {.provider = Provider::kQdrantInference,
                                         .name = "qdrant",
                                         .default_model = "sentence-transformers/all-minilm-l6-v2",
                                         .default_url = "",
                                         .key_variables = {"QDRANT_INFERENCE_TOKEN", nullptr},
                                         .url_variable = "QDRANT_INFERENCE_URL",
                                         .batch_limit = 256,
                                         .key_header = "",
                                         .needs_key = false,
                                         .takes_titles = false,
                                         .path = path,
                                         .body = body,
                                         .shape = shape};

}  // namespace alidade::embed::inline v0
