#include "demo.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>

namespace chroma = alidade::chroma;
namespace client = alidade::client;
namespace embed = alidade::embed;

namespace demo {
namespace {

/// `NAME=value` lines; what the environment has already stays.
void read_env_file(const char* path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string::npos) continue;
    std::string value = line.substr(equals + 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
    if (!value.empty()) setenv(line.substr(0, equals).c_str(), value.c_str(), 0);
  }
}

[[noreturn]] void fail(std::string message) {
  client::Error error;
  error.message = std::move(message);
  client::throw_error(error);
}

}  // namespace

const std::vector<Document>& documents() {
  static const std::vector<Document> all = {
      {"pool", "Connection pooling", "connections",
       "The client keeps up to ten idle connections for ninety seconds, so that most requests skip the handshake.", 2},
      {"keep-alive", "TCP keep-alive", "connections",
       "Keep-alive probes every sixty seconds find connections that a firewall has dropped silently.", 3},
      {"timeouts", "Time-outs", "reliability",
       "Connecting may take thirty seconds and a whole request sixty; a deadline can bound a call with all its retries.", 1},
      {"retries", "Retries with back-off", "reliability",
       "A failed request is tried again after one, two and four seconds, but only when the failure may pass by itself.", 2},
      {"rate-limits", "Rate limits", "embeddings",
       "When the provider answers 429 the client waits as long as the answer asks for before it sends the batch again.", 3},
      {"batches", "Batches of texts", "embeddings",
       "Up to one hundred texts travel in one request to Gemini, and several requests are on their way at a time.", 1},
      {"dimensions", "Vector dimensions", "embeddings",
       "Gemini cuts its vectors to 768 values on request; a cut vector has to be normalised before it is stored.", 3},
      {"collections", "Collections", "database",
       "A collection of ChromaDB holds documents, their embeddings and their metadata under ids of your choice.", 1},
      {"filters", "Metadata filters", "database",
       "A where clause compares metadata with numbers and texts and joins conditions with and and or.", 2},
      {"errors", "Errors as values", "reliability",
       "Every call returns a value or an error with its kind, the HTTP status and the server's own message.", 1},
      {"logging", "Logs and metrics", "operations",
       "Hooks see each request with its latency and each retry with its delay; keys never reach a log.", 2},
      {"containers", "Containers", "operations",
       "A compose file starts the database in a container with a volume, and a script waits until it answers.", 1},
  };
  return all;
}

Settings read_settings() {
  read_env_file(".env");
  Settings settings{chroma::ClientOptions::from_env().value(), embed::EmbedderOptions::from_environment().value()};
  // Chroma's own defaults differ; both sides of this program wait and retry alike.
  settings.chroma.retry = settings.gemini.retry;
  settings.chroma.connection = settings.gemini.connection;
  if (settings.gemini.api_key.empty()) {
    if (settings.gemini.url.empty()) {
      fail("GOOGLE_API_KEY is not set. Put a key into .env, or let scripts/test-all.sh start a stub provider.");
    }
    settings.uses_stub = true;
    settings.gemini.api_key = "stub-key";
    std::printf("GOOGLE_API_KEY is not set: vectors come from the stub provider at %s. They show the way, not the "
                "meaning.\n",
                settings.gemini.url.c_str());
  } else {
    std::printf("vectors come from Gemini (%s)\n", settings.gemini.url.empty() ? "public address" : settings.gemini.url.c_str());
  }
  return settings;
}

client::Result<std::size_t> store(const chroma::Collection& collection, const embed::Embedder& embedder,
                                  const std::vector<Document>& documents) {
  std::vector<embed::Input> inputs;
  chroma::Records records;
  for (const Document& document : documents) {
    inputs.push_back({document.text, document.title});
    records.ids.push_back(document.id);
    records.documents.emplace_back(document.text);
    records.metadatas.emplace_back(
        chroma::Metadata{{"title", document.title}, {"topic", document.topic}, {"level", document.level}});
  }
  auto vectors = embedder.embed(inputs, embed::InputKind::kDocument);
  if (!vectors) return std::move(vectors).error();
  records.embeddings = chroma::Embeddings::borrow(vectors->values, vectors->dimensions);
  if (auto stored = collection.upsert(records); !stored) return std::move(stored).error();
  return records.ids.size();
}

client::Result<std::size_t> ask(const chroma::Collection& collection, const embed::Embedder& embedder,
                                const std::string& question, chroma::QueryRequest request) {
  auto vector = embedder.embed_query(question);
  if (!vector) return std::move(vector).error();
  request.embeddings = chroma::Embeddings({*std::move(vector)});
  auto answer = collection.query(request);
  if (!answer) return std::move(answer).error();
  std::printf("%s\n", question.c_str());
  const std::vector<std::string>& ids = answer->ids.at(0);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto distance = answer->distances ? answer->distances->at(0).at(i) : std::nullopt;
    const auto text = answer->documents ? answer->documents->at(0).at(i) : std::nullopt;
    std::printf("  %.3f  %-12s %s\n", distance ? static_cast<double>(*distance) : 0.0, ids[i].c_str(),
                text ? text->c_str() : "");
  }
  return ids.size();
}

}  // namespace demo
