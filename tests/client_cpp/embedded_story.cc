// The Chroma client on a data folder in this process: `embedded_story FOLDER`.

#include "alidade/embedded.h"
#include "chroma_story.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: embedded_story FOLDER\n");
    return 2;
  }
  const auto database = alidade::embedded::Database::open(argv[1]);
  if (!database) {
    std::fprintf(stderr, "%s\n", database.error().to_text().c_str());
    return 1;
  }
  return tell_chroma_story(
      [&](ClientOptions options) -> Result<Client> { return database->chroma(std::move(options)); });
}
