// Chroma in five minutes: a collection, three records, one question. The server is CHROMA_ENDPOINT, or
// http://localhost:8000.

#include <cstdio>

#include "alidade/chroma.h"
#include "alidade/chroma/throwing.h"

int main() {
  using alidade::chroma::Metadata;
  try {
    const auto client = alidade::chroma::throwing::Client::from_env();
    std::printf("server %s\n", client.version().c_str());

    const auto books = client.get_or_create_collection("quickstart");
    books.upsert({
        .ids = {"moby", "emma", "dune"},
        .embeddings = {{0.9F, 0.1F, 0.0F}, {0.0F, 0.9F, 0.2F}, {0.7F, 0.0F, 0.6F}},
        .documents = {"A captain hunts a whale.", "A young woman makes matches.", "A boy inherits a desert."},
        .metadatas = {Metadata{{"year", 1851}}, Metadata{{"year", 1815}}, Metadata{{"year", 1965}}},
    });

    const auto found = books.query({.embeddings = {{1.0F, 0.0F, 0.0F}}, .n_results = 2});
    for (std::size_t i = 0; i < found.ids[0].size(); ++i) {
      std::printf("%-5s %.2f  %s\n", found.ids[0][i].c_str(), static_cast<double>(*(*found.distances)[0][i]),
                  (*found.documents)[0][i]->c_str());
    }
    client.delete_collection("quickstart");
  } catch (const alidade::client::Exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
