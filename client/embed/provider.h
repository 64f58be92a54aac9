#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "alidade/embed.h"
#include "core/http_client.h"

// A provider is a row of a table: its limits, how a request is written and what shape its answer has.

namespace alidade::embed::inline v0 {

/// What one request is made of.
struct Request {
  const EmbedderOptions& options;
  /// Never empty.
  std::span<const Input> inputs;
  InputKind kind;
  /// The provider's form for one text.
  bool single = false;

  /// The user's own word for the kind, else the provider's.
  std::string_view task(std::string_view document, std::string_view query) const {
    const bool is_query = kind == InputKind::kQuery;
    const std::string& own = is_query ? options.query_task : options.document_task;
    return own.empty() ? (is_query ? query : document) : std::string_view(own);
  }
};

/// Where an answer holds what.
struct AnswerShape {
  /// JSON pointer to the list of vectors.
  const char* list = "";
  /// Member of an element that holds the vector; "" when the element is the vector.
  const char* vector = "";
  /// Elements say their place in a member `index`.
  bool has_index = false;
  /// JSON pointer to the number of tokens; "" when the provider does not say.
  const char* tokens = "";
};

struct ProviderRow {
  Provider provider;
  std::string_view name;
  std::string_view default_model;
  std::string_view default_url;
  /// Variables of the environment, the first one that is set counts; nullptr: none.
  std::array<const char*, 2> key_variables;
  const char* url_variable;
  /// Texts per request.
  std::size_t batch_limit;
  /// Header of the key. "Authorization" carries it behind "Bearer "; "" carries it in the body.
  const char* key_header;
  bool needs_key;
  /// Takes titles of documents.
  bool takes_titles;
  /// Path of the request behind the URL.
  std::string (*path)(const Request&);
  /// Writes the members of the body; nullptr: made in this process.
  client::Json (*body)(const Request&);
  AnswerShape (*shape)(const Request&);
};

const ProviderRow& row_of(Provider provider);

// The rows, one per file.
extern const ProviderRow kGeminiRow;
extern const ProviderRow kOpenAiRow;
extern const ProviderRow kOllamaRow;
extern const ProviderRow kCohereRow;
extern const ProviderRow kJinaRow;
extern const ProviderRow kVoyageRow;
extern const ProviderRow kTeiRow;
extern const ProviderRow kQdrantInferenceRow;
extern const ProviderRow kHashingRow;

/// The texts as a list.
client::Json texts_of(const Request& request);

/// Vectors of hashed words, [inputs × dimensions].
Embeddings hash_texts(std::span<const Input> inputs, std::uint32_t dimensions);

/// Reads the vectors of an answer.
/// @return kBadAnswer when it is no JSON, has not one vector for each of `count` texts, sizes differ, or a value is not a
///         finite number.
Result<Embeddings> read_embeddings(std::string_view body, const AnswerShape& shape, std::size_t count);

/// The provider's text out of a refusal, whichever of their forms it has.
void read_error(const client::HttpResponse& response, Error& error);

/// Gemini says how long to wait in the body: this puts it into a Retry-After header, where the retries look for it.
std::shared_ptr<client::Transport> with_retry_delay_of_body(std::shared_ptr<client::Transport> transport);

}  // namespace alidade::embed::inline v0
