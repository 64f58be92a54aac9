#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/data_set.h"
#include "bench/http.h"

namespace alidade::benchmark {

/// What a server is asked for, in its own words. The rows of a set are points whose id is their number.
class LoadFace {
 public:
  virtual ~LoadFace() = default;
  /// Makes the collection afresh. Ends the program when the server will not.
  virtual void create(HttpConnection& connection, std::uint32_t dim) = 0;
  /// Finds the collection. Ends the program when there is none.
  virtual void find(HttpConnection& connection) = 0;
  /// Whether all that was written is in the index.
  virtual bool is_indexed(HttpConnection& connection) = 0;
  /// Requests as they go over the wire.
  virtual std::string upsert(const DataSet& data, std::uint32_t first, std::uint32_t end, std::uint32_t id_offset) const = 0;
  virtual std::string search(const float* vector, std::uint32_t dim, std::uint32_t k, std::uint32_t ef) const = 0;
  /// Ids that an answer holds; empty when it is none.
  virtual std::vector<std::uint32_t> ids(const std::string& body) const = 0;
};

std::unique_ptr<LoadFace> make_qdrant_face(Address address, std::string collection, std::string filter);
std::unique_ptr<LoadFace> make_chroma_face(Address address, std::string collection, std::string filter);

}  // namespace alidade::benchmark
