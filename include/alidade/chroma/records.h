#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "alidade/chroma/metadata.h"
#include "alidade/chroma/where.h"

namespace alidade::chroma::inline v0 {

/// Rows of vectors: owned, or borrowed from the caller for the length of a call.
class ALIDADE_API Embeddings {
 public:
  using Rows = std::vector<std::vector<float>>;
  using OptionalRows = std::vector<std::optional<std::vector<float>>>;

  Embeddings() = default;
  Embeddings(Rows rows) : data_(std::move(rows)) {}  // NOLINT: implicit, as the usual form
  /// Rows may be missing: an update leaves those vectors as they are.
  Embeddings(OptionalRows rows) : data_(std::move(rows)) {}  // NOLINT
  Embeddings(std::initializer_list<std::vector<float>> rows) : data_(Rows(rows)) {}
  /// @param values [row_count × dimension], row-major.
  static Embeddings matrix(std::vector<float> values, std::size_t dimension);
  /// The same without a copy; `values` stays alive until the call returns.
  static Embeddings borrow(std::span<const float> values, std::size_t dimension);

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  /// Row `index` < size(); nothing when it is missing. Valid as long as *this.
  std::optional<std::span<const float>> row(std::size_t index) const;

 private:
  struct Matrix {
    std::vector<float> owned;
    std::span<const float> borrowed;
    std::size_t dimension = 0;
    std::span<const float> values() const { return owned.empty() ? borrowed : std::span<const float>(owned); }
  };
  explicit Embeddings(Matrix matrix) : data_(std::move(matrix)) {}

  std::variant<Rows, OptionalRows, Matrix> data_;
};

/// Records to add, update or upsert, by columns. Each column is empty or as long as `ids`.
struct Records {
  std::vector<std::string> ids = {};
  Embeddings embeddings = {};
  std::vector<std::optional<std::string>> documents = {};
  std::vector<std::optional<std::string>> uris = {};
  std::vector<std::optional<Metadata>> metadatas = {};
};

enum class Include : std::uint8_t { kDocuments, kEmbeddings, kMetadatas, kDistances, kUris };

struct GetRequest {
  /// Without them all records; an empty list names none.
  std::optional<std::vector<std::string>> ids = {};
  std::optional<Where> where = {};
  std::optional<WhereDocument> where_document = {};
  std::optional<std::uint32_t> limit = {};
  std::optional<std::uint32_t> offset = {};
  /// Without it documents and metadatas.
  std::optional<std::vector<Include>> include = {};
};

struct QueryRequest {
  Embeddings embeddings = {};
  std::uint32_t n_results = 10;
  std::optional<std::vector<std::string>> ids = {};
  std::optional<Where> where = {};
  std::optional<WhereDocument> where_document = {};
  /// Without it documents, metadatas and distances.
  std::optional<std::vector<Include>> include = {};
};

struct DeleteRequest {
  std::optional<std::vector<std::string>> ids = {};
  std::optional<Where> where = {};
  std::optional<WhereDocument> where_document = {};
  /// With `where` only.
  std::optional<std::uint32_t> limit = {};
};

/// Columns of the same length; one that was not included is nullopt.
struct GetResponse {
  std::vector<std::string> ids = {};
  std::optional<std::vector<std::vector<float>>> embeddings = {};
  std::optional<std::vector<std::optional<std::string>>> documents = {};
  std::optional<std::vector<std::optional<std::string>>> uris = {};
  std::optional<std::vector<std::optional<Metadata>>> metadatas = {};
  std::vector<Include> include = {};
};

/// Each column holds a list for each query, nearest first.
struct QueryResponse {
  std::vector<std::vector<std::string>> ids = {};
  std::optional<std::vector<std::vector<std::optional<std::vector<float>>>>> embeddings = {};
  std::optional<std::vector<std::vector<std::optional<std::string>>>> documents = {};
  std::optional<std::vector<std::vector<std::optional<std::string>>>> uris = {};
  std::optional<std::vector<std::vector<std::optional<Metadata>>>> metadatas = {};
  std::optional<std::vector<std::vector<std::optional<float>>>> distances = {};
  std::vector<Include> include = {};
};

/// Each column holds a list for each search; nullopt for a search that did not select it.
struct SearchResponse {
  std::vector<std::vector<std::string>> ids = {};
  std::vector<std::optional<std::vector<std::optional<std::string>>>> documents = {};
  std::vector<std::optional<std::vector<std::optional<std::vector<float>>>>> embeddings = {};
  std::vector<std::optional<std::vector<std::optional<Metadata>>>> metadatas = {};
  std::vector<std::optional<std::vector<std::optional<float>>>> scores = {};
  std::vector<std::vector<std::string>> select = {};
};

enum class ReadLevel : std::uint8_t {
  kIndexAndWal,         ///< Everything that was acknowledged.
  kIndexOnly,           ///< Faster; may miss what came last.
  kIndexAndBoundedWal,
};

struct IndexingStatus {
  /// From 0 to 1.
  float progress = 0;
  std::uint64_t unindexed_ops = 0;
  std::uint64_t indexed_ops = 0;
  std::uint64_t total_ops = 0;
};

}  // namespace alidade::chroma::inline v0
