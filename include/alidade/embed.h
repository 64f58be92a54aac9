#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "alidade/client/hooks.h"
#include "alidade/client/json.h"
#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/client/transport.h"
#include "alidade/client/workers.h"

// Texts to vectors, through a provider's HTTP interface: docs/guides/embedding-providers.md.

namespace alidade::embed::inline v0 {

using client::CallOptions;
using client::Error;
using client::ErrorKind;
using client::Result;

enum class Provider : std::uint8_t {
  kGemini,
  /// And everything that looks like it: Azure, vLLM, LM Studio, Gemini's own `/openai` path.
  kOpenAi,
  kOllama,
  kCohere,
  kJina,
  kVoyage,
  /// Hugging Face text-embeddings-inference.
  kTei,
  /// The service that a Qdrant server sends its inference to.
  kQdrantInference,
  /// Signed hashes of words and of their parts, made in this process: for demonstrations and tests without a network. Texts
  /// that share words are close; it knows no meaning.
  kHashing,
};

/// "gemini", "openai", "ollama", "cohere", "jina", "voyage", "tei", "qdrant", "hashing".
ALIDADE_API std::string_view to_text(Provider provider);
/// The provider of that name, or nothing.
ALIDADE_API std::optional<Provider> provider_named(std::string_view name);

/// What a text is: providers make other vectors of questions than of what is searched.
enum class InputKind : std::uint8_t { kDocument, kQuery };

struct ALIDADE_API EmbedderOptions {
  Provider provider = Provider::kGemini;
  /// "" takes the provider's default: see the guide.
  std::string model = {};
  /// Base of the provider's paths; "" takes its public address.
  std::string url = {};
  std::string api_key = {};
  /// Header that carries the key instead of the provider's own ("api-key" for Azure); "" takes that.
  std::string key_header = {};
  /// Values per vector, where the provider lets one choose. Every answer is checked against it. Nothing asks for the
  /// model's own size; Gemini is then asked for 768.
  std::optional<std::uint32_t> dimensions = {};
  /// Vectors are made to have length 1.
  bool normalize = true;
  /// The provider's own word for the kind (Gemini: "CLUSTERING"); "" takes what belongs to InputKind.
  std::string document_task = {};
  std::string query_task = {};
  /// Texts per request, at most; the provider's limit counts, too.
  std::size_t batch_size = 100;
  /// Requests on their way at a time.
  std::size_t parallel = 4;
  /// Lets the provider cut texts that are too long, instead of refusing them, where it asks.
  bool truncate = false;
  /// An object whose members are sent in each request besides ours, or instead of ours; null: none.
  client::Json extra = {};

  /// 3 retries after 1 s, 2 s and 4 s and up to as much again by chance; 408, 429, 5xx and broken connections.
  client::RetryOptions retry = {.max_retries = 3,
                                .min_delay = std::chrono::milliseconds(1000),
                                .max_delay = std::chrono::milliseconds(30000),
                                .jitter = true,
                                .max_retry_after = std::chrono::milliseconds(60000)};
  /// Connecting 30 s, a request 60 s, 10 idle connections kept for 90 s, TCP keep-alive after 60 s.
  client::ConnectionOptions connection = default_connection();
  client::Hooks hooks = {};
  /// Null takes libcurl.
  std::shared_ptr<client::Transport> transport = {};
  /// Threads of run_async(), at most.
  std::size_t async_threads = 8;

  static client::ConnectionOptions default_connection();

  /// The defaults of a provider, changed by its variables for key and address (Gemini: GOOGLE_API_KEY, GEMINI_API_KEY,
  /// GOOGLE_GEMINI_BASE_URL; the others stand in the guide) and by MAX_RETRIES, RETRY_DELAY_MS, CONNECTION_TIMEOUT_MS and
  /// REQUEST_TIMEOUT_MS.
  /// @return kInvalidArgument when one of the numbers is none; the error names the variable.
  static Result<EmbedderOptions> from_environment(Provider provider = Provider::kGemini);
};

/// A text, and for documents of Gemini its title.
struct Input {
  std::string text;
  std::string title = {};
};

/// Vectors in the order of the texts, row after row.
struct Embeddings {
  std::size_t dimensions = 0;
  /// [size() × dimensions]
  std::vector<float> values;
  /// What the provider counted; 0 when it does not say.
  std::uint64_t tokens = 0;

  std::size_t size() const { return dimensions == 0 ? 0 : values.size() / dimensions; }
  /// Valid while this object is.
  std::span<const float> row(std::size_t index) const { return {values.data() + index * dimensions, dimensions}; }
};

/// Texts of one request for which there are no vectors.
struct FailedBatch {
  std::size_t first = 0;
  std::size_t count = 0;
  Error error;
};

/// What there is when some requests failed.
struct PartialEmbeddings {
  /// The rows of failed texts hold zeros.
  Embeddings embeddings;
  /// In the order of the texts.
  std::vector<FailedBatch> failed;
};

/// Makes vectors of texts. Copies are cheap and share the connections; every method may be called by several threads at a
/// time. Methods block.
///
/// Errors: kInvalidArgument before anything is sent; the first group of ErrorKind when no whole answer came; the kind of
/// the provider's status with its message; kBadAnswer when there are more or fewer vectors than texts, when their sizes
/// differ from each other or from `dimensions`, or when a value is not finite. Keys never stand in an error.
class ALIDADE_API Embedder {
 public:
  /// @return kInvalidArgument when the URL is malformed or the provider needs a key and there is none.
  static Result<Embedder> make(EmbedderOptions options);

  /// One text, in the provider's form for single ones.
  Result<std::vector<float>> embed_one(const Input& input, InputKind kind, const CallOptions& call = {}) const;
  Result<std::vector<float>> embed_query(std::string_view text, const CallOptions& call = {}) const;

  /// All or nothing. Sends requests of up to `batch_size` texts, `parallel` at a time; a request that the provider finds
  /// too large is halved. The error of the first one that fails names its texts. No texts: no rows and no request.
  Result<Embeddings> embed(std::span<const Input> inputs, InputKind kind, const CallOptions& call = {}) const;
  Result<Embeddings> embed_documents(std::span<const std::string> texts, const CallOptions& call = {}) const;

  /// As embed(), but what fails does not stop the others.
  PartialEmbeddings embed_each(std::span<const Input> inputs, InputKind kind, const CallOptions& call = {}) const;

  /// Makes a call in the background, on a thread of the embedder:
  ///   auto future = gemini.run_async([text](const Embedder& e) { return e.embed_query(text); });
  template <typename Task>
  auto run_async(Task task) const -> std::future<std::invoke_result_t<Task&, const Embedder&>> {
    return workers().run([self = *this, task = std::move(task)]() mutable { return task(self); });
  }
  /// The same for a callback, which gets the value on that thread. Neither may throw.
  template <typename Task, typename Done>
  void run_async(Task task, Done done) const {
    workers().run([self = *this, task = std::move(task)]() mutable { return task(self); }, std::move(done));
  }
  client::Workers& workers() const;

  Provider provider() const;
  const std::string& model() const;

 private:
  struct State;
  explicit Embedder(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

}  // namespace alidade::embed::inline v0

/// The same for programs that prefer exceptions: every method returns its value, and throws client::Exception where the
/// other returns an Error.
namespace alidade::embed::inline v0::throwing {

class Embedder {
 public:
  explicit Embedder(EmbedderOptions options) : inner_(embed::Embedder::make(std::move(options)).value()) {}
  Embedder(embed::Embedder embedder) : inner_(std::move(embedder)) {}  // NOLINT: implicit, a view of the same

  const embed::Embedder& inner() const { return inner_; }

  std::vector<float> embed_one(const Input& input, InputKind kind, const CallOptions& call = {}) const {
    return inner_.embed_one(input, kind, call).value();
  }
  std::vector<float> embed_query(std::string_view text, const CallOptions& call = {}) const {
    return inner_.embed_query(text, call).value();
  }
  Embeddings embed(std::span<const Input> inputs, InputKind kind, const CallOptions& call = {}) const {
    return inner_.embed(inputs, kind, call).value();
  }
  Embeddings embed_documents(std::span<const std::string> texts, const CallOptions& call = {}) const {
    return inner_.embed_documents(texts, call).value();
  }
  /// Throws nothing: what failed stands in the result.
  PartialEmbeddings embed_each(std::span<const Input> inputs, InputKind kind, const CallOptions& call = {}) const {
    return inner_.embed_each(inputs, kind, call);
  }
  Provider provider() const { return inner_.provider(); }
  const std::string& model() const { return inner_.model(); }

 private:
  embed::Embedder inner_;
};

}  // namespace alidade::embed::inline v0::throwing
