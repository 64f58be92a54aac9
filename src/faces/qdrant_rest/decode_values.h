#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "faces/qdrant/values.h"
#include "inference/inference.h"
#include "model/json_path.h"
#include "model/point_id.h"
#include "model/query.h"

namespace alidade::faces::qdrant_rest {

using base::json::Value;

// Readers of single JSON values, refused with the words of serde as Qdrant's structs use it. They
// carry no position: the words before " at line" are the contract.

Status invalid_type(const Value& value, std::string_view expected);
Status invalid_value(const Value& value, std::string_view expected);
Status missing_field(std::string_view name);
/// A struct's body is no object; a list is refused as `kSequence…` says.
Status not_a_struct(const Value& value, std::string_view struct_name);
/// "data did not match any variant of untagged enum <name>".
Status no_variant(std::string_view enum_name);

Result<bool> read_bool(const Value& value);
Result<std::uint64_t> read_usize(const Value& value);
Result<std::string> read_string(const Value& value);
Result<model::JsonPath> read_path(const Value& value);
Result<std::vector<std::string>> read_strings(const Value& value);
Result<model::PointId> read_point_id(const Value& value);
Result<std::vector<model::PointId>> read_point_ids(const Value& value);
using qdrant::point_id_of;

/// A part of a body after its table, which breaks no rules.
/// @param out what the type is in memory.
Status read_as(const Value& value, const contract::Type& type, void* out);
template <typename T>
Status read_as(const Value& value, const contract::Of<T>& type, T& out) {
  return read_as(value, type, static_cast<void*>(&out));
}

/// Rules that a well-formed body breaks; it is refused with all of them at once (422).
class Rules {
 public:
  void broken(std::string_view path, std::string_view rule);
  /// `value 0 invalid, must be 1 or larger` unless it is.
  void at_least(std::string_view path, std::uint64_t value, std::uint64_t smallest);
  /// Takes over what another reader found.
  void add(const Rules& other) { broken_.insert(broken_.end(), other.broken_.begin(), other.broken_.end()); }
  Status verdict() const;
  /// "path: rule" of each, for the readers of tables.
  std::vector<std::string>& all() { return broken_; }

 private:
  std::vector<std::string> broken_;
};

// Vectors. ------------------------------------------------------------------------------------

struct MultiInput {
  std::vector<std::vector<float>> rows;
};
using AnyVector = std::variant<std::vector<float>, model::SparseVector, MultiInput, model::Inference>;

float to_f32(const Value& number);
std::optional<std::vector<float>> dense_of(const Value& value);
std::optional<model::SparseVector> sparse_of(const Value& value);
std::optional<MultiInput> multi_of(const Value& value);
std::optional<model::Inference> inference_of(const Value& value);
/// The first kind that fits, in the peer's order: dense, sparse (also as a list of two rows, the
/// first of unsigned integers), multi, inference.
std::optional<AnyVector> any_vector_of(const Value& value);

/// Rules of sparse and multi vectors. An empty dense vector is left to the caller. @return whether it keeps them.
bool check_vector(const AnyVector& vector, const std::string& path, Rules& rules);
/// The vector as it is stored; what a model has to make is made. @param vector  one that keeps the rules
/// @return what the peer says of a model that is not there, or of a vector without a name that needs one.
Result<model::VectorValue> stored_form(AnyVector vector, bool named);
/// What the served model makes of a document, in the words of the peer where it does not serve it.
Result<model::VectorValue> infer(const model::Inference& inference, inference::Purpose purpose, bool named);

}  // namespace alidade::faces::qdrant_rest
