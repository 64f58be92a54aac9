// Load on a running server: searches over connections that are kept open, as fast as they are answered (closed loop)
// or at a given rate (open loop, where a request that waits for its turn waits from when it was due), with insertions
// beside them if asked.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include <unistd.h>

#include "bench/commands.h"
#include "bench/load_face.h"
#include "bench/measure.h"
#include "bench/results.h"

namespace alidade::benchmark {
namespace {

constexpr OptionRow kOptions[] = {
    {"qdrant", "", "http://HOST:PORT of a Qdrant REST API"},
    {"chroma", "", "http://HOST:PORT of a Chroma API; one of the two"},
    {"collection", "alidade-bench", "its name"},
    {"data", "", "folder of the set; none: the real one"},
    {"queries", "1000", "how many of its queries, over and over"},
    {"upload", nullptr, "makes the collection afresh from the set, and waits until it is indexed"},
    {"k", "10", "points that a search asks for"},
    {"ef", "0", "of a search (Qdrant); 0: the server's own"},
    {"filter", "", "JSON of a filter (Qdrant) or a where (Chroma)"},
    {"connections", "1", "that search at the same time"},
    {"rate", "0", "requests per second of all connections; 0: closed loop"},
    {"seconds", "5", "of the run"},
    {"inserts", "0", "rows per second that are written meanwhile, under new ids"},
    {"pid", "0", "process of the server, on this machine: its CPU per request"},
    {"json", "", "file for the results"},
};
constexpr std::uint32_t kRowsPerUpsert = 200, kRowsPerInsert = 50;

using Clock = std::chrono::steady_clock;

/// What the connections share.
struct Run {
  const std::vector<std::string>& requests;
  const Address address;
  const double rate;
  const Clock::time_point start;
  const Clock::time_point end;
  std::atomic<std::uint64_t> next = 0;
};

struct Outcome {
  std::vector<float> latencies_ms;
  std::uint64_t failures = 0;
};

void search_on_one(Run& run, Outcome& outcome) {
  HttpConnection connection(run.address);
  std::string body;
  while (true) {
    const std::uint64_t number = run.next++;
    Clock::time_point due = Clock::now();
    if (run.rate > 0) {
      due = run.start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(static_cast<double>(number) / run.rate));
      if (due >= run.end) return;
      std::this_thread::sleep_until(due);
    } else if (due >= run.end) {
      return;
    }
    const int status = connection.exchange(run.requests[number % run.requests.size()], body);
    const std::chrono::duration<float, std::milli> waited = Clock::now() - due;
    if (status >= 200 && status <= 299) {
      outcome.latencies_ms.push_back(waited.count());
    } else {
      ++outcome.failures;
      // A server that is away would be asked a million times.
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    // An open loop that cannot keep up ends, too.
    if (Clock::now() > run.end + std::chrono::seconds(10)) return;
  }
}

struct Written {
  std::uint64_t rows = 0, failures = 0;
};

/// Writes at a rate until the run ends. The rows come over and over, under ids that nobody has.
void write_on_one(const Run& run, const LoadFace& face, const DataSet& data, double rate, Written& written) {
  HttpConnection connection(run.address);
  std::string body;
  const std::uint32_t batch = std::min(kRowsPerInsert, data.row_count);
  for (std::uint64_t number = 0;; ++number) {
    const auto due = run.start + std::chrono::duration_cast<Clock::duration>(
                                     std::chrono::duration<double>(static_cast<double>(number * batch) / rate));
    if (due >= run.end || Clock::now() >= run.end) return;
    std::this_thread::sleep_until(due);
    const std::uint64_t first = number * batch % (data.row_count - batch + 1);
    const std::uint64_t offset = data.row_count + number * batch - first;
    const int status = connection.exchange(
        face.upsert(data, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first + batch), static_cast<std::uint32_t>(offset)), body);
    if (status >= 200 && status <= 299) written.rows += batch;
    else ++written.failures;
  }
}

/// CPU seconds of a process; negative when there is none.
double cpu_seconds_of(std::uint32_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t fields = text.rfind(')');
  if (pid == 0 || fields == std::string::npos) return -1;
  unsigned long long user = 0, system = 0;
  // State and ten numbers stand before the two.
  if (std::sscanf(text.c_str() + fields + 2, "%*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu", &user, &system) != 2) return -1;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void upload(const DataSet& data, const Address& address, LoadFace& face, base::json::Value& results) {
  HttpConnection connection(address);
  face.create(connection, data.dim);
  const double before = wall_seconds();
  std::string body;
  for (std::uint32_t first = 0; first < data.row_count; first += kRowsPerUpsert) {
    const int status = connection.exchange(face.upsert(data, first, std::min(first + kRowsPerUpsert, data.row_count), 0), body);
    if (status < 200 || status > 299) fail("writing rows: " + std::to_string(status) + " " + body.substr(0, 300));
  }
  const double written = wall_seconds() - before;
  while (!face.is_indexed(connection)) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::printf("upload: %.2f s until acknowledged (%.0f rows/s), %.2f s until indexed\n", written, data.row_count / written,
              wall_seconds() - before);
  results.set("upload_s", rounded(written));
  results.set("indexed_s", rounded(wall_seconds() - before));
}

double mean_recall(const DataSet& data, const Address& address, const LoadFace& face,
                   const std::vector<std::string>& requests, std::uint32_t k) {
  HttpConnection connection(address);
  const Measured measured = measure(data, kth_scores(data, k), k, [&](std::uint32_t q, std::vector<std::uint32_t>& ids) {
    std::string body;
    const int status = connection.exchange(requests[q], body);
    if (status < 200 || status > 299) fail("searching: " + std::to_string(status) + " " + body.substr(0, 300));
    for (const std::uint32_t id : face.ids(body)) {
      if (id < data.row_count) ids.push_back(id);
    }
  });
  return measured.recall;
}

double quantile(const std::vector<float>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void print_outcome(const std::vector<Outcome>& outcomes, double seconds, double server_cpu, double own_cpu, base::json::Value& results) {
  std::vector<float> latencies;
  std::uint64_t failures = 0;
  for (const Outcome& outcome : outcomes) {
    latencies.insert(latencies.end(), outcome.latencies_ms.begin(), outcome.latencies_ms.end());
    failures += outcome.failures;
  }
  std::sort(latencies.begin(), latencies.end());
  const auto count = static_cast<double>(latencies.size());
  std::printf("%.0f requests, %llu failed, %.0f per second\n", count, static_cast<unsigned long long>(failures), count / seconds);
  std::printf("latency ms: p50 %.3f  p95 %.3f  p99 %.3f  p99.9 %.3f  max %.3f\n", quantile(latencies, 0.5), quantile(latencies, 0.95),
              quantile(latencies, 0.99), quantile(latencies, 0.999), quantile(latencies, 1));
  results.set("requests", static_cast<std::int64_t>(latencies.size()));
  results.set("failures", static_cast<std::int64_t>(failures));
  results.set("per_second", rounded(count / seconds));
  for (const auto& [name, share] : {std::pair{"p50_ms", 0.5}, {"p95_ms", 0.95}, {"p99_ms", 0.99}, {"p999_ms", 0.999}}) {
    results.set(name, rounded(quantile(latencies, share)));
  }
  if (server_cpu >= 0 && count > 0) {
    std::printf("CPU per request: server %.4f ms, this program %.4f ms\n", server_cpu * 1000 / count, own_cpu * 1000 / count);
    results.set("server_cpu_ms", rounded(server_cpu * 1000 / count));
    results.set("own_cpu_ms", rounded(own_cpu * 1000 / count));
  }
}

int run(const Options& options) {
  const std::string qdrant = options.text("qdrant"), chroma = options.text("chroma");
  if (qdrant.empty() == chroma.empty()) fail("load wants --qdrant or --chroma");
  const Address address = parse_address(qdrant.empty() ? chroma : qdrant);
  const auto face = qdrant.empty() ? make_chroma_face(address, options.text("collection"), options.text("filter"))
                                   : make_qdrant_face(address, options.text("collection"), options.text("filter"));
  const auto data = load_data_set(options.text("data"), options.number("queries"));
  const std::uint32_t k = options.number("k"), connections = options.number("connections");
  const double seconds = options.real("seconds"), inserts = options.real("inserts");
  if (k == 0 || connections == 0 || connections > 1024 || seconds > 86400) fail("--k, --connections (to 1024) and --seconds (to a day)");
  base::json::Value results;
  results.set("face", qdrant.empty() ? "chroma" : "qdrant");
  results.set("set", data->name);
  if (options.flag("upload")) {
    upload(*data, address, *face, results);
  } else {
    HttpConnection connection(address);
    face->find(connection);
  }
  std::vector<std::string> requests;
  for (std::uint32_t q = 0; q < data->query_count; ++q) requests.push_back(face->search(data->query(q), data->dim, k, options.number("ef")));
  if (options.text("filter").empty() && k <= data->truth_depth) {
    const double recall = mean_recall(*data, address, *face, requests, k);
    std::printf("recall@%u %.4f\n", k, recall);
    results.set("recall", rounded(recall));
  }
  const auto start = Clock::now();
  Run shared{requests, address, options.real("rate"), start,
             start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)), 0};
  const double server_before = cpu_seconds_of(options.number("pid")), own_before = process_cpu_seconds();
  std::vector<Outcome> outcomes(connections);
  std::vector<std::thread> threads;
  for (Outcome& outcome : outcomes) threads.emplace_back([&shared, &outcome] { search_on_one(shared, outcome); });
  Written written;
  if (inserts > 0) threads.emplace_back([&] { write_on_one(shared, *face, *data, inserts, written); });
  for (std::thread& thread : threads) thread.join();
  const double server_after = cpu_seconds_of(options.number("pid"));
  std::printf("%s, %u connections, %s\n", shared.rate > 0 ? "open loop" : "closed loop", connections,
              inserts > 0 ? "with insertions" : "nothing is written");
  results.set("connections", static_cast<std::int64_t>(connections));
  results.set("rate", shared.rate);
  const std::chrono::duration<double> spent = Clock::now() - start;
  print_outcome(outcomes, spent.count(), server_before < 0 ? -1 : server_after - server_before, process_cpu_seconds() - own_before, results);
  if (inserts > 0) {
    std::printf("%llu rows written, %llu writes failed\n", static_cast<unsigned long long>(written.rows), static_cast<unsigned long long>(written.failures));
    results.set("rows_written", static_cast<std::int64_t>(written.rows));
  }
  write_results(options.text("json"), "load", std::move(results));
  return 0;
}

}  // namespace

const Command kLoad = {"load", "open or closed loop of searches on a running server", kOptions, nullptr, &run};

}  // namespace alidade::benchmark
