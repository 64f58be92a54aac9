#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "alidade/version.h"

namespace alidade::chroma::inline v0 {

/// Values at few of many places. Servers want the indices strictly ascending.
struct SparseVector {
  std::vector<std::uint32_t> indices = {};
  std::vector<float> values = {};
  /// The words that the indices stand for; empty when there are none.
  std::vector<std::string> tokens = {};

  friend bool operator==(const SparseVector&, const SparseVector&) = default;
};

/// One value of a record's or a collection's metadata: any kind that a Chroma server knows. Integers and
/// floats stay apart (1 is not 1.0). Null removes a key in an update; elsewhere servers refuse it.
class MetadataValue {
 public:
  using Strings = std::vector<std::string>;
  using Ints = std::vector<std::int64_t>;
  using Doubles = std::vector<double>;
  using Bools = std::vector<bool>;
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, Bools, Ints, Doubles, Strings,
                            SparseVector>;

  MetadataValue() = default;
  MetadataValue(std::nullptr_t) {}                                   // NOLINT: implicit, like a literal
  MetadataValue(bool value) : data_(value) {}                        // NOLINT
  /// An unsigned beyond int64 becomes a double, as servers read it.
  template <std::integral Integer>
  MetadataValue(Integer value) {  // NOLINT
    if (std::in_range<std::int64_t>(value)) {
      data_ = static_cast<std::int64_t>(value);
    } else {
      data_ = static_cast<double>(value);
    }
  }
  MetadataValue(double value) : data_(value) {}                      // NOLINT
  MetadataValue(const char* value) : data_(std::string(value)) {}    // NOLINT
  MetadataValue(std::string_view value) : data_(std::string(value)) {}  // NOLINT
  MetadataValue(std::string value) : data_(std::move(value)) {}      // NOLINT
  MetadataValue(Bools value) : data_(std::move(value)) {}            // NOLINT
  MetadataValue(Ints value) : data_(std::move(value)) {}             // NOLINT
  MetadataValue(Doubles value) : data_(std::move(value)) {}          // NOLINT
  MetadataValue(Strings value) : data_(std::move(value)) {}          // NOLINT
  MetadataValue(SparseVector value) : data_(std::move(value)) {}     // NOLINT

  /// The value as one of Data's types; nullptr when it is of another.
  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(&data_);
  }
  bool is_null() const { return data_.index() == 0; }
  const Data& data() const { return data_; }

  friend bool operator==(const MetadataValue&, const MetadataValue&) = default;

 private:
  Data data_;
};

using Metadata = std::map<std::string, MetadataValue, std::less<>>;

}  // namespace alidade::chroma::inline v0
