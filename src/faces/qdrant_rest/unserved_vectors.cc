#include "faces/qdrant_rest/unserved_vectors.h"

#include "faces/qdrant_rest/collection_settings.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Value;

enum class Promised { kNothing, kDense, kMulti, kSparse };

struct Promise {
  Promised kind = Promised::kNothing;
  std::string size;  ///< Of a multi vector's rows.
};

Promise promise_of(const Value& shown, const std::string& name) {
  const Value* params = shown.find("params");
  if (params == nullptr) return {};
  const Value* sparse = params->find("sparse_vectors");
  if (sparse != nullptr && sparse->find(name) != nullptr) return {Promised::kSparse, ""};
  const Value* vectors = params->find("vectors");
  if (vectors == nullptr) return {};
  const Value* size = vectors->find("size");
  const bool is_single = size != nullptr && !size->is_object();
  const Value* vector = is_single ? (name.empty() ? vectors : nullptr) : vectors->find(name);
  if (vector == nullptr) return {};
  if (vector->find("multivector_config") == nullptr) return {Promised::kDense, ""};
  return {Promised::kMulti, base::json::to_text(*vector->find("size"))};
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

Status as_promised(const Status& problem, const Value& shown) {
  if (!is_about_vectors(problem)) return problem;
  const std::string& name = problem.arg(0);
  const std::string& given = problem.arg(1);  // "sparse", "multi", "dense"; "" = no vector, only its name.
  const Promise promise = promise_of(shown, name);
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
  return as_promised(problem, shown_config(info->description.config));
}

}  // namespace alidade::faces::qdrant_rest
