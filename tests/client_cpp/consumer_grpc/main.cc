#include <alidade/qdrant.h>
#include <alidade/qdrant/grpc.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  namespace qdrant = alidade::qdrant;
  const auto client = qdrant::Client::make({.url = argv[1], .transport = qdrant::make_grpc_transport()});
  if (!client) return 1;
  const auto version = client->version();
  std::printf("%s\n", version ? version->title.c_str() : version.error().to_text().c_str());
  return version ? 0 : 1;
}
