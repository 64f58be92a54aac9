// The first steps with alidade::qdrant: a collection, a few points, a filtered search, changes, and the end.
//
//   quickstart [URL]      default: QDRANT_URL or http://127.0.0.1:6333

#include <cstdio>
#include <string>
#include <vector>

#include "alidade/qdrant.h"

namespace qdrant = alidade::qdrant;
using qdrant::field;

namespace {

/// A type of this program as a point: see Mapping below.
struct Instrument {
  std::uint64_t id = 0;
  std::vector<float> shape;
  std::string name;
  std::string use;
  int year = 0;
};

void print(const char* title, const std::vector<qdrant::ScoredPoint>& hits) {
  std::printf("%s\n", title);
  for (const qdrant::ScoredPoint& hit : hits) {
    std::printf("  %s  %.3f  %s\n", hit.id.to_string().c_str(), hit.score, hit.payload.to_text().c_str());
  }
}

}  // namespace

template <>
struct alidade::qdrant::Mapping<Instrument> {
  static constexpr auto id = &Instrument::id;
  static constexpr auto vector = &Instrument::shape;
  static constexpr auto payload = std::tuple(member("name", &Instrument::name), member("use", &Instrument::use),
                                             member("year", &Instrument::year));
};

int main(int argc, char** argv) try {
  // value() throws alidade::client::Exception; without exceptions, look at the Result.
  auto options = qdrant::ClientOptions::from_environment().value();
  if (argc > 1) options.url = argv[1];
  const auto client = qdrant::Client::make(options).value();
  std::printf("server: %s\n", client.version().value().version.c_str());

  client.delete_collection("instruments").value();
  client
      .create_collection("instruments",
                         {.vectors = qdrant::VectorParams{.size = 4, .distance = qdrant::Distance::kCosine}})
      .value();
  const auto instruments = client.collection("instruments");
  instruments.create_index("year", {.type = qdrant::IndexType::kInteger}).value();

  const std::vector<Instrument> all = {
      {1, {0.9F, 0.1F, 0.1F, 0.2F}, "alidade", "survey", 1570}, {2, {0.8F, 0.2F, 0.1F, 0.1F}, "sextant", "sea", 1731},
      {3, {0.1F, 0.9F, 0.2F, 0.1F}, "compass", "sea", 1100},    {4, {0.7F, 0.1F, 0.3F, 0.3F}, "theodolite", "survey", 1787}};
  const auto report = instruments.upload(all);
  std::printf("uploaded %llu points\n", static_cast<unsigned long long>(report.progress.points_sent));
  if (!report.ok()) return 1;

  print("nearest, made after 1500:",
        instruments
            .query({.query = qdrant::Query(std::vector<float>{0.9F, 0.1F, 0.1F, 0.2F}),
                    .filter = field("year") > 1500 && field("use") != "sea",
                    .limit = 3,
                    .with_payload = qdrant::WithPayload::all()})
            .value());

  // What the server refuses comes back as its own error.
  const auto refused = instruments.query({.query = qdrant::Query(std::vector<float>{1.0F})});
  std::printf("refused: %s\n", refused ? "no" : refused.error().to_text().c_str());

  instruments.set_payload(std::vector<qdrant::PointId>{2}, qdrant::Json(qdrant::Json::Object{{"use", "museum"}})).value();
  instruments.remove(field("year") < 1200).value();
  for (const auto& record : instruments.scroll()) {
    const Instrument one = qdrant::to<Instrument>(record.value()).value();
    std::printf("left: %s (%s, %d)\n", one.name.c_str(), one.use.c_str(), one.year);
  }
  client.delete_collection("instruments").value();
  return 0;
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
