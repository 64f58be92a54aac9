#pragma once

#include <string>
#include <vector>

#include "alidade/chroma.h"
#include "alidade/embed.h"

// What both programs share: settings, the documents, and texts that become records.

namespace demo {

/// One document of the demonstration.
struct Document {
  std::string id;
  std::string title;
  std::string topic;
  std::string text;
  int level = 1;
};

/// Twelve short texts about building such an application: connections, retries, batches, filters and the like.
const std::vector<Document>& documents();

/// What the environment says; `.env` in the current folder fills in what is not set.
struct Settings {
  alidade::chroma::ClientOptions chroma;
  alidade::embed::EmbedderOptions gemini;
  /// No key is set, so the vectors come from a stub provider.
  bool uses_stub = false;
};

/// Reads the settings and says where vectors come from. Throws alidade::client::Exception with advice when there is neither
/// a key nor a stub.
Settings read_settings();

/// Embeds the documents' texts and puts them into the collection; existing ids are replaced.
/// @return how many were stored.
alidade::client::Result<std::size_t> store(const alidade::chroma::Collection& collection,
                                           const alidade::embed::Embedder& embedder,
                                           const std::vector<Document>& documents);

/// Asks a question and prints the nearest documents.
alidade::client::Result<std::size_t> ask(const alidade::chroma::Collection& collection,
                                         const alidade::embed::Embedder& embedder, const std::string& question,
                                         alidade::chroma::QueryRequest request = {});

}  // namespace demo
