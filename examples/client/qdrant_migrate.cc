// Moves a collection from a Chroma server to a Qdrant server: page by page out of one, in parallel batches into the other.
// It may be run again: a record has the same point id each time.
//
//   qdrant_migrate CHROMA_URL QDRANT_URL COLLECTION
//
// Either may be Alidade. Point ids of Qdrant are numbers and UUIDs, so a record's id becomes a UUID made of its text, and
// stays in the payload as "id", beside "document", "uri" and the members of the metadata.

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "alidade/chroma.h"
#include "alidade/qdrant.h"

namespace chroma = alidade::chroma;
namespace qdrant = alidade::qdrant;
using alidade::client::Json;

namespace {

constexpr std::uint32_t kPageRecords = 500;

// FNV-1a over 64 bits, from two beginnings; version 8 of RFC 9562 is for ids of an application's own making.
std::string uuid_of(std::string_view text) {
  std::uint64_t halves[2] = {14695981039346656037u, 0x9e3779b97f4a7c15u};
  for (std::uint64_t& half : halves) {
    for (const char c : text) half = (half ^ static_cast<unsigned char>(c)) * 1099511628211u;
    half ^= half >> 29;
    half *= 0xff51afd7ed558ccdu;
    half ^= half >> 32;
  }
  char out[37];
  std::snprintf(out, sizeof out, "%08" PRIx64 "-%04" PRIx64 "-8%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
                halves[0] >> 32, (halves[0] >> 16) & 0xffff, halves[0] & 0xfff, ((halves[1] >> 48) & 0x3fff) | 0x8000,
                halves[1] & 0xffffffffffff);
  return out;
}

Json json_of(const chroma::MetadataValue& value) {
  return std::visit(
      []<typename T>(const T& data) -> Json {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return nullptr;
        } else if constexpr (std::is_same_v<T, chroma::SparseVector>) {
          Json indices = Json::array(), values = Json::array();
          for (const auto index : data.indices) indices.push_back(index);
          for (const auto number : data.values) values.push_back(number);
          return Json(Json::Object{{"indices", std::move(indices)}, {"values", std::move(values)}});
        } else if constexpr (requires { data.begin(); } && !std::is_same_v<T, std::string>) {
          Json list = Json::array();
          for (const auto& item : data) list.push_back(typename T::value_type(item));
          return list;
        } else {
          return data;
        }
      },
      value.data());
}

qdrant::Distance distance_of(const chroma::Collection& collection) {
  const Json* hnsw = collection.configuration().find("hnsw");
  const Json* space = hnsw == nullptr ? nullptr : hnsw->find("space");
  const std::string name = space != nullptr && space->if_string() != nullptr ? *space->if_string() : "l2";
  if (name == "cosine") return qdrant::Distance::kCosine;
  return name == "ip" ? qdrant::Distance::kDot : qdrant::Distance::kEuclid;
}

qdrant::Point point_of(const chroma::GetResponse& page, std::size_t index) {
  Json payload = Json::object();
  if (const auto& metadata = (*page.metadatas)[index]) {
    for (const auto& [key, value] : *metadata) payload.set(key, json_of(value));
  }
  if (const auto& document = (*page.documents)[index]) payload.set("document", *document);
  if (const auto& uri = (*page.uris)[index]) payload.set("uri", *uri);
  payload.set("id", page.ids[index]);
  return {.id = uuid_of(page.ids[index]), .vectors = (*page.embeddings)[index], .payload = std::move(payload)};
}

// Brings every record; records that are added meanwhile at the end are brought as well.
qdrant::UploadReport copy(const chroma::Collection& from, const qdrant::Collection& to) {
  qdrant::Uploader uploader(to, {.on_batch = [](const qdrant::UploadBatch&, const qdrant::UploadProgress& progress) {
    std::printf("%" PRIu64 " points\n", progress.points_sent);
  }});
  chroma::GetRequest request;
  request.limit = kPageRecords;
  request.include = {chroma::Include::kEmbeddings, chroma::Include::kDocuments, chroma::Include::kMetadatas,
                     chroma::Include::kUris};
  for (std::uint32_t offset = 0;; offset += kPageRecords) {
    request.offset = offset;
    const chroma::GetResponse page = from.get(request).value();
    for (std::size_t i = 0; i < page.ids.size(); ++i) {
      if (!uploader.add(point_of(page, i))) return uploader.finish();
    }
    if (page.ids.size() < kPageRecords) return uploader.finish();
  }
}

int migrate(const std::string& chroma_url, const std::string& qdrant_url, const std::string& name) {
  const auto source = chroma::Client::from_url(chroma_url).value().get_collection(name).value();
  if (!source.dimension()) {
    std::printf("%s has no vectors yet\n", name.c_str());
    return 0;
  }
  auto options = qdrant::ClientOptions::from_environment().value();
  options.url = qdrant_url;
  const auto server = qdrant::Client::make(options).value();
  const bool made = server.ensure_collection(name, {.vectors = qdrant::VectorParams{
      .size = static_cast<std::uint64_t>(*source.dimension()), .distance = distance_of(source)}}).value();
  std::printf("%s %s\n", made ? "made" : "found", name.c_str());

  const auto target = server.collection(name);
  const auto report = copy(source, target);
  for (const auto& batch : report.failed) {
    std::printf("records %" PRIu64 " to %" PRIu64 ": %s\n", batch.first, batch.first + batch.count - 1,
                batch.result.error().to_text().c_str());
  }
  if (!report.ok()) return 1;

  // Both sides hold the same number, and a record finds itself.
  const auto sample = source.peek(1).value();
  const auto near = target.query({.query = qdrant::Query(sample.embeddings->at(0)), .limit = 1,
                                  .with_payload = qdrant::WithPayload::all()}).value();
  std::printf("%" PRIu64 " records, %" PRIu64 " points; nearest to %s: %s\n", source.count().value(),
              target.count().value(), sample.ids.at(0).c_str(), near.at(0).payload.find("id")->if_string()->c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "usage: qdrant_migrate CHROMA_URL QDRANT_URL COLLECTION\n");
    return 2;
  }
  return migrate(argv[1], argv[2], argv[3]);
} catch (const alidade::client::Exception& failure) {
  std::fprintf(stderr, "%s\n", failure.what());
  return 1;
}
