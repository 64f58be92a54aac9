#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "alidade/client/json.h"
#include "alidade/qdrant/points.h"

// Bodies are put together as text: vectors go from the caller's memory into the body without a document in between.

namespace alidade::qdrant::inline v0::text {

void append_string(std::string& out, std::string_view value);
/// Reads back to the same double; not finite: null.
void append_double(std::string& out, double value);
/// `[1.0,2.5]`: the shortest texts that read back to the same floats. They always show a fraction or an exponent, since
/// Qdrant takes a list of two lists of whole numbers for a sparse vector.
void append_floats(std::string& out, std::span<const float> values);
void append_id(std::string& out, const PointId& id);
void append_ids(std::string& out, std::span<const PointId> ids);
void append_strings(std::string& out, std::span<const std::string> values);
void append_vector(std::string& out, const Vector& vector);

/// Writes one object member by member. Ends it when told.
class Object {
 public:
  explicit Object(std::string& out) : out_(out), start_(out.size() + 1) { out_ += '{'; }

  /// `"name":` after a comma where one is due; the value follows by the caller.
  std::string& key(std::string_view name);
  Object& raw(std::string_view name, std::string_view json) { return key(name) += json, *this; }
  Object& string(std::string_view name, std::string_view value) { return append_string(key(name), value), *this; }
  Object& number(std::string_view name, double value) { return append_double(key(name), value), *this; }
  Object& number(std::string_view name, std::uint64_t value) { return key(name) += std::to_string(value), *this; }
  Object& boolean(std::string_view name, bool value) { return key(name) += value ? "true" : "false", *this; }

  // Members that may be left out.
  Object& maybe(std::string_view name, const std::optional<double>& value) {
    return value ? number(name, *value) : *this;
  }
  Object& maybe(std::string_view name, const std::optional<std::uint64_t>& value) {
    return value ? number(name, *value) : *this;
  }
  template <std::same_as<bool> Bool>
  Object& maybe(std::string_view name, const std::optional<Bool>& value) {
    return value ? boolean(name, *value) : *this;
  }
  /// Anything that has json().
  template <class Part>
    requires requires(const Part& part) { part.json(); }
  Object& maybe(std::string_view name, const std::optional<Part>& part) {
    return part ? raw(name, part->json()) : *this;
  }
  /// Left out when empty.
  Object& maybe_string(std::string_view name, std::string_view value) {
    return value.empty() ? *this : string(name, value);
  }
  /// Left out when null.
  Object& maybe_json(std::string_view name, const Json& value) {
    if (!value.is_null()) value.append_to(key(name));
    return *this;
  }

  void end() { out_ += '}'; }

 private:
  std::string& out_;
  std::size_t start_;
};

/// A list, or an object of named ones; `{}` when there is none. @param dense appends the values of a dense vector to `out`.
template <class Dense>
void append_vectors(std::string& out, const Vectors& vectors, Dense dense) {
  const auto append = [&](const Vector& vector) {
    if (const auto* values = std::get_if<DenseVector>(&vector)) {
      dense(std::span<const float>(*values));
    } else {
      append_vector(out, vector);
    }
  };
  if (vectors.is_unnamed()) return append(vectors.all().front().vector);
  Object object(out);
  for (const NamedVector& named : vectors.all()) {
    object.key(named.name);
    append(named.vector);
  }
  object.end();
}

/// Points, and how they are written: the members of an upsert's body.
void append_upsert(Object& object, const PointBatch& points, const UpsertOptions& options);

/// `[a,b]` of things that have json().
template <class Parts>
void append_list(std::string& out, const Parts& parts) {
  out += '[';
  bool first = true;
  for (const auto& part : parts) {
    if (!first) out += ',';
    first = false;
    out += part.json();
  }
  out += ']';
}

}  // namespace alidade::qdrant::inline v0::text
