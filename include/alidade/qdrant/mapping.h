#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "alidade/client/json.h"
#include "alidade/client/result.h"
#include "alidade/qdrant/points.h"

// A type of the program as a point:
//
//   struct Book { std::uint64_t isbn; std::vector<float> embedding; std::string title; int year; };
//   template <> struct alidade::qdrant::Mapping<Book> {
//     static constexpr auto id = &Book::isbn;
//     static constexpr auto vector = &Book::embedding;
//     static constexpr auto payload = std::tuple(member("title", &Book::title), member("year", &Book::year));
//   };
//
// Then upload() takes ranges of Book, and to<Book>(record) reads them back. `id` and `vector` may be functions of a
// const Book&; `vector` may be missing. Payload members: bool, numbers, std::string, Json, std::optional and std::vector of
// these, and types that have a Mapping with a payload of their own.

namespace alidade::qdrant::inline v0 {

/// Specialised by the program.
template <class T>
struct Mapping;

template <class Owner, class Value>
struct Member {
  std::string_view name;
  Value Owner::* place;
};

template <class Owner, class Value>
constexpr Member<Owner, Value> member(std::string_view name, Value Owner::* place) {
  return {name, place};
}

template <class T>
concept MappedPayload = requires { Mapping<T>::payload; };
template <class T>
concept Mapped = MappedPayload<T> && requires { Mapping<T>::id; };

namespace detail {

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T, class A>
inline constexpr bool kIsList<std::vector<T, A>> = true;

ALIDADE_API client::Error wrong_member(std::string_view expected);
ALIDADE_API client::Error in_member(std::string_view name, client::Error error);

template <class T>
Json to_json(const T& value);
template <class T>
client::Result<T> from_json(const Json& json);

template <class T>
Json payload_json(const T& value) {
  Json object = Json::object();
  std::apply([&](const auto&... members) { (object.set(members.name, to_json(value.*members.place)), ...); },
             Mapping<T>::payload);
  return object;
}

template <class T>
Json to_json(const T& value) {
  if constexpr (kIsOptional<T>) {
    return value ? to_json(*value) : Json();
  } else if constexpr (kIsList<T>) {
    Json::Array list;
    list.reserve(value.size());
    for (const auto& element : value) list.push_back(to_json<typename T::value_type>(element));
    return Json(std::move(list));
  } else if constexpr (MappedPayload<T>) {
    return payload_json(value);
  } else {
    static_assert(std::is_constructible_v<Json, const T&>, "a payload member needs a type of JSON, or a Mapping");
    return Json(value);
  }
}

template <std::integral T>
client::Result<T> integer_from(const Json& json) {
  const auto* number = json.if_int();
  if (number != nullptr && std::in_range<T>(*number)) return static_cast<T>(*number);
  const auto* large = json.if_uint();
  if (large != nullptr && std::in_range<T>(*large)) return static_cast<T>(*large);
  return wrong_member("a whole number in range");
}

template <class T>
client::Result<void> read_payload(const Json& json, T& value) {
  std::optional<client::Error> error;
  const auto read = [&]<class Owner, class Value>(const Member<Owner, Value>& member) {
    if (error) return;
    const Json* found = json.find(member.name);
    // Only an optional may be missing.
    if (found == nullptr || (found->is_null() && !std::same_as<Value, Json>)) {
      if constexpr (!kIsOptional<Value>) {
        if (found == nullptr) error = in_member(member.name, wrong_member("a value"));
        else error = in_member(member.name, wrong_member("a value, not null"));
      }
      return;
    }
    auto read_value = from_json<Value>(*found);
    if (read_value) {
      value.*member.place = *std::move(read_value);
    } else {
      error = in_member(member.name, std::move(read_value).error());
    }
  };
  std::apply([&](const auto&... members) { (read(members), ...); }, Mapping<T>::payload);
  if (error) return *std::move(error);
  return {};
}

template <class T>
client::Result<T> from_json(const Json& json) {
  if constexpr (std::same_as<T, Json>) {
    return json;
  } else if constexpr (std::same_as<T, bool>) {
    if (const bool* value = json.if_bool()) return *value;
    return wrong_member("a bool");
  } else if constexpr (std::integral<T>) {
    return integer_from<T>(json);
  } else if constexpr (std::floating_point<T>) {
    if (json.is_number()) return static_cast<T>(json.number_or(0));
    return wrong_member("a number");
  } else if constexpr (std::same_as<T, std::string>) {
    if (const std::string* value = json.if_string()) return *value;
    return wrong_member("a text");
  } else if constexpr (kIsOptional<T>) {
    if (json.is_null()) return T();
    auto value = from_json<typename T::value_type>(json);
    if (!value) return std::move(value).error();
    return T(*std::move(value));
  } else if constexpr (kIsList<T>) {
    const Json::Array* list = json.if_array();
    if (list == nullptr) return wrong_member("a list");
    T values;
    values.reserve(list->size());
    for (const Json& element : *list) {
      auto value = from_json<typename T::value_type>(element);
      if (!value) return std::move(value).error();
      values.push_back(*std::move(value));
    }
    return values;
  } else {
    static_assert(MappedPayload<T>, "a payload member needs a type of JSON, or a Mapping");
    if (!json.is_object()) return wrong_member("an object");
    T value{};
    if (auto read = read_payload(json, value); !read) return std::move(read).error();
    return value;
  }
}

template <class T>
PointId id_of(const T& value) {
  return PointId(std::invoke(Mapping<T>::id, value));
}

}  // namespace detail

/// The payload of a mapped value.
template <MappedPayload T>
Json payload_of(const T& value) {
  return detail::payload_json(value);
}

inline void add_to(PointBatch& batch, const Point& point) { batch.add(point); }

template <Mapped T>
void add_to(PointBatch& batch, const T& value) {
  if constexpr (requires { Mapping<T>::vector; }) {
    batch.add(detail::id_of(value), std::invoke(Mapping<T>::vector, value), payload_of(value));
  } else {
    batch.add(detail::id_of(value), Vectors(), payload_of(value));
  }
}

/// What upload() takes.
template <class T>
concept Uploadable = requires(PointBatch& batch, const std::remove_cvref_t<T>& value) { add_to(batch, value); };

/// A record as a value of the program.
/// @return kBadAnswer when the payload lacks a member that is no std::optional, or holds another type; the error names it.
template <Mapped T>
client::Result<T> to(const Record& record) {
  T value{};
  if (auto read = detail::read_payload(record.payload, value); !read) return std::move(read).error();
  if constexpr (std::is_member_object_pointer_v<decltype(Mapping<T>::id)>) {
    using Id = std::remove_cvref_t<decltype(value.*Mapping<T>::id)>;
    auto id = detail::from_json<Id>(record.id.is_number() ? Json(record.id.number()) : Json(record.id.text()));
    if (!id) return detail::in_member("id", std::move(id).error());
    value.*Mapping<T>::id = *std::move(id);
  }
  if constexpr (requires { value.*Mapping<T>::vector; }) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(value.*Mapping<T>::vector)>, DenseVector>) {
      const auto values = record.vectors.dense();
      (value.*Mapping<T>::vector).assign(values.begin(), values.end());
    } else if constexpr (std::same_as<std::remove_cvref_t<decltype(value.*Mapping<T>::vector)>, Vectors>) {
      value.*Mapping<T>::vector = record.vectors;
    }
  }
  return value;
}

}  // namespace alidade::qdrant::inline v0
