// Loads many points over several connections and shows how far it is.
//
//   bulk_load [COUNT] [DIMENSION] [CONNECTIONS]      default: 20000 128 2; the server is QDRANT_URL
//
// The points are made one by one as the upload takes them: a range of any length needs the memory of a few batches.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <ranges>

#include "alidade/qdrant.h"

namespace qdrant = alidade::qdrant;

namespace {

struct Sample {
  std::uint64_t id = 0;
  std::vector<float> vector;
  std::string group;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t argument(int argc, char** argv, int place, std::uint64_t otherwise) {
  return argc > place ? std::strtoull(argv[place], nullptr, 10) : otherwise;
}

}  // namespace

template <>
struct alidade::qdrant::Mapping<Sample> {
  static constexpr auto id = &Sample::id;
  static constexpr auto vector = &Sample::vector;
  static constexpr auto payload = std::tuple(member("group", &Sample::group));
};

int main(int argc, char** argv) try {
  const std::uint64_t count = argument(argc, argv, 1, 20000);
  const std::uint64_t dimension = argument(argc, argv, 2, 128);
  const auto client = qdrant::Client::make(qdrant::ClientOptions::from_environment().value()).value();
  client.delete_collection("bulk").value();
  client.create_collection("bulk", {.vectors = qdrant::VectorParams{.size = dimension}}).value();

  // One made vector is used again and again, turned by the point's number: making them costs next to nothing.
  std::mt19937 random(7);
  std::uniform_real_distribution<float> values(-1, 1);
  std::vector<float> base(dimension);
  for (float& value : base) value = values(random);
  auto samples = std::views::iota(std::uint64_t{0}, count) | std::views::transform([&](std::uint64_t id) {
                   Sample sample{.id = id, .vector = base, .group = "g" + std::to_string(id % 10)};
                   std::swap(sample.vector[id % dimension], sample.vector[id / dimension % dimension]);
                   return sample;
                 });

  qdrant::UploadOptions options{.parallel = argument(argc, argv, 3, 2), .stop_at_failure = false};
  options.on_batch = [&](const qdrant::UploadBatch& batch, const qdrant::UploadProgress& sums) {
    if (!batch.result) std::fprintf(stderr, "\n%s\n", batch.result.error().to_text().c_str());
    if (sums.batches_done % 16 == 0) {
      std::printf("\r%llu of %llu points, %lld ms", static_cast<unsigned long long>(sums.points_sent),
                  static_cast<unsigned long long>(count), static_cast<long long>(sums.elapsed.count()));
      std::fflush(stdout);
    }
  };
  const double cpu_before = cpu_seconds();
  const qdrant::UploadReport report = client.collection("bulk").upload(samples, options);
  std::printf("\rsent %llu points, %llu failed, %llu batches, %.1f MB, %lld ms, client CPU %.2f s\n",
              static_cast<unsigned long long>(report.progress.points_sent),
              static_cast<unsigned long long>(report.progress.points_failed),
              static_cast<unsigned long long>(report.progress.batches_done),
              static_cast<double>(report.progress.bytes_sent) / 1e6,
              static_cast<long long>(report.progress.elapsed.count()), cpu_seconds() - cpu_before);
  std::printf("the server counts %llu\n",
              static_cast<unsigned long long>(client.collection("bulk").count().value()));
  client.delete_collection("bulk").value();
  return report.ok() ? 0 : 1;
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
