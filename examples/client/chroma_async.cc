// Many questions at a time: futures for a fan-out, a callback for the one that is not waited for, and a
// stop token for the one that is no longer wanted.

#include <cstdio>
#include <future>
#include <stop_token>
#include <vector>

#include "alidade/chroma.h"

using alidade::chroma::CallOptions;
using alidade::chroma::Collection;
using alidade::chroma::QueryResponse;
using alidade::chroma::Records;
using alidade::chroma::Result;

int main() {
  const auto client = alidade::chroma::Client::from_env();
  if (!client) return 1;
  const auto points = client->get_or_create_collection("fan-out");
  if (!points) {
    std::fprintf(stderr, "%s\n", points.error().to_text().c_str());
    return 1;
  }
  Records records;
  std::vector<float> matrix;
  for (int i = 0; i < 100; ++i) {
    records.ids.push_back(std::to_string(i));
    matrix.insert(matrix.end(), {static_cast<float>(i), 0.0F});
  }
  // The rows are read in place.
  records.embeddings = alidade::chroma::Embeddings::borrow(matrix, 2);
  if (const auto written = points->upsert(records); !written) {
    std::fprintf(stderr, "%s\n", written.error().to_text().c_str());
    return 1;
  }

  std::vector<std::future<Result<QueryResponse>>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(points->run_async([i](const Collection& c) {
      return c.query({.embeddings = {{static_cast<float>(i) + 0.1F, 0.0F}}, .n_results = 1});
    }));
  }
  int right = 0;
  for (int i = 0; i < 20; ++i) {
    const auto answer = answers[static_cast<std::size_t>(i)].get();
    right += answer && answer->ids[0][0] == std::to_string(i);
  }
  std::printf("%d of 20 answers are right\n", right);

  std::promise<std::uint64_t> counted;
  points->run_async([](const Collection& c) { return c.count(); },
                    [&counted](Result<std::uint64_t> count) { counted.set_value(count.value_or(0u)); });
  std::printf("a callback counted %llu\n", static_cast<unsigned long long>(counted.get_future().get()));

  std::stop_source no_longer;
  no_longer.request_stop();
  const auto stopped = points->count(CallOptions{.stop = no_longer.get_token()});
  std::printf("stopped: %s\n", stopped ? "no" : stopped.error().to_text().c_str());
  const auto gone = client->delete_collection("fan-out");
  return right == 20 && !stopped && gone ? 0 : 1;
}
