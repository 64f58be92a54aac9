#include "faces/qdrant_rest/unserved_vectors.h"

namespace alidade::faces::qdrant_rest {
namespace {

enum class Promised { kNothing, kDense, kMulti, kSparse };

struct Promise {
  Promised kind = Promised::kNothing;
  std::string size;  ///< Of a multi vector's rows.
};

Promise promise_of(const model::CollectionConfig& config, const std::string& name) {
  if (config.sparse_vectors && config.sparse_vectors->contains(name)) return {Promised::kSparse, ""};
  const auto vector = config.vectors.find(name);
  if (vector == config.vectors.end()) return {};
  if (!vector->second.multivector) return {Promised::kDense, ""};
  return {Promised::kMulti, std::to_string(vector->second.size)};
}

Status unserved(const char* kind, const std::string& name) {
  return unimplemented(std::string(kind) + " vectors are not available in this version (vector `" + name + "`)");
}

Status unknown_vector_name(const std::string& name) {
  return Status(StatusCode::kInvalidArgument, "Not existing vector name error: " + name,
                ErrorKind::kVectorNameUnknown, {name});
}

}  // namespace

bool is_about_vectors(const Status& problem) {
  return problem.kind() == ErrorKind::kSparseConversion || problem.kind() == ErrorKind::kVectorNameUnknown;
}

Status as_promised(const Status& problem, const model::CollectionConfig& config) {
  if (!is_about_vectors(problem)) return problem;
  const std::string& name = problem.arg(0);
  const std::string& given = problem.arg(1);  // "sparse", "multi", "dense"; "" = no vector, only its name.
  const Promise promise = promise_of(config, name);
  switch (promise.kind) {
    case Promised::kDense: return problem;
    case Promised::kNothing: return given == "sparse" || given == "multi" ? unknown_vector_name(name) : problem;
    case Promised::kSparse:
      if (given == "dense") {
        return Status(StatusCode::kInvalidArgument, "Conversion between sparse and regular vectors failed",
                      ErrorKind::kSparseConversion, {name, given});
      }
      return given == "multi" ? problem : unserved("Sparse", name);
    case Promised::kMulti:
      if (given == "sparse") {
        return Status(StatusCode::kInvalidArgument, "Conversion between sparse and regular vectors failed",
                      ErrorKind::kSparseConversion, {name, given});
      }
      if (!given.empty() && problem.arg(2) != promise.size) {
        return Status(StatusCode::kInvalidArgument, "a row of a multi vector has another length",
                      ErrorKind::kDimensionMismatch, {promise.size, problem.arg(2), name});
      }
      return unserved("Multi", name);
  }
  return problem;
}

Status as_promised(ops::Dispatcher& dispatcher,
                   observe::OpContext& context,
                   const model::CollectionRef& collection,
                   const Status& problem) {
  if (!is_about_vectors(problem)) return problem;
  const auto info = dispatcher.run(context, ops::GetCollection{collection});
  if (!info.ok()) return info.status();
  return as_promised(problem, info->description.config);
}

}  // namespace alidade::faces::qdrant_rest
