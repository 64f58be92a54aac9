#include <alidade/chroma.h>
#include <alidade/embedded.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto client = alidade::embedded::open(argv[1]);
  if (!client) return 1;
  const auto books = client->get_or_create_collection("books");
  if (!books || !books->upsert({.ids = {"moby"}, .embeddings = {{1.0F, 0.0F}}})) return 1;
  std::printf("%llu\n", static_cast<unsigned long long>(books->count().value_or(0)));
  return 0;
}
