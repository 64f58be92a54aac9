// The Chroma client against a running server: `chroma_story URL`.

#include "chroma_story.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: chroma_story URL\n");
    return 2;
  }
  return tell_chroma_story([url = std::string(argv[1])](ClientOptions options) {
    options.endpoint = url;
    options.connection.proxy = "none";
    return Client::make(std::move(options));
  });
}
