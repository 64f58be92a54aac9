#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "alidade/client/json.h"

namespace alidade::qdrant::inline v0 {

using client::Json;

using DenseVector = std::vector<float>;

/// Values at some places; all others are 0. Places are unique.
struct SparseVector {
  std::vector<std::uint32_t> indices = {};
  std::vector<float> values = {};
  friend bool operator==(const SparseVector&, const SparseVector&) = default;
};

/// Rows of one length (ColBERT and the like).
struct MultiVector {
  std::vector<DenseVector> rows = {};
  friend bool operator==(const MultiVector&, const MultiVector&) = default;
};

/// A text that the server turns into a vector. `options`: an object, or null.
struct Document {
  std::string text;
  std::string model;
  Json options = {};
  friend bool operator==(const Document&, const Document&) = default;
};

/// An image (a URL or base64 text) that the server turns into a vector.
struct Image {
  std::string image;
  std::string model;
  Json options = {};
  friend bool operator==(const Image&, const Image&) = default;
};

/// Anything else that a model of the server takes.
struct InferenceObject {
  Json object;
  std::string model;
  Json options = {};
  friend bool operator==(const InferenceObject&, const InferenceObject&) = default;
};

/// One vector of any kind, on its way to the server or from it (the last three only to it).
using Vector = std::variant<DenseVector, SparseVector, MultiVector, Document, Image, InferenceObject>;

struct NamedVector {
  std::string name;
  Vector vector;
  friend bool operator==(const NamedVector&, const NamedVector&) = default;
};

/// The vectors of one point: none, one without a name, or named ones. A value.
class Vectors {
 public:
  Vectors() = default;
  Vectors(DenseVector unnamed) : unnamed_(true) { all_.push_back({"", std::move(unnamed)}); }  // NOLINT
  Vectors(Vector unnamed) : unnamed_(true) { all_.push_back({"", std::move(unnamed)}); }       // NOLINT
  Vectors(std::vector<NamedVector> named) : all_(std::move(named)) {}                          // NOLINT

  bool empty() const { return all_.empty(); }
  /// Whether this is the one vector without a name.
  bool is_unnamed() const { return unnamed_; }
  const std::vector<NamedVector>& all() const { return all_; }
  /// The vector of that name ("": the unnamed one), or nullptr.
  ALIDADE_API const Vector* find(std::string_view name) const;
  /// The values of the dense vector of that name; empty when there is none. Valid while this object is.
  ALIDADE_API std::span<const float> dense(std::string_view name = "") const;

  friend bool operator==(const Vectors&, const Vectors&) = default;

 private:
  bool unnamed_ = false;
  std::vector<NamedVector> all_ = {};
};

}  // namespace alidade::qdrant::inline v0
