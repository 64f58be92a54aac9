// Hybrid search: what is near in meaning and what holds the very words, fused by their ranks.
//
//   hybrid_search [QUESTION]      the server is QDRANT_URL
//
// The vectors come from the embedder named by EMBEDDER (gemini, openai, ollama, …) and its environment; without one from
// hashed words, which need no network.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "alidade/embed.h"
#include "alidade/qdrant.h"

namespace embed = alidade::embed;
namespace qdrant = alidade::qdrant;
using qdrant::field;

namespace {

const std::vector<std::string> kTexts = {
    "An alidade turns on a circle and measures the direction to a far object.",
    "The sextant measures the angle between the horizon and a star.",
    "A compass needle follows the magnetic field of the earth.",
    "Surveyors use a theodolite to measure horizontal and vertical angles.",
    "Error E1042 means that the reference star left the field of view.",
    "Calibration of the circle removes the eccentricity of its axis.",
};

embed::Embedder make_embedder() {
  const char* name = std::getenv("EMBEDDER");
  const auto provider = embed::provider_named(name == nullptr ? "hashing" : name);
  if (!provider) {
    alidade::client::throw_error({.message = std::string("EMBEDDER: no provider is named '") + name + "'"});
  }
  return embed::Embedder::make(embed::EmbedderOptions::from_environment(*provider).value()).value();
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string question = argc > 1 ? argv[1] : "what does E1042 say about the star";
  const embed::Embedder embedder = make_embedder();
  std::printf("vectors: %s (%s)\n", std::string(to_text(embedder.provider())).c_str(), embedder.model().c_str());
  const embed::Embeddings vectors = embedder.embed_documents(kTexts).value();

  const auto client = qdrant::Client::make(qdrant::ClientOptions::from_environment().value()).value();
  client.delete_collection("manual").value();
  client.create_collection("manual", {.vectors = qdrant::VectorParams{.size = vectors.dimensions}}).value();
  const auto manual = client.collection("manual");
  manual.create_index("text", {.type = qdrant::IndexType::kText, .tokenizer = "word", .lowercase = true}).value();
  qdrant::PointBatch batch;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    batch.add(i, vectors.row(i), qdrant::Json(qdrant::Json::Object{{"text", kTexts[i]}}));
  }
  manual.upsert(batch).value();

  const qdrant::VectorInput asked(embedder.embed_query(question).value());
  const auto hits = manual
                        .query({.query = qdrant::Query::rrf({.k = 60}),
                                .prefetch = {{.query = qdrant::Query(asked), .limit = 5},
                                             {.query = qdrant::Query(asked),
                                              .filter = field("text").text_any(question),
                                              .limit = 5}},
                                .limit = 3,
                                .with_payload = qdrant::WithPayload::include({"text"})})
                        .value();
  std::printf("%s\n", question.c_str());
  for (const auto& hit : hits) std::printf("  %.4f  %s\n", hit.score, hit.payload.find("text")->if_string()->c_str());
  client.delete_collection("manual").value();
  return 0;
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
