// Time-outs, retries and what they look like from outside: a log line for each attempt, a latency
// histogram and a retry counter. Asks a port where nothing listens, then the real server.

#include <cstdio>
#include <string>

#include "alidade/chroma.h"

using alidade::chroma::CallOptions;
using alidade::chroma::Client;
using alidade::chroma::ClientOptions;
using std::chrono::milliseconds;

int main() {
  const auto metrics = std::make_shared<alidade::client::LatencyMetrics>();
  auto options = ClientOptions::from_env();
  if (!options) {
    std::fprintf(stderr, "%s\n", options.error().to_text().c_str());
    return 1;
  }
  options->retry.max_retries = 2;
  options->retry.min_delay = milliseconds(20);
  options->connection.connect_timeout = milliseconds(2000);
  options->hooks.metrics = metrics;
  // Keys are never part of an event.
  options->hooks.logger = [](const alidade::client::LogEvent& event) {
    std::printf("%.*s %.*s attempt %d status %d: %.*s\n", static_cast<int>(event.operation.size()), event.operation.data(),
                static_cast<int>(event.event.size()), event.event.data(), event.attempt, event.status,
                static_cast<int>(event.message.size()), event.message.data());
  };

  ClientOptions nowhere = *options;
  nowhere.endpoint = "http://127.0.0.1:1";
  const auto refused = Client::make(nowhere).value().heartbeat();
  if (refused) return 1;
  std::printf("gave up after %d attempts: %s\n", refused.error().attempts, refused.error().to_text().c_str());

  // A call may have less time than the options say.
  const auto beat = Client::make(*options).value().heartbeat(CallOptions::within(milliseconds(10000)));
  if (!beat) {
    std::fprintf(stderr, "%s\n", beat.error().to_text().c_str());
    return 1;
  }
  const auto seen = metrics->snapshot();
  std::printf("retries %llu\n%s", static_cast<unsigned long long>(seen.retries.at("heartbeat")),
              metrics->to_prometheus().c_str());
  return 0;
}
