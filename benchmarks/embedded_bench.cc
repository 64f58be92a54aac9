// One side of benchmarks/embedded_bench.py: queries of the Chroma client, on a folder in this process or through a server.
//
//   embedded_bench load  PLACE VECTORS DIMENSION      writes the collection; PLACE is a folder or a URL
//   embedded_bench query PLACE VECTORS DIMENSION COUNT
//
// `query` warms up and prints "ready". For every line of standard input it makes COUNT queries, and prints the CPU time of
// this process for one of them in microseconds, and a sum over the hits, which is the same for the same data.

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "alidade/chroma.h"
#include "alidade/embedded.h"

namespace {

namespace chroma = alidade::chroma;

struct Vectors {
  std::vector<float> values;
  std::size_t dimension = 0;
  std::size_t size() const { return values.size() / dimension; }
  std::span<const float> row(std::size_t index) const {
    return std::span(values).subspan(index % size() * dimension, dimension);
  }
};

Vectors read_vectors(const char* path, std::size_t dimension) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  Vectors vectors{std::vector<float>(static_cast<std::size_t>(file.tellg()) / sizeof(float)), dimension};
  file.seekg(0);
  file.read(reinterpret_cast<char*>(vectors.values.data()), static_cast<std::streamsize>(vectors.values.size() * sizeof(float)));
  return vectors;
}

chroma::Client client_of(const std::string& place) {
  return (place.starts_with("http") ? chroma::Client::from_url(place) : alidade::embedded::open(place)).value();
}

void load(const chroma::Client& client, const Vectors& vectors) {
  const auto books = client.create_collection(
      "bench", {.configuration = chroma::CollectionConfiguration{.hnsw = chroma::HnswOptions{.space = chroma::Space::kCosine}}}).value();
  std::size_t next = 0;
  const auto report = chroma::bulk_load(books, [&]() -> std::optional<chroma::Record> {
    if (next == vectors.size()) return std::nullopt;
    const std::size_t n = next++;
    const auto row = vectors.row(n);
    return chroma::Record{.id = "package-" + std::to_string(n), .embedding = {row.begin(), row.end()},
                          .document = "A short text about the package of number " + std::to_string(n),
                          .metadata = chroma::Metadata{{"n", static_cast<std::int64_t>(n)}, {"section", "utils"}}};
  }, {.connections = 1});
  if (!report.ok()) throw alidade::client::Exception(report.failures.front().error);
}

double cpu_us() {
  std::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

std::size_t ask(const chroma::Collection& books, const Vectors& vectors, std::size_t first, std::size_t count) {
  std::size_t sum = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    const auto found = books.query({.embeddings = chroma::Embeddings::borrow(vectors.row(i * 7919), vectors.dimension)}).value();
    for (const std::string& id : found.ids[0]) sum += std::hash<std::string>()(id) % 1000;
  }
  return sum;
}

void query(const chroma::Client& client, const Vectors& vectors, std::size_t count) {
  const auto books = client.get_collection("bench").value();
  (void)ask(books, vectors, 0, count / 4);
  std::puts("ready");
  std::fflush(stdout);
  std::string line;
  for (std::size_t round = 0; std::getline(std::cin, line); ++round) {
    const double start = cpu_us();
    const std::size_t sum = ask(books, vectors, round * count, count);
    std::printf("%.2f %zu\n", (cpu_us() - start) / static_cast<double>(count), sum);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc != (what == "query" ? 6 : 5)) return 2;
  const Vectors vectors = read_vectors(argv[3], std::stoul(argv[4]));
  if (what == "load") {
    load(client_of(argv[2]), vectors);
  } else {
    query(client_of(argv[2]), vectors, std::stoul(argv[5]));
  }
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
