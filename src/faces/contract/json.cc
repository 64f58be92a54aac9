#include "faces/contract/json.h"

#include <simdjson.h>

#include <bit>
#include <type_traits>

namespace alidade::faces::contract {
namespace {

namespace dom = simdjson::dom;
using Pair = std::array<std::uintptr_t, 2>;

// simdjson's elements and iterators are a pointer to their document and a place in it. They are kept as
// two words so that only this file reads simdjson's headers.
template <typename Part>
Pair words_of(const Part& part) {
  static_assert(sizeof(Part) == sizeof(Pair) && std::is_trivially_copyable_v<Part>);
  return std::bit_cast<Pair>(part);
}
template <typename Part>
Part part_of(const Pair& words) {
  return std::bit_cast<Part>(words);
}

dom::element element_of(const Pair& words) { return part_of<dom::element>(words); }

Json::Kind kind_of(const dom::element& element) {
  using Type = dom::element_type;
  switch (element.type()) {
    case Type::NULL_VALUE: return Json::Kind::kNull;
    case Type::BOOL: return Json::Kind::kBool;
    case Type::INT64: return Json::Kind::kInt;
    case Type::UINT64: return Json::Kind::kUint;
    case Type::DOUBLE: return Json::Kind::kDouble;
    case Type::STRING: return Json::Kind::kString;
    case Type::ARRAY: return Json::Kind::kArray;
    case Type::OBJECT: return Json::Kind::kObject;
  }
  return Json::Kind::kNull;
}

}  // namespace

Json Json::of(const dom::element& element) { return Json(words_of(element)); }

Json::Kind Json::kind() const {
  return value_ != nullptr ? value_->kind() : kind_of(element_of(words_));
}

bool Json::as_bool() const {
  return value_ != nullptr ? value_->as_bool() : element_of(words_).get_bool().value_unsafe();
}

std::int64_t Json::as_int() const {
  return value_ != nullptr ? value_->as_int() : element_of(words_).get_int64().value_unsafe();
}

std::uint64_t Json::as_uint() const {
  return value_ != nullptr ? value_->as_uint() : element_of(words_).get_uint64().value_unsafe();
}

double Json::as_double() const {
  return value_ != nullptr ? value_->as_double() : element_of(words_).get_double().value_unsafe();
}

std::string_view Json::as_string() const {
  return value_ != nullptr ? std::string_view(value_->as_string()) : element_of(words_).get_string().value_unsafe();
}

std::optional<std::uint64_t> Json::unsigned_integer() const {
  const Kind what = kind();
  if (what == Kind::kUint) return as_uint();
  if (what != Kind::kInt || as_int() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(as_int());
}

std::size_t Json::size() const {
  return value_ != nullptr ? value_->as_array().size() : element_of(words_).get_array().value_unsafe().size();
}

base::json::Value Json::document() const {
  if (value_ != nullptr) return *value_;
  switch (kind()) {
    case Kind::kNull: return {};
    case Kind::kBool: return as_bool();
    case Kind::kInt: return as_int();
    case Kind::kUint: return as_uint();
    case Kind::kDouble: return as_double();
    case Kind::kString: return as_string();
    case Kind::kArray:
    case Kind::kObject: break;
  }
  Json inside = *this;
  if (is_array()) {
    base::json::Array array;
    for (Items items(*this); items.next(inside);) array.push_back(inside.document());
    return array;
  }
  base::json::Object object;
  std::string_view key;
  for (Members members(*this); members.next(key, inside);) object.emplace_back(key, inside.document());
  return object;
}

std::optional<Json> Json::find(std::string_view key) const {
  if (value_ != nullptr) {
    const base::json::Value* member = value_->find(key);
    return member == nullptr ? std::nullopt : std::optional<Json>(*member);
  }
  dom::object object;
  if (element_of(words_).get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
  for (const dom::key_value_pair member : object) {
    if (member.key == key) return of(member.value);
  }
  return std::nullopt;
}

Members::Members(const Json& object) : is_element_(object.value_ == nullptr) {
  if (is_element_) {
    const dom::object members = element_of(object.words_).get_object().value_unsafe();
    at_ = words_of(members.begin());
    end_ = words_of(members.end());
  } else {
    member_ = object.value_->as_object().data();
    last_ = member_ + object.value_->as_object().size();
  }
}

bool Members::next(std::string_view& key, Json& value) {
  if (!is_element_) {
    if (member_ == last_) return false;
    key = member_->first;
    value = Json(member_->second);
    ++member_;
    return true;
  }
  auto at = part_of<dom::object::iterator>(at_);
  if (at == part_of<dom::object::iterator>(end_)) return false;
  key = at.key();
  value = Json::of(at.value());
  at_ = words_of(++at);
  return true;
}

Items::Items(const Json& array) : is_element_(array.value_ == nullptr) {
  if (is_element_) {
    const dom::array items = element_of(array.words_).get_array().value_unsafe();
    at_ = words_of(items.begin());
    end_ = words_of(items.end());
  } else {
    item_ = array.value_->as_array().data();
    last_ = item_ + array.value_->as_array().size();
  }
}

bool Items::next(Json& value) {
  if (!is_element_) {
    if (item_ == last_) return false;
    value = Json(*item_);
    ++item_;
    return true;
  }
  auto at = part_of<dom::array::iterator>(at_);
  if (at == part_of<dom::array::iterator>(end_)) return false;
  value = Json::of(*at);
  at_ = words_of(++at);
  return true;
}

}  // namespace alidade::faces::contract
