#include <alidade/chroma.h>
#include <alidade/chroma/throwing.h>

#include <cstdio>

#if ALIDADE_VERSION < ALIDADE_VERSION_OF(0, 1, 0)
#error "an older client than this program was written for"
#endif

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto client = alidade::chroma::Client::from_url(argv[1]);
  if (!client) return 1;
  const auto beat = client->heartbeat();
  std::printf("%s %s\n", ALIDADE_VERSION_TEXT, beat ? "alive" : beat.error().to_text().c_str());
  return beat ? 0 : 1;
}
