#include "bench/load_face.h"

#include <cstdlib>

#include "base/json.h"
#include "bench/options.h"

namespace alidade::benchmark {
namespace {

using base::json::Value;
using base::json::Writer;

/// Sends a request that must be answered with 2xx; its body, parsed.
Value ask(HttpConnection& connection, const std::string& request, const char* what) {
  std::string body;
  const int status = connection.exchange(request, body);
  if (status == 0) fail("no answer to " + std::string(what));
  if (status < 200 || status > 299) fail(std::string(what) + ": " + std::to_string(status) + " " + body.substr(0, 300));
  auto value = base::json::parse(body.empty() ? "null" : body);
  return value.ok() ? std::move(*value) : Value();
}

const Value* at(const Value& value, std::initializer_list<const char*> path) {
  const Value* found = &value;
  for (const char* key : path) {
    if (found == nullptr) return nullptr;
    found = found->find(key);
  }
  return found;
}

class QdrantFace : public LoadFace {
 public:
  QdrantFace(Address address, std::string collection, std::string filter)
      : address_(std::move(address)), path_("/collections/" + collection), filter_(std::move(filter)) {}

  void create(HttpConnection& connection, std::uint32_t dim) override {
    ask(connection, encode_request(address_, "DELETE", path_, ""), "deleting the collection");
    const std::string body = "{\"vectors\":{\"size\":" + std::to_string(dim) + ",\"distance\":\"Cosine\"}}";
    ask(connection, encode_request(address_, "PUT", path_, body), "creating the collection");
  }
  void find(HttpConnection& connection) override {
    ask(connection, encode_request(address_, "GET", path_, ""), "finding the collection");
  }
  bool is_indexed(HttpConnection& connection) override {
    const Value about = ask(connection, encode_request(address_, "GET", path_, ""), "asking for the collection");
    const Value* status = at(about, {"result", "status"});
    return status != nullptr && status->is_string() && status->as_string() == "green";
  }
  std::string upsert(const DataSet& data, std::uint32_t first, std::uint32_t end, std::uint32_t id_offset) const override {
    std::string body;
    Writer out(body);
    out.begin_object();
    out.key("points");
    out.begin_array();
    for (std::uint32_t i = first; i < end; ++i) {
      out.begin_object();
      out.key("id");
      out.unsigned_integer(std::uint64_t{i} + id_offset);
      out.key("vector");
      out.floats(data.rows.row(i), data.dim);
      out.key("payload");
      out.raw("{\"number\":" + std::to_string(i) + "}");
      out.end_object();
    }
    out.end_array();
    out.end_object();
    return encode_request(address_, "PUT", path_ + "/points?wait=true", body);
  }
  std::string search(const float* vector, std::uint32_t dim, std::uint32_t k, std::uint32_t ef) const override {
    std::string body;
    Writer out(body);
    out.begin_object();
    out.key("query");
    out.floats(vector, dim);
    out.key("limit");
    out.unsigned_integer(k);
    if (ef > 0) {
      out.key("params");
      out.raw("{\"hnsw_ef\":" + std::to_string(ef) + "}");
    }
    if (!filter_.empty()) {
      out.key("filter");
      out.raw(filter_);
    }
    out.end_object();
    return encode_request(address_, "POST", path_ + "/points/query", body);
  }
  std::vector<std::uint32_t> ids(const std::string& body) const override {
    std::vector<std::uint32_t> found;
    const auto answer = base::json::parse(body);
    const Value* points = answer.ok() ? at(*answer, {"result", "points"}) : nullptr;
    if (points == nullptr || !points->is_array()) return found;
    for (const Value& point : points->as_array()) {
      const Value* id = point.find("id");
      if (id != nullptr && id->is_int()) found.push_back(static_cast<std::uint32_t>(id->as_int()));
    }
    return found;
  }

 private:
  const Address address_;
  const std::string path_, filter_;
};

class ChromaFace : public LoadFace {
 public:
  ChromaFace(Address address, std::string collection, std::string filter)
      : address_(std::move(address)), name_(std::move(collection)), filter_(std::move(filter)) {}

  void create(HttpConnection& connection, std::uint32_t /*dim*/) override {
    std::string ignored;
    connection.exchange(encode_request(address_, "DELETE", std::string(kBase) + "/" + name_, ""), ignored);
    const std::string body = "{\"name\":\"" + name_ + "\",\"configuration\":{\"hnsw\":{\"space\":\"cosine\"}}}";
    read_id(ask(connection, encode_request(address_, "POST", kBase, body), "creating the collection"));
  }
  void find(HttpConnection& connection) override {
    read_id(ask(connection, encode_request(address_, "GET", std::string(kBase) + "/" + name_, ""), "finding the collection"));
  }
  /// Chroma tells nobody.
  bool is_indexed(HttpConnection& /*connection*/) override { return true; }
  std::string upsert(const DataSet& data, std::uint32_t first, std::uint32_t end, std::uint32_t id_offset) const override {
    std::string body;
    Writer out(body);
    out.begin_object();
    out.key("ids");
    out.begin_array();
    for (std::uint32_t i = first; i < end; ++i) out.string(std::to_string(std::uint64_t{i} + id_offset));
    out.end_array();
    out.key("embeddings");
    out.begin_array();
    for (std::uint32_t i = first; i < end; ++i) {
      out.floats(data.rows.row(i), data.dim);
    }
    out.end_array();
    out.end_object();
    return encode_request(address_, "POST", path_ + "/upsert", body);
  }
  std::string search(const float* vector, std::uint32_t dim, std::uint32_t k, std::uint32_t /*ef*/) const override {
    std::string body;
    Writer out(body);
    out.begin_object();
    out.key("query_embeddings");
    out.begin_array();
    out.floats(vector, dim);
    out.end_array();
    out.key("n_results");
    out.unsigned_integer(k);
    out.key("include");
    out.raw("[\"distances\"]");
    if (!filter_.empty()) {
      out.key("where");
      out.raw(filter_);
    }
    out.end_object();
    return encode_request(address_, "POST", path_ + "/query", body);
  }
  std::vector<std::uint32_t> ids(const std::string& body) const override {
    std::vector<std::uint32_t> found;
    const auto answer = base::json::parse(body);
    const Value* lists = answer.ok() ? answer->find("ids") : nullptr;
    if (lists == nullptr || !lists->is_array() || lists->as_array().empty() || !lists->as_array()[0].is_array()) return found;
    for (const Value& id : lists->as_array()[0].as_array()) {
      if (id.is_string()) found.push_back(static_cast<std::uint32_t>(std::strtoul(id.as_string().c_str(), nullptr, 10)));
    }
    return found;
  }

 private:
  static constexpr const char* kBase = "/api/v2/tenants/default_tenant/databases/default_database/collections";
  void read_id(const Value& collection) {
    const Value* id = collection.find("id");
    if (id == nullptr || !id->is_string()) fail("the server names no id of collection " + name_);
    path_ = std::string(kBase) + "/" + id->as_string();
  }

  const Address address_;
  const std::string name_, filter_;
  std::string path_;
};

}  // namespace

std::unique_ptr<LoadFace> make_qdrant_face(Address address, std::string collection, std::string filter) {
  return std::make_unique<QdrantFace>(std::move(address), std::move(collection), std::move(filter));
}

std::unique_ptr<LoadFace> make_chroma_face(Address address, std::string collection, std::string filter) {
  return std::make_unique<ChromaFace>(std::move(address), std::move(collection), std::move(filter));
}

}  // namespace alidade::benchmark
