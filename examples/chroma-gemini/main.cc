// A Chroma application with Gemini embeddings: store documents, ask questions, filter, change, delete.
// Settings: .env.example. Started by scripts/test-all.sh, or by hand after scripts/setup.sh.

#include <cstdio>

#include "demo.h"

namespace chroma = alidade::chroma;
namespace embed = alidade::embed;

int main() try {
  const demo::Settings settings = demo::read_settings();
  const auto client = chroma::Client::make(settings.chroma).value();
  const auto embedder = embed::Embedder::make(settings.gemini).value();
  client.heartbeat().value();
  std::printf("database: %s, version %s\n", settings.chroma.endpoint.c_str(), client.version().value().c_str());

  chroma::NewCollection what;
  what.configuration = chroma::CollectionConfiguration{.hnsw = chroma::HnswOptions{.space = chroma::Space::kCosine}};
  what.metadata = chroma::Metadata{{"made_by", "chroma-gemini"}};
  const auto collection = client.get_or_create_collection("demo_documents", what).value();

  std::printf("stored %zu documents\n", demo::store(collection, embedder, demo::documents()).value());
  std::printf("the collection holds %llu\n", static_cast<unsigned long long>(collection.count().value()));

  demo::ask(collection, embedder, "How long are idle connections kept?", {.n_results = 3}).value();
  demo::ask(collection, embedder, "What happens when a request fails?",
            {.n_results = 3, .where = chroma::Key("topic") == "reliability"})
      .value();
  demo::ask(collection, embedder, "How do I send many texts?",
            {.n_results = 3, .where = chroma::Key("level") <= 2 && chroma::Key("topic") != "operations"})
      .value();

  // Metadata is merged: the title and the topic stay.
  collection.update({.ids = {"containers"}, .metadatas = {chroma::Metadata{{"level", 3}}}}).value();
  const auto changed = collection.get({.ids = std::vector<std::string>{"containers"}}).value();
  std::printf("containers has level %lld now\n",
              static_cast<long long>(*changed.metadatas->at(0)->at("level").get_if<std::int64_t>()));
  std::printf("deleted %llu\n", static_cast<unsigned long long>(
                                    collection.remove({.ids = std::vector<std::string>{"containers"}}).value()));

  client.delete_collection("demo_documents").value();
  std::printf("done\n");
  return 0;
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
