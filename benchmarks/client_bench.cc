// Our side of benchmarks/client_bench.py: the clients on what is in memory already, and what they cost.
//
//   client_bench add    URL VECTORS DIMENSION ROWS BATCH        records of the Chroma client, one connection
//   client_bench query  URL VECTORS DIMENSION COUNT             queries of the Chroma client, one connection
//   client_bench upload URL VECTORS DIMENSION ROWS CONNECTIONS  points of the Qdrant client
//   client_bench upload_grpc …                                  the same over gRPC
//
// VECTORS holds floats, ROWS a line of JSON for each. `add` and `upload` print the CPU seconds of the calls. `query` prints the
// CPU microseconds of a query with the client, and of the same bytes through a socket that reads no answer's text.

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "alidade/chroma.h"
#include "alidade/qdrant.h"
#ifdef ALD_WITH_GRPC
#include "alidade/qdrant/grpc.h"
#endif

namespace {

namespace chroma = alidade::chroma;
namespace client = alidade::client;
namespace qdrant = alidade::qdrant;

struct Vectors {
  std::vector<float> values;
  std::size_t dimension = 0;
  std::size_t size() const { return values.size() / dimension; }
  std::span<const float> rows(std::size_t first, std::size_t count) const {
    return std::span(values).subspan(first * dimension, count * dimension);
  }
};

Vectors read_vectors(const char* path, std::size_t dimension) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  Vectors vectors{std::vector<float>(static_cast<std::size_t>(file.tellg()) / sizeof(float)), dimension};
  file.seekg(0);
  file.read(reinterpret_cast<char*>(vectors.values.data()), static_cast<std::streamsize>(vectors.values.size() * sizeof(float)));
  return vectors;
}

std::vector<client::Json> read_rows(const char* path) {
  std::ifstream file(path);
  std::vector<client::Json> rows;
  for (std::string line; std::getline(file, line);) rows.push_back(client::Json::parse(line).value());
  return rows;
}

double cpu_s() {
  std::timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

chroma::MetadataValue value_of(const client::Json& json) {
  if (const bool* flag = json.if_bool()) return *flag;
  if (const auto* whole = json.if_int()) return *whole;
  if (const double* number = json.if_double()) return *number;
  if (const std::string* text = json.if_string()) return *text;
  chroma::MetadataValue::Strings list;
  for (const client::Json& one : *json.if_array()) list.push_back(*one.if_string());
  return list;
}

chroma::Metadata metadata_of(const client::Json& row) {
  chroma::Metadata metadata;
  for (const auto& [key, value] : *row.if_object()) metadata.emplace(key, value_of(value));
  return metadata;
}

void add(const char* url, const Vectors& vectors, const std::vector<client::Json>& rows, std::size_t batch) {
  const auto books = chroma::Client::from_url(url).value().create_collection("ours").value();
  std::vector<chroma::Records> batches;
  for (std::size_t first = 0; first < rows.size(); first += batch) {
    const std::size_t end = std::min(first + batch, rows.size());
    chroma::Records& records = batches.emplace_back();
    records.embeddings = chroma::Embeddings::borrow(vectors.rows(first, end - first), vectors.dimension);
    for (std::size_t n = first; n < end; ++n) {
      records.ids.push_back("package-" + std::to_string(n));
      records.metadatas.emplace_back(metadata_of(rows[n]));
    }
  }
  const double start = cpu_s();
  for (const chroma::Records& records : batches) books.add(records).value();
  std::printf("%.4f\n", cpu_s() - start);
}

/// Sends what the client sends, and keeps it.
class Recorder final : public client::Transport {
 public:
  client::Result<client::HttpResponse> send(const client::HttpRequest& request) override {
    sent_ = std::string(request.method) + " " + std::string(request.url.substr(request.url.find('/', 8))) + " HTTP/1.1\r\n";
    for (const client::Header& header : request.headers) sent_ += header.name + ": " + header.value + "\r\n";
    sent_ += "Host: 127.0.0.1\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + std::string(request.body);
    return curl_->send(request);
  }
  const std::string& sent() const { return sent_; }

 private:
  std::shared_ptr<client::Transport> curl_ = client::make_curl_transport({});
  std::string sent_;
};

/// One connection that writes a request and reads the bytes of its answer.
class Socket {
 public:
  explicit Socket(const std::string& url) {
    const std::string place = url.substr(url.find("//") + 2);
    const std::size_t colon = place.find(':');
    addrinfo* found = nullptr;
    if (::getaddrinfo(place.substr(0, colon).c_str(), place.substr(colon + 1).c_str(), nullptr, &found) != 0) fail();
    socket_ = ::socket(found->ai_family, SOCK_STREAM, 0);
    const bool is_good = ::connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
    ::freeaddrinfo(found);
    if (!is_good) fail();
  }
  ~Socket() { ::close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void call(const std::string& request) {
    for (std::size_t at = 0; at < request.size();) {
      const auto sent = ::send(socket_, request.data() + at, request.size() - at, 0);
      if (sent <= 0) fail();
      at += static_cast<std::size_t>(sent);
    }
    static constexpr std::string_view kLength = "content-length: ";
    std::size_t size = 0;
    for (std::size_t whole = SIZE_MAX; size < whole;) {
      const auto got = ::recv(socket_, buffer_.data() + size, buffer_.size() - size, 0);
      if (got <= 0) fail();
      size += static_cast<std::size_t>(got);
      const std::string_view text(buffer_.data(), size);
      const std::size_t head = whole == SIZE_MAX ? text.find("\r\n\r\n") : std::string_view::npos;
      if (head == std::string_view::npos) continue;
      const auto field = std::search(text.begin(), text.end(), kLength.begin(), kLength.end(),
                                     [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
      whole = head + 4 + std::stoul(std::string(field + kLength.size(), text.end()));
    }
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error("the socket to the server broke"); }
  int socket_ = -1;
  std::array<char, 1 << 20> buffer_;
};

void query(const std::string& url, const Vectors& vectors, std::size_t count) {
  const auto recorder = std::make_shared<Recorder>();
  const auto request_of = [&](std::size_t n) {
    return chroma::QueryRequest{.embeddings = chroma::Embeddings::borrow(vectors.rows(n % vectors.size(), 1), vectors.dimension)};
  };
  std::vector<std::string> requests;
  const auto recorded = chroma::Client::make({.endpoint = url, .transport = recorder}).value().get_collection("ours").value();
  for (std::size_t n = 0; n < 200; ++n) {
    recorded.query(request_of(n)).value();
    requests.push_back(recorder->sent());
  }
  const auto books = chroma::Client::from_url(url).value().get_collection("ours").value();
  const auto socket = std::make_unique<Socket>(url);
  double ours = 0, bare = 0;
  for (std::size_t round = 0; round < 10; ++round) {  // In turns, so that the machine's moods meet both.
    const double start = cpu_s();
    for (std::size_t n = 0; n < count / 10; ++n) books.query(request_of(n % requests.size())).value();
    const double middle = cpu_s();
    for (std::size_t n = 0; n < count / 10; ++n) socket->call(requests[n % requests.size()]);
    ours += middle - start;
    bare += cpu_s() - middle;
  }
  std::printf("%.2f %.2f\n", ours * 1e6 / static_cast<double>(count), bare * 1e6 / static_cast<double>(count));
}

struct Row {
  std::uint64_t number = 0;
  std::span<const float> vector;
  const client::Json* payload = nullptr;
};

void add_to(qdrant::PointBatch& batch, const Row& row) { batch.add(row.number, row.vector, *row.payload); }

std::shared_ptr<client::Transport> grpc_transport() {
#ifdef ALD_WITH_GRPC
  return qdrant::make_grpc_transport();
#else
  throw std::runtime_error("built without the client over gRPC");
#endif
}

void upload(const char* url, std::shared_ptr<client::Transport> transport, const Vectors& vectors,
            const std::vector<client::Json>& rows, std::size_t connections) {
  const auto server = qdrant::Client::make({.url = url, .transport = std::move(transport)}).value();
  server.create_collection("ours", {.vectors = qdrant::VectorParams{.size = vectors.dimension}}).value();
  const double start = cpu_s();
  qdrant::Uploader uploader(server.collection("ours"), {.parallel = connections});
  for (std::size_t n = 0; n < rows.size(); ++n) uploader.add(Row{n, vectors.rows(n, 1), &rows[n]});
  const auto report = uploader.finish();
  std::printf("%.4f\n", cpu_s() - start);
  if (!report.ok()) throw client::Exception(report.failed.front().result.error());
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc != (what == "query" ? 6 : 7)) return 2;
  const Vectors vectors = read_vectors(argv[3], std::stoul(argv[4]));
  if (what == "query") query(argv[2], vectors, std::stoul(argv[5]));
  if (what == "add") add(argv[2], vectors, read_rows(argv[5]), std::stoul(argv[6]));
  if (what == "upload") upload(argv[2], nullptr, vectors, read_rows(argv[5]), std::stoul(argv[6]));
  if (what == "upload_grpc") upload(argv[2], grpc_transport(), vectors, read_rows(argv[5]), std::stoul(argv[6]));
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
