#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include "core/text.h"
#include "embed/provider.h"

namespace alidade::embed::inline v0 {
namespace {

using client::core::Call;
using client::core::HttpClient;

Error wrong_call(std::string message) {
  Error error;
  error.kind = ErrorKind::kInvalidArgument;
  error.message = std::move(message);
  return error;
}

void make_unit_length(std::span<float> row) {
  double sum = 0;
  for (const float value : row) sum += double{value} * double{value};
  const double length = std::sqrt(sum);
  if (length == 0) return;
  for (float& value : row) value = static_cast<float>(double{value} / length);
}

/// Whether fewer texts in a request may help.
bool is_too_large(const Error& error) { return error.status == 413 || error.name == "max_tokens_per_request"; }

Result<void> check(const EmbedderOptions& options, const ProviderRow& row) {
  if (row.body == nullptr) return {};
  if (options.url.empty()) {
    return wrong_call(std::string(row.name) + ": the provider has no public address, so a URL is needed");
  }
  if (row.needs_key && options.api_key.empty()) {
    return wrong_call(std::string(row.name) + ": an API key is needed" +
                      (row.key_variables[0] == nullptr ? "" : " (variable " + std::string(row.key_variables[0]) + ")"));
  }
  return {};
}

Result<std::shared_ptr<const HttpClient>> make_http(const EmbedderOptions& options, const ProviderRow& row) {
  client::core::HttpSettings settings;
  settings.endpoint = options.url;
  settings.retry = options.retry;
  settings.connection = options.connection;
  settings.hooks = options.hooks;
  settings.transport = options.transport;
  settings.user_agent = "alidade-embed-cpp/" ALIDADE_VERSION_TEXT;
  settings.read_error = read_error;
  const std::string key_header = options.key_header.empty() ? row.key_header : options.key_header;
  if (!options.api_key.empty() && !key_header.empty()) {
    const bool is_bearer = key_header == "Authorization";
    settings.headers.push_back({key_header, (is_bearer ? "Bearer " : "") + options.api_key, true});
  }
  if (row.provider == Provider::kGemini) {
    if (!settings.transport) settings.transport = client::make_curl_transport(settings.connection);
    settings.transport = with_retry_delay_of_body(std::move(settings.transport));
  }
  return HttpClient::make(std::move(settings));
}

}  // namespace

struct Embedder::State {
  EmbedderOptions options;
  const ProviderRow& row;
  std::size_t batch_size;
  std::shared_ptr<const HttpClient> http;
  // Also where there is no HTTP.
  std::unique_ptr<client::Workers> workers;

  Result<Embeddings> send(std::span<const Input> inputs, InputKind kind, bool single, const CallOptions& call) const;
  Result<Embeddings> send_or_halve(std::span<const Input> inputs, InputKind kind, const CallOptions& call) const;
  Result<Embeddings> finish(Embeddings embeddings) const;
  Result<void> check_inputs(std::span<const Input> inputs) const;

  struct Work;
  void run(Work& work) const;
  PartialEmbeddings embed_all(std::span<const Input> inputs, InputKind kind, const CallOptions& call,
                              bool stop_at_failure) const;
};

/// One request with its retries.
Result<Embeddings> Embedder::State::send(std::span<const Input> inputs, InputKind kind, bool single,
                                         const CallOptions& call) const {
  if (row.body == nullptr) return finish(hash_texts(inputs, options.dimensions.value_or(0)));
  const Request request{options, inputs, kind, single};
  client::Json body = row.body(request);
  if (const client::Json::Object* extra = options.extra.if_object()) {
    for (const auto& [name, value] : *extra) body.set(name, value);
  }
  const Call http_call{.operation = "embed",
                       .method = "POST",
                       .path = row.path(request),
                       .body = body.to_text(),
                       .repeat = client::core::Repeat::kSafe};
  auto response = http->send(http_call, call);
  if (!response) {
    // The transport removes keys of headers; this one may stand in the body.
    const std::string secrets[] = {options.api_key};
    response.error().message = client::core::without(std::move(response.error().message), secrets);
    return std::move(response).error();
  }
  auto embeddings = read_embeddings(response->body, row.shape(request), inputs.size());
  if (!embeddings) {
    embeddings.error().status = response->status;
    return embeddings;
  }
  return finish(*std::move(embeddings));
}

Result<Embeddings> Embedder::State::finish(Embeddings embeddings) const {
  if (options.dimensions && embeddings.dimensions != *options.dimensions) {
    Error error;
    error.kind = ErrorKind::kBadAnswer;
    error.message = "expected vectors of " + std::to_string(*options.dimensions) + " values, got " +
                    std::to_string(embeddings.dimensions);
    return error;
  }
  if (options.normalize) {
    for (std::size_t i = 0; i < embeddings.size(); ++i) {
      make_unit_length({embeddings.values.data() + i * embeddings.dimensions, embeddings.dimensions});
    }
  }
  return embeddings;
}

Result<Embeddings> Embedder::State::send_or_halve(std::span<const Input> inputs, InputKind kind,
                                                  const CallOptions& call) const {
  auto whole = send(inputs, kind, false, call);
  if (whole || inputs.size() < 2 || !is_too_large(whole.error())) return whole;
  const std::size_t half = inputs.size() / 2;
  auto first = send_or_halve(inputs.first(half), kind, call);
  if (!first) return first;
  auto second = send_or_halve(inputs.subspan(half), kind, call);
  if (!second) return second;
  if (first->dimensions != second->dimensions) {
    Error error;
    error.kind = ErrorKind::kBadAnswer;
    error.message = "the halves of a request got vectors of different sizes";
    return error;
  }
  first->values.insert(first->values.end(), second->values.begin(), second->values.end());
  first->tokens += second->tokens;
  return first;
}

Result<void> Embedder::State::check_inputs(std::span<const Input> inputs) const {
  if (row.takes_titles) return {};
  for (const Input& input : inputs) {
    if (!input.title.empty()) return wrong_call(std::string(row.name) + " takes no titles of documents");
  }
  return {};
}

/// The requests of one call, shared by the threads that make them.
struct Embedder::State::Work {
  // Constant after construction.
  const std::span<const Input> inputs;
  const InputKind kind;
  const CallOptions& call;
  const bool stop_at_failure;

  std::atomic<std::size_t> next_batch{0};
  std::atomic<bool> stopped{false};

  // Guarded.
  std::mutex mutex;
  PartialEmbeddings result;

  Work(std::span<const Input> texts, InputKind what, const CallOptions& limits, bool stops)
      : inputs(texts), kind(what), call(limits), stop_at_failure(stops) {}

  /// Takes the vectors of inputs [first, first + count), or the reason why there are none.
  void put(std::size_t first, std::size_t count, Result<Embeddings> vectors) {
    const std::lock_guard lock(mutex);
    Embeddings& all = result.embeddings;
    if (vectors && all.dimensions != 0 && vectors->dimensions != all.dimensions) {
      Error error;
      error.kind = ErrorKind::kBadAnswer;
      error.message = "vectors of " + std::to_string(all.dimensions) + " and of " + std::to_string(vectors->dimensions) +
                      " values for texts of one call";
      vectors = std::move(error);
    }
    if (!vectors) {
      Error error = std::move(vectors).error();
      error.message = "texts " + std::to_string(first) + " to " + std::to_string(first + count - 1) + ": " + error.message;
      result.failed.push_back({first, count, std::move(error)});
      if (stop_at_failure) stopped = true;
      return;
    }
    if (all.dimensions == 0) {
      all.dimensions = vectors->dimensions;
      all.values.resize(inputs.size() * all.dimensions);
    }
    all.tokens += vectors->tokens;
    std::copy(vectors->values.begin(), vectors->values.end(),
              all.values.begin() + static_cast<std::ptrdiff_t>(first * all.dimensions));
  }
};

/// Makes requests until there are none left. Several threads do.
void Embedder::State::run(Work& work) const {
  for (;;) {
    const std::size_t first = work.next_batch.fetch_add(1) * batch_size;
    if (first >= work.inputs.size() || work.stopped) return;
    const auto batch = work.inputs.subspan(first, std::min(batch_size, work.inputs.size() - first));
    work.put(first, batch.size(), send_or_halve(batch, work.kind, work.call));
  }
}

PartialEmbeddings Embedder::State::embed_all(std::span<const Input> inputs, InputKind kind, const CallOptions& call,
                                             bool stop_at_failure) const {
  if (inputs.empty()) return {};
  Work work(inputs, kind, call, stop_at_failure);
  if (auto checked = check_inputs(inputs); !checked) {
    work.put(0, inputs.size(), std::move(checked).error());
    return std::move(work.result);
  }
  const std::size_t batches = (inputs.size() + batch_size - 1) / batch_size;
  std::vector<std::thread> helpers;
  // The calling thread makes requests, too.
  for (std::size_t i = 1; i < std::min(batches, std::max<std::size_t>(options.parallel, 1)); ++i) {
    helpers.emplace_back([&] { run(work); });
  }
  run(work);
  for (std::thread& helper : helpers) helper.join();
  std::sort(work.result.failed.begin(), work.result.failed.end(),
            [](const FailedBatch& a, const FailedBatch& b) { return a.first < b.first; });
  return std::move(work.result);
}

Result<Embedder> Embedder::make(EmbedderOptions options) {
  const ProviderRow& row = row_of(options.provider);
  if (options.model.empty()) options.model = row.default_model;
  if (options.url.empty()) options.url = row.default_url;
  // What applications of Gemini store; the model's own 3072 are asked for by name.
  if (!options.dimensions && row.provider == Provider::kGemini) options.dimensions = 768;
  if (auto checked = check(options, row); !checked) return std::move(checked).error();
  std::shared_ptr<const HttpClient> http;
  if (row.body != nullptr) {
    auto made = make_http(options, row);
    if (!made) return std::move(made).error();
    http = *std::move(made);
  }
  const std::size_t wanted = options.batch_size == 0 ? row.batch_limit : options.batch_size;
  const std::size_t batch_size = std::min(wanted, row.batch_limit);
  auto workers = std::make_unique<client::Workers>(options.async_threads);
  return Embedder(std::make_shared<const State>(
      State{std::move(options), row, batch_size, std::move(http), std::move(workers)}));
}

Result<std::vector<float>> Embedder::embed_one(const Input& input, InputKind kind, const CallOptions& call) const {
  const std::span<const Input> inputs(&input, 1);
  if (auto checked = state_->check_inputs(inputs); !checked) return std::move(checked).error();
  auto embeddings = state_->send(inputs, kind, true, call);
  if (!embeddings) return std::move(embeddings).error();
  return std::move(embeddings->values);
}

Result<std::vector<float>> Embedder::embed_query(std::string_view text, const CallOptions& call) const {
  return embed_one({std::string(text)}, InputKind::kQuery, call);
}

PartialEmbeddings Embedder::embed_each(std::span<const Input> inputs, InputKind kind, const CallOptions& call) const {
  return state_->embed_all(inputs, kind, call, false);
}

Result<Embeddings> Embedder::embed(std::span<const Input> inputs, InputKind kind, const CallOptions& call) const {
  PartialEmbeddings result = state_->embed_all(inputs, kind, call, true);
  if (!result.failed.empty()) return std::move(result.failed.front().error);
  return std::move(result.embeddings);
}

Result<Embeddings> Embedder::embed_documents(std::span<const std::string> texts, const CallOptions& call) const {
  std::vector<Input> inputs;
  inputs.reserve(texts.size());
  for (const std::string& text : texts) inputs.push_back({text});
  return embed(inputs, InputKind::kDocument, call);
}

client::Workers& Embedder::workers() const { return *state_->workers; }
Provider Embedder::provider() const { return state_->options.provider; }
const std::string& Embedder::model() const { return state_->options.model; }

}  // namespace alidade::embed::inline v0
