// Beyond the first steps: many texts in parallel requests, several questions at a time, logs and latencies, a failed
// batch beside good ones, and a deadline.

#include <cstdio>
#include <future>
#include <mutex>

#include "demo.h"

namespace chroma = alidade::chroma;
namespace client = alidade::client;
namespace embed = alidade::embed;

namespace {

/// Warnings go to the terminal; requests and answers are counted only.
client::Logger make_logger(std::mutex& mutex) {
  return [&mutex](const client::LogEvent& event) {
    if (event.level < client::LogLevel::kWarning) return;
    const std::lock_guard lock(mutex);
    std::fprintf(stderr, "%s %.*s, attempt %d, status %d, next in %lld ms: %.*s\n",
                 std::string(client::to_text(event.level)).c_str(), static_cast<int>(event.operation.size()),
                 event.operation.data(), event.attempt, event.status, static_cast<long long>(event.delay.count()),
                 static_cast<int>(event.message.size()), event.message.data());
  };
}

/// The demonstration's documents, each in many versions: more than one request may hold.
std::vector<demo::Document> many_documents(std::size_t count) {
  std::vector<demo::Document> many;
  for (std::size_t i = 0; i < count; ++i) {
    demo::Document document = demo::documents()[i % demo::documents().size()];
    document.id += "-" + std::to_string(i);
    document.text += " (version " + std::to_string(i) + ")";
    many.push_back(std::move(document));
  }
  return many;
}

void print_latencies(const client::LatencyMetrics& metrics) {
  const auto snapshot = metrics.snapshot();
  for (const auto& [key, histogram] : snapshot.latency) {
    std::printf("  %-28s status %d: %llu calls, %.1f ms on average\n", key.first.c_str(), key.second,
                static_cast<unsigned long long>(histogram.count),
                histogram.sum_ms / static_cast<double>(histogram.count));
  }
  for (const auto& [operation, count] : snapshot.retries) {
    std::printf("  %-28s retried %llu times\n", operation.c_str(), static_cast<unsigned long long>(count));
  }
}

}  // namespace

int main() try {
  demo::Settings settings = demo::read_settings();
  std::mutex terminal;
  const auto metrics = std::make_shared<client::LatencyMetrics>("demo");
  settings.chroma.hooks = settings.gemini.hooks = {make_logger(terminal), client::LogLevel::kDebug, metrics};
  const auto database = chroma::Client::make(settings.chroma).value();
  const auto embedder = embed::Embedder::make(settings.gemini).value();

  chroma::NewCollection what;
  what.configuration = chroma::CollectionConfiguration{.hnsw = chroma::HnswOptions{.space = chroma::Space::kCosine}};
  const auto collection = database.get_or_create_collection("demo_advanced", what).value();

  // 250 texts are three requests to Gemini, which are made at the same time.
  std::printf("stored %zu documents\n", demo::store(collection, embedder, many_documents(250)).value());

  // Three questions at a time, on threads of the client.
  std::vector<std::future<client::Result<chroma::QueryResponse>>> answers;
  for (const char* question : {"idle connections", "rate limits of the provider", "logs and metrics"}) {
    answers.push_back(collection.run_async(
        [question, embedder](const chroma::Collection& all) -> client::Result<chroma::QueryResponse> {
          auto vector = embedder.embed_query(question);
          if (!vector) return std::move(vector).error();
          return all.query({.embeddings = chroma::Embeddings({*std::move(vector)}), .n_results = 2});
        }));
  }
  for (auto& answer : answers) {
    const auto hits = answer.get().value();
    std::printf("  %s\n", hits.documents->at(0).at(0).value_or("").c_str());
  }

  // Conditions on metadata and on the text.
  demo::ask(collection, embedder, "retries",
            {.n_results = 2,
             .where = chroma::Key("topic").is_in({"reliability", "embeddings"}) && chroma::Key("level") >= 2,
             .where_document = chroma::WhereDocument::contains("seconds") &&
                               chroma::WhereDocument::not_contains("keep-alive")})
      .value();

  // A text that the provider refuses costs its own request only.
  auto small = settings.gemini;
  small.batch_size = 2;
  const std::vector<embed::Input> mixed = {{"one"}, {"two"}, {""}, {"four"}, {"five"}, {"six"}};
  const auto partial = embed::Embedder::make(small).value().embed_each(mixed, embed::InputKind::kDocument);
  for (const embed::FailedBatch& failed : partial.failed) {
    std::printf("texts %zu to %zu have no vectors: %s\n", failed.first, failed.first + failed.count - 1,
                failed.error.to_text().c_str());
  }
  if (partial.failed.size() != 1) return 1;

  // A call that may take no time at all ends with an error, not with a wait.
  const auto late = collection.count(client::CallOptions::within(std::chrono::milliseconds(0)));
  std::printf("deadline: %s\n", late ? "met" : late.error().to_text().c_str());

  std::printf("latencies:\n");
  print_latencies(*metrics);
  database.delete_collection("demo_advanced").value();
  std::printf("done\n");
  return 0;
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
