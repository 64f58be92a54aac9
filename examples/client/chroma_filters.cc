// Filters on metadata and on text, alone, together, and beside a query.

#include <cstdio>
#include <string>

#include "alidade/chroma.h"

using alidade::chroma::Key;
using alidade::chroma::Metadata;
using alidade::chroma::MetadataValue;
using alidade::chroma::Where;
using alidade::chroma::WhereDocument;

namespace {

void show(const char* what, const alidade::chroma::Result<alidade::chroma::GetResponse>& found) {
  std::printf("%-24s", what);
  if (!found) {
    std::printf(" %s\n", found.error().to_text().c_str());
    return;
  }
  for (const std::string& id : found->ids) std::printf(" %s", id.c_str());
  std::printf("\n");
}

}  // namespace

int main() {
  const auto client = alidade::chroma::Client::from_env();
  if (!client) {
    std::fprintf(stderr, "%s\n", client.error().to_text().c_str());
    return 1;
  }
  const auto films = client->get_or_create_collection("filters");
  if (!films) {
    std::fprintf(stderr, "%s\n", films.error().to_text().c_str());
    return 1;
  }
  const auto written = films->upsert({
      .ids = {"alien", "brazil", "cube"},
      .embeddings = {{1, 0}, {0, 1}, {1, 1}},
      .documents = {"In space no one can hear you scream", "It is only a state of mind", "Fear paranoia suspicion"},
      .metadatas = {Metadata{{"year", 1979}, {"tags", MetadataValue::Strings{"space", "horror"}}},
                    Metadata{{"year", 1985}, {"tags", MetadataValue::Strings{"satire"}}},
                    Metadata{{"year", 1997}, {"rating", 7.2}}},
  });
  if (!written) {
    std::fprintf(stderr, "%s\n", written.error().to_text().c_str());
    return 1;
  }

  const Where eighties = Key("year") >= 1980 && Key("year") < 1990;
  show("eighties", films->get({.where = eighties}));
  show("eighties or rated", films->get({.where = eighties || Key("rating") > 7.0}));
  show("tagged horror", films->get({.where = Key("tags").contains("horror")}));
  show("two years", films->get({.where = Key("year").is_in({1979, 1997})}));
  show("text with 'mind'", films->get({.where_document = WhereDocument::contains("mind")}));
  show("text by pattern", films->get({.where_document = WhereDocument::regex("no one|paranoia")}));
  // A filter that makes no sense comes back as the server's refusal.
  show("refused", films->get({.where = Key("year") > "1979"}));

  const auto near = films->query({.embeddings = {{1, 0}}, .n_results = 1, .where = Key("year") > 1980});
  std::printf("nearest after 1980       %s\n", near ? near->ids[0][0].c_str() : near.error().to_text().c_str());
  const auto gone = client->delete_collection("filters");
  return near && gone ? 0 : 1;
}
