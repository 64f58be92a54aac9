#include "faces/contract/read_json.h"

#include <algorithm>
#include <array>
#include <string>

#include "faces/contract/store.h"

namespace alidade::faces::contract {
namespace {

// As many as a struct that is read in the order of its table may have.
constexpr std::size_t kMaxFields = 32;
using Found = std::array<std::optional<Json>, kMaxFields>;

void check_bounds(const Number& number, const Type& type, Reading& reading, const Place& place) {
  const std::string problem = bounds_problem(number, type.bounds);
  if (!problem.empty()) reading.broken(place, problem);
}

Status read_unsigned(const Json& value, const Type& type, Reading& reading, const Place& place, void* out) {
  if (!value.is_int() && !value.is_uint()) return reading.invalid_type(value, type.width->name);
  const auto number = value.unsigned_integer();
  if (!number || *number < type.width->smallest || *number > type.width->largest) {
    return reading.invalid_value(value, type.width->name);
  }
  store_unsigned(*number, type.bytes, out);
  if (type.bounds.any()) check_bounds(Number::of(*number), type, reading, place);
  return Status::ok_status();
}

Status read_double(const Json& value, const Type& type, Reading& reading, const Place& place, void* out) {
  if (!value.is_number()) return reading.invalid_type(value, "f64");
  const double number = value.as_double();
  *static_cast<double*>(out) = number;
  if (type.bounds.any()) check_bounds(Number::of(number), type, reading, place);
  return Status::ok_status();
}

Status read_float(const Json& value, const Type& type, Reading& reading, const Place& place, void* out) {
  if (!value.is_number()) return reading.invalid_type(value, "f32");
  const auto number = static_cast<float>(value.as_double());
  *static_cast<float*>(out) = number;
  if (type.bounds.any()) check_bounds(Number::of(double{number}), type, reading, place);
  return Status::ok_status();
}

/// "expected `a` or `b`", "expected one of `a`, `b`, `c`".
Status unknown_variant(std::string_view word, const Words& words, const Reading& reading) {
  if (reading.is_fast()) return reading.refused("");
  std::string text = "unknown variant `" + std::string(word) + "`, expected ";
  if (words.words.size() > 2) text += "one of ";
  for (std::size_t i = 0; i < words.words.size(); ++i) {
    if (i > 0) text += words.words.size() == 2 ? " or " : ", ";
    text += "`" + std::string(words.words[i]) + "`";
  }
  return reading.refused(text);
}

Status read_word(const Json& value, const Type& type, Reading& reading, const Place& place, void* out) {
  // The peer's derived readers take an enum as a string or as a map with one member.
  if (!value.is_string()) return reading.invalid_type(value, "string or map");
  const auto& words = type.word_set->words;
  const auto found = std::find(words.begin(), words.end(), value.as_string());
  if (found == words.end()) return unknown_variant(value.as_string(), *type.word_set, reading);
  const auto word = static_cast<std::uint8_t>(found - words.begin());
  *static_cast<std::uint8_t*>(out) = word;
  if (word == type.refused_word) reading.broken(place, type.refusal);
  return Status::ok_status();
}

Status read_map(const Json& value, const Map& map, Reading& reading, const Place& place, void* out) {
  if (!value.is_object()) return reading.invalid_type(value, "a map");
  std::string_view key;
  Json member = value;
  std::size_t i = 0;
  for (Members members(value); members.next(key, member); ++i) {
    const Place inside = map.place == MapPlace::kNumbered ? Place(place, i) : Place(place, "?");
    ALD_RETURN_IF_ERROR(read(member, map.item, reading, inside, map.emplace(out, key)));
  }
  return Status::ok_status();
}

Status read_items(const Json& value, const List& list, Reading& reading, const Place& place, void* out) {
  const std::size_t count = value.size();
  ALD_RETURN_IF_ERROR(reading.take_items(count, list.item_bytes));
  list.reserve(out, count);
  Json item = value;
  std::size_t i = 0;
  for (Items items(value); items.next(item); ++i) {
    ALD_RETURN_IF_ERROR(read(item, list.item, reading, Place(place, i), list.append(out)));
  }
  return Status::ok_status();
}

Status read_one_or_list(const Json& value, const List& list, Reading& reading, const Place& place, void* out) {
  if (value.is_null()) return Status::ok_status();
  if (value.is_array()) return read_items(value, list, reading, place, out);
  if (!value.is_object()) return reading.invalid_type(value, "null, array or map");
  if (list.numbers_one) return read(value, list.item, reading, Place(place, std::size_t{0}), list.append(out));
  return read(value, list.item, reading, place, list.append(out));
}

// Structs. ------------------------------------------------------------------------------------

std::size_t field_named(std::string_view name, const Object& object) {
  const auto found = std::find_if(object.fields.begin(), object.fields.end(),
                                  [&](const Field& one) {
                                    return (one.name == name || one.alias == name) && !name.empty();
                                  });
  return static_cast<std::size_t>(found - object.fields.begin());
}

Status unknown_field(std::string_view name, const Object& object, const Reading& reading) {
  if (reading.is_fast()) return reading.refused("");
  std::string text = "unknown field `" + std::string(name) + "`, expected one of ";
  for (const Field& field : object.fields) {
    if (&field != object.fields.data()) text += ", ";
    text += "`" + std::string(field.name) + "`";
  }
  return reading.refused(text);
}

Status read_field(const Json& value, const Field& field, Reading& reading, const Place& place, void* out) {
  if (value.is_null() && field.is_nullable) return Status::ok_status();
  const std::string_view name = field.place.value_or(field.name);
  if (name.empty()) return read(value, field.type, reading, place, field.make(out));
  return read(value, field.type, reading, Place(place, name), field.make(out));
}

Status read_found(const Found& found, const Object& object, Reading& reading, const Place& place, void* out) {
  for (std::size_t i = 0; i < object.fields.size(); ++i) {
    const Field& field = object.fields[i];
    if (found[i]) {
      ALD_RETURN_IF_ERROR(read_field(*found[i], field, reading, place, out));
    } else if (field.is_required && object.missing_in_turn) {
      return reading.missing_field(field.name);
    }
  }
  return Status::ok_status();
}

/// @param seen a bit for each field of the table that was there.
Status check_required(std::uint64_t seen, const Object& object, const Reading& reading) {
  for (std::size_t i = 0; i < object.fields.size(); ++i) {
    if (object.fields[i].is_required && (seen >> i & 1) == 0) return reading.missing_field(object.fields[i].name);
  }
  return Status::ok_status();
}

Status read_members(const Json& value, const Object& object, Reading& reading, const Place& place, void* out) {
  std::uint64_t seen = 0;
  std::optional<Found> found;
  if (object.in_table_order) found.emplace();
  std::string_view key;
  Json member = value;
  for (Members members(value); members.next(key, member);) {
    const std::size_t i = field_named(key, object);
    if (i == object.fields.size()) {
      if (object.refuses_unknown) return unknown_field(key, object, reading);
      continue;
    }
    if ((seen >> i & 1) != 0) {  // Our own document has every name once, but a field may have two.
      reading.doubt();
      return reading.refused(reading.is_fast() ? "" : "duplicate field `" + std::string(object.fields[i].name) + "`");
    }
    seen |= std::uint64_t{1} << i;
    if (found) {
      (*found)[i] = member;
    } else {
      ALD_RETURN_IF_ERROR(read_field(member, object.fields[i], reading, place, out));
    }
  }
  if (found) ALD_RETURN_IF_ERROR(read_found(*found, object, reading, place, out));
  return check_required(seen, object, reading);
}

Status read_positions(const Json& value, const Object& object, Reading& reading, const Place& place, void* out) {
  if (value.size() > object.fields.size()) return reading.refused("trailing characters");
  std::uint64_t seen = 0;
  Found found;
  Json item = value;
  std::size_t i = 0;
  for (Items items(value); i < object.fields.size() && items.next(item); ++i) {
    found[i] = item;
    seen |= std::uint64_t{1} << i;
  }
  ALD_RETURN_IF_ERROR(read_found(found, object, reading, place, out));
  return check_required(seen, object, reading);
}

Status wrong_length(const Json& value, const Object& object, const Reading& reading) {
  const std::size_t length = std::max(value.size(), object.shortest_list);
  const auto count = std::count_if(object.fields.begin(), object.fields.end(),
                                   [](const Field& field) { return !field.name.empty(); });
  return reading.refused("invalid length " + std::to_string(length) + ", expected struct " +
                         std::string(object.name) + " with " + std::to_string(count) +
                         (count == 1 ? " element" : " elements"));
}

Status read_object(const Json& value, const Object& object, Reading& reading, const Place& place, void* out) {
  if (value.is_object()) {
    ALD_RETURN_IF_ERROR(read_members(value, object, reading, place, out));
  } else if (value.is_array() && object.lists == Lists::kByPosition) {
    ALD_RETURN_IF_ERROR(read_positions(value, object, reading, place, out));
  } else if (value.is_array() && object.lists == Lists::kWrongLength) {
    return wrong_length(value, object, reading);
  } else {
    return reading.not_a_struct(value, object.name);
  }
  return object.check == nullptr ? Status::ok_status() : object.check(out, reading, place);
}

Status read_struct(const Json& value, const Object& object, Reading& reading, const Place& place, void* out) {
  const Wording outside = reading.wording;
  reading.wording = object.wording;
  Status status = object.place.empty() ? read_object(value, object, reading, place, out)
                                       : read_object(value, object, reading, Place(place, object.place), out);
  reading.wording = outside;
  return status;
}

/// Whether a list that is read as this alternative may be read as another one as well.
bool is_list_form(const Json& value, const Variant& variant) {
  return variant.type.kind == Kind::kObject && variant.type.object->lists == Lists::kByPosition && value.is_array();
}

Status read_alternative(const Json& value, const Variant& variant, Reading& reading, const Place& place, void* out) {
  if (!is_list_form(value, variant)) return read(value, variant.type, reading, place, out);
  reading.enter_list_form();
  Status status = read(value, variant.type, reading, place, out);
  reading.leave_list_form();
  return status;
}

Status read_union(const Json& value, const Union& any, Reading& reading, const Place& place, void* out) {
  const std::size_t broken = reading.broken_count();
  for (const Variant& variant : any.variants) {
    const bool decided = !variant.decided_by.empty();
    if (decided && !value.find(variant.decided_by)) continue;
    const bool was_quiet = reading.set_quiet(reading.is_fast() || !decided);
    Status status = read_alternative(value, variant, reading, place, variant.make(out));
    reading.set_quiet(was_quiet);
    if (status.ok() || decided || status.code() == StatusCode::kResourceExhausted) return status;
    reading.forget_broken(broken);
  }
  return any.words.empty() ? reading.no_variant(any.name) : reading.refused(any.words);
}

}  // namespace

Status read(const Json& value, const Type& type, Reading& reading, const Place& place, void* out) {
  if (!reading.take_value()) return reading.refused("the lists nest too deeply");
  switch (type.kind) {
    case Kind::kBool:
      if (!value.is_bool()) return reading.invalid_type(value, "a boolean");
      *static_cast<bool*>(out) = value.as_bool();
      return Status::ok_status();
    case Kind::kUnsigned: return read_unsigned(value, type, reading, place, out);
    case Kind::kInteger:
      if (!value.is_int()) return reading.invalid_type(value, "i64");
      *static_cast<std::int64_t*>(out) = value.as_int();
      return Status::ok_status();
    case Kind::kFloat: return read_float(value, type, reading, place, out);
    case Kind::kDouble: return read_double(value, type, reading, place, out);
    case Kind::kWord: return read_word(value, type, reading, place, out);
    case Kind::kMap: return read_map(value, *type.map, reading, place, out);
    case Kind::kAnyJson:
      *static_cast<base::json::Value*>(out) = value.document();
      return Status::ok_status();
    case Kind::kJson:
      if (!value.is_object()) return reading.invalid_type(value, "a map");
      *static_cast<base::json::Value*>(out) = value.document();
      return Status::ok_status();
    case Kind::kText:
      if (!value.is_string()) return reading.invalid_type(value, "a string");
      static_cast<std::string*>(out)->assign(value.as_string());
      return Status::ok_status();
    case Kind::kObject: return read_struct(value, *type.object, reading, place, out);
    case Kind::kList:
      if (!value.is_array()) return reading.invalid_type(value, "a sequence");
      return read_items(value, *type.list, reading, place, out);
    case Kind::kOneOrList: return read_one_or_list(value, *type.list, reading, place, out);
    case Kind::kUnion: return read_union(value, *type.any, reading, place, out);
    case Kind::kCustom: return type.custom->read(value, reading, place, out);
  }
  return Status::ok_status();
}

namespace {

void find_in_map(const Map& map, const void* value, const Place& place, std::vector<std::string>& broken) {
  struct Context {
    const Map& map;
    const Place& place;
    std::vector<std::string>& broken;
    std::size_t position = 0;
  } context{map, place, broken};
  map.each(value, &context, [](void* raw, const std::string&, const void* item) {
    auto& in = *static_cast<Context*>(raw);
    const bool numbered = in.map.place == MapPlace::kNumbered;
    const Place inside = numbered ? Place(in.place, in.position) : Place(in.place, "?");
    find_refused_words(in.map.item, item, inside, in.broken);
    ++in.position;
  });
}

}  // namespace

void find_refused_words(const Type& type, const void* value, const Place& place, std::vector<std::string>& broken) {
  if (type.kind == Kind::kWord && *static_cast<const std::uint8_t*>(value) == type.refused_word) {
    broken.push_back(place.text() + ": " + std::string(type.refusal));
  } else if (type.kind == Kind::kMap) {
    find_in_map(*type.map, value, place, broken);
  } else if (type.kind == Kind::kUnion) {
    for (const Variant& variant : type.any->variants) {
      const void* held = variant.get == nullptr ? nullptr : variant.get(value);
      if (held != nullptr) return find_refused_words(variant.type, held, place, broken);
    }
  } else if (type.kind == Kind::kObject) {
    for (const Field& field : type.object->fields) {
      const void* member = field.get == nullptr || field.name.empty() ? nullptr : field.get(value);
      if (member != nullptr) find_refused_words(field.type, member, Place(place, field.name), broken);
    }
  }
}

std::string_view repeated_field(const Json& value, const Type& type) {
  if (type.kind == Kind::kMap && value.is_object()) {
    std::string_view name;
    Json member = value;
    for (Members members(value); members.next(name, member);) {
      const std::string_view inside = repeated_field(member, type.map->item);
      if (!inside.empty()) return inside;
    }
    return "";
  }
  if (type.kind != Kind::kObject || !value.is_object()) return "";
  const Object& object = *type.object;
  std::uint64_t seen = 0;
  std::string_view key;
  Json member = value;
  for (Members members(value); members.next(key, member);) {
    const std::size_t i = field_named(key, object);
    if (i == object.fields.size()) continue;
    if ((seen >> i & 1) != 0) return object.fields[i].name;
    seen |= std::uint64_t{1} << i;
    const std::string_view inside = repeated_field(member, object.fields[i].type);
    if (!inside.empty()) return inside;
  }
  return "";
}

}  // namespace alidade::faces::contract
