#include "model/settings_json.h"

#include <algorithm>
#include <concepts>
#include <limits>

#include "model/settings_fields.h"

namespace alidade::model {
namespace {

using base::json::Object;
using base::json::Value;

template <typename T>
struct IsMap : std::false_type {};
template <typename T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

template <typename E>
constexpr const auto& words_of() {
  if constexpr (std::same_as<E, MemoryPlacement>) return kMemoryWords;
  if constexpr (std::same_as<E, Datatype>) return kDatatypeWords;
  if constexpr (std::same_as<E, Distance>) return kDistanceWords;
  if constexpr (std::same_as<E, MultivectorComparator>) return kComparatorWords;
  if constexpr (std::same_as<E, SparseModifier>) return kModifierWords;
  if constexpr (std::same_as<E, ShardingMethod>) return kShardingWords;
  if constexpr (std::same_as<E, ScalarType>) return kScalarTypeWords;
  if constexpr (std::same_as<E, ProductCompression>) return kCompressionWords;
  if constexpr (std::same_as<E, BinaryEncoding>) return kBinaryEncodingWords;
  if constexpr (std::same_as<E, BinaryQueryEncoding>) return kQueryEncodingWords;
  if constexpr (std::same_as<E, TurboBits>) return kTurboBitsWords;
}

// Writing. ------------------------------------------------------------------------------------

template <typename T>
Value written(const T& value);

template <typename T>
Value written_struct(const T& settings) {
  Object out;
  for_each_setting(settings, [&out]<typename M>(std::string_view name, const M& member) {
    if constexpr (requires { member.has_value(); }) {
      if (member) out.emplace_back(name, written(*member));
    } else {
      out.emplace_back(name, written(member));
    }
  });
  return Value(std::move(out));
}

template <typename T>
Value written(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return Value(value);
  } else if constexpr (std::unsigned_integral<T>) {
    return Value(std::uint64_t{value});
  } else if constexpr (std::floating_point<T>) {
    return Value(double{value});
  } else if constexpr (std::is_enum_v<T>) {
    return Value(words_of<T>()[static_cast<std::size_t>(value)]);
  } else if constexpr (std::same_as<T, ThreadCount>) {
    return value.count ? Value(*value.count) : Value("auto");
  } else if constexpr (std::same_as<T, Quantization>) {
    return Value(Object{{std::string(kQuantizationWords[value.index()]),
                         std::visit([](const auto& one) { return written_struct(one); }, value)}});
  } else if constexpr (IsMap<T>::value) {
    Object out;
    for (const auto& [name, inner] : value) out.emplace_back(name, written_struct(inner));
    return Value(std::move(out));
  } else {
    return written_struct(value);
  }
}

// Reading. ------------------------------------------------------------------------------------

Status wrong(std::string_view what) {
  return data_loss("collection configuration: a setting is no " + std::string(what));
}

template <typename T>
Status read(const Value& json, T& out);

template <typename T>
Status read_struct(const Value& json, T& out) {
  if (!json.is_object()) return wrong("object");
  Status status;
  for_each_setting(out, [&]<typename M>(std::string_view name, M& member) {
    const Value* value = json.find(name);
    if (!status.ok() || value == nullptr || value->is_null()) return;
    if constexpr (requires { member.has_value(); }) {
      status = read(*value, member.emplace());
    } else {
      status = read(*value, member);
    }
  });
  return status;
}

template <std::unsigned_integral T>
Status read_unsigned(const Value& json, T& out) {
  if (!json.is_integer() || (json.is_int() && json.as_int() < 0)) return wrong("number");
  const std::uint64_t number = json.is_uint() ? json.as_uint() : static_cast<std::uint64_t>(json.as_int());
  if (number > std::numeric_limits<T>::max()) return wrong("number in its range");
  out = static_cast<T>(number);
  return Status::ok_status();
}

template <typename E>
Status read_word(const Value& json, E& out) {
  if (!json.is_string()) return wrong("word");
  const auto& words = words_of<E>();
  const auto found = std::find(words.begin(), words.end(), json.as_string());
  if (found == words.end()) return wrong("known word");
  out = static_cast<E>(found - words.begin());
  return Status::ok_status();
}

template <std::size_t I = 0>
Status read_quantization(const Value& json, Quantization& out) {
  if constexpr (I == std::variant_size_v<Quantization>) {
    return wrong("known quantization");
  } else {
    const Value* found = json.find(kQuantizationWords[I]);
    if (found == nullptr) return read_quantization<I + 1>(json, out);
    return read_struct(*found, out.emplace<I>());
  }
}

template <typename T>
Status read(const Value& json, T& out) {
  if constexpr (std::same_as<T, bool>) {
    if (!json.is_bool()) return wrong("true or false");
    out = json.as_bool();
    return Status::ok_status();
  } else if constexpr (std::unsigned_integral<T>) {
    return read_unsigned(json, out);
  } else if constexpr (std::floating_point<T>) {
    if (!json.is_number()) return wrong("number");
    out = static_cast<T>(json.as_double());
    return Status::ok_status();
  } else if constexpr (std::is_enum_v<T>) {
    return read_word(json, out);
  } else if constexpr (std::same_as<T, ThreadCount>) {
    return json == Value("auto") ? Status::ok_status() : read_unsigned(json, out.count.emplace());
  } else if constexpr (std::same_as<T, Quantization>) {
    return read_quantization(json, out);
  } else if constexpr (IsMap<T>::value) {
    if (!json.is_object()) return wrong("object");
    for (const auto& [name, inner] : json.as_object()) ALD_RETURN_IF_ERROR(read_struct(inner, out[name]));
    return Status::ok_status();
  } else {
    return read_struct(json, out);
  }
}

}  // namespace

Value to_json(const HnswSettings& settings) { return written(settings); }
Value to_json(const OptimizerSettings& settings) { return written(settings); }
Value to_json(const WalSettings& settings) { return written(settings); }
Value to_json(const Quantization& settings) { return written(settings); }
Value to_json(const ShardSettings& settings) { return written(settings); }
Value to_json(const StrictModeSettings& settings) { return written(settings); }
Value to_json(const std::map<std::string, VectorParams>& vectors) { return written(vectors); }
Value to_json(const std::map<std::string, SparseVectorParams>& vectors) { return written(vectors); }

Status from_json(const Value& json, HnswSettings& out) { return read(json, out); }
Status from_json(const Value& json, OptimizerSettings& out) { return read(json, out); }
Status from_json(const Value& json, WalSettings& out) { return read(json, out); }
Status from_json(const Value& json, Quantization& out) { return read(json, out); }
Status from_json(const Value& json, ShardSettings& out) { return read(json, out); }
Status from_json(const Value& json, StrictModeSettings& out) { return read(json, out); }
Status from_json(const Value& json, VectorParams& out) { return read(json, out); }
Status from_json(const Value& json, std::map<std::string, VectorParams>& out) { return read(json, out); }
Status from_json(const Value& json, std::map<std::string, SparseVectorParams>& out) { return read(json, out); }

}  // namespace alidade::model
