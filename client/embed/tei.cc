#include "embed/provider.h"

// Hugging Face text-embeddings-inference, its own route. The server loads one model, so requests name none.

namespace alidade::embed::inline v0 {
namespace {

using client::Json;

std::string path(const Request&) { return "/embed"; }

Json body(const Request& request) {
  Json body;
  body.set("inputs", texts_of(request));
  body.set("normalize", request.options.normalize);
  body.set("truncate", request.options.truncate);
  // A prompt of the model's own configuration; models without prompts refuse names.
  if (const std::string_view prompt = request.task("", ""); !prompt.empty()) body.set("prompt_name", prompt);
  return body;
}

AnswerShape shape(const Request&) { return {}; }

}  // namespace

const ProviderRow kTeiRow = {.provider = Provider::kTei,
                             .name = "tei",
                             .default_model = "",
                             .default_url = "http://127.0.0.1:8080",
                             .key_variables = {"TEI_API_KEY", nullptr},
                             .url_variable = "TEI_URL",
                             // What a server takes unless it is started with another --max-client-batch-size; one that
                             // takes less answers 413, and the request is halved.
                             .batch_limit = 32,
                             .key_header = "Authorization",
                             .needs_key = false,
                             .takes_titles = false,
                             .path = path,
                             .body = body,
                             .shape = shape};

}  // namespace alidade::embed::inline v0
