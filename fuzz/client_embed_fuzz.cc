// What an embedding provider, or whoever sits in between, answers: the first byte chooses the provider and the form of the
// request, the second how many texts there were, the rest is the body.

#include <array>
#include <cmath>

#include "embed/provider.h"
#include "fuzz/support/fuzz.h"

namespace alidade::fuzz {
namespace {

using client::ErrorKind;
using embed::Provider;

constexpr std::array kProviders = {Provider::kGemini, Provider::kOpenAi, Provider::kOllama, Provider::kCohere,
                                   Provider::kJina,   Provider::kVoyage, Provider::kTei,    Provider::kQdrantInference};

void read(std::uint8_t form, std::size_t count, std::string_view body) {
  const embed::ProviderRow& row = embed::row_of(kProviders[form % kProviders.size()]);
  const bool single = form >= 128;
  const std::vector<embed::Input> inputs(single ? 1 : count);
  const embed::EmbedderOptions options{.provider = row.provider};
  const auto result =
      embed::read_embeddings(body, row.shape({options, inputs, embed::InputKind::kDocument, single}), inputs.size());
  if (!result) {
    require(result.error().kind == ErrorKind::kBadAnswer, "a bad answer is called one", result.error().to_text());
    require(!result.error().message.empty(), "an error says why", "");
    return;
  }
  require(result->dimensions > 0 && result->values.size() == inputs.size() * result->dimensions,
          "there is a row for each text", body);
  for (const float value : result->values) require(std::isfinite(value), "values are numbers", body);
}

void refuse(std::string_view body) {
  client::HttpResponse response;
  response.status = 429;
  response.body = body;
  client::Error error;
  embed::read_error(response, error);
  require(!error.message.empty(), "a refusal is told", body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);
  read(data[0], std::size_t{1} + data[1] % 8, body);
  refuse(body);
  return 0;
}

}  // namespace alidade::fuzz
