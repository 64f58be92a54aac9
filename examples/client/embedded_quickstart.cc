// The embedded engine: the Chroma client on a data folder in this process. With a URL instead of a folder the same
// program asks a server.
//
//   embedded_quickstart [FOLDER | URL]      default: ./alidade-data

#include <cstdio>
#include <string>

#include "alidade/chroma.h"
#include "alidade/embedded.h"

namespace chroma = alidade::chroma;
namespace embedded = alidade::embedded;
using chroma::Key;

int main(int argc, char** argv) try {
  const std::string place = argc > 1 ? argv[1] : "alidade-data";
  // The only line that differs.
  const chroma::Client client =
      (place.starts_with("http") ? chroma::Client::from_url(place) : embedded::open(place)).value();

  const auto books = client.get_or_create_collection("books", {.metadata = chroma::Metadata{{"kind", "novels"}}}).value();
  books
      .upsert({.ids = {"moby", "dune", "emma"},
               .embeddings = {{0.9F, 0.1F}, {0.1F, 0.9F}, {0.5F, 0.5F}},
               .documents = {"A captain hunts a whale.", "A boy inherits a desert.", "A village in England."},
               .uris = {},
               .metadatas = {chroma::Metadata{{"year", 1851}}, chroma::Metadata{{"year", 1965}},
                             chroma::Metadata{{"year", 1815}}}})
      .value();

  const auto found = books.query({.embeddings = {{1.0F, 0.0F}}, .n_results = 2, .where = Key("year") < 1900}).value();
  for (std::size_t i = 0; i < found.ids[0].size(); ++i) {
    std::printf("%-6s %.2f  %s\n", found.ids[0][i].c_str(), static_cast<double>(*(*found.distances)[0][i]),
                (*found.documents)[0][i]->c_str());
  }

  if (!place.starts_with("http")) {
    // A folder has one owner.
    const auto second = embedded::open(place);
    std::printf("second owner: %s\n", second ? "let in" : second.error().name.c_str());
  }
  std::printf("the collection holds %llu\n", static_cast<unsigned long long>(books.count().value()));
  return 0;
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
