#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/status.h"
#include "faces/contract/reading.h"
#include "faces/contract/words.h"

namespace alidade::faces::contract {

// The wire structs of a dialect as tables: each struct is described once, with the names and rules of JSON
// and the numbers of its message. The tables are constants; read_json.h and read_proto.h walk them. They
// know a struct in memory only as an address: the functions that a table names find the members.

struct Object;
struct List;
struct Map;
struct Union;
struct Words;
struct Custom;

enum class Kind : std::uint8_t {
  kBool,
  kUnsigned,   // See Width.
  kInteger,    // int64_t.
  kFloat,      // float.
  kDouble,     // double.
  kText,       // std::string.
  kWord,       // An enum of one byte, after `word_set`.
  kObject,     // A struct after `object`.
  kList,       // After `list`.
  kOneOrList,  // The same; JSON may also have one item without a list, or null for none.
  kMap,        // Names and what they stand for, after `map`.
  kJson,       // base::json::Value: an object of the user's.
  kAnyJson,    // The same, any value.
  kUnion,      // One of several, after `any`.
  kCustom,     // Read by the functions of `custom`.
};

/// The unsigned integers of the peer.
struct Width {
  std::string_view name;
  std::string_view schema;  ///< In the contract.
  std::uint64_t largest;
  std::uint64_t smallest = 0;
};
inline constexpr Width kUsize{"usize", "integer/uint", UINT64_MAX};
inline constexpr Width kU32{"u32", "integer/uint32", UINT32_MAX};
inline constexpr Width kU64{"u64", "integer/uint64", UINT64_MAX};
inline constexpr Width kU8{"u8", "integer/uint8", UINT8_MAX};
inline constexpr Width kNonZeroU32{"a nonzero u32", "integer/uint32", UINT32_MAX, 1};
inline constexpr Width kNonZeroU64{"a nonzero u64", "integer/uint64", UINT64_MAX, 1};

/// How one value looks on the wire.
struct Type {
  Kind kind = Kind::kBool;
  /// Of kUnsigned: what the peer takes, and the bytes of the member, which a larger number fills up.
  const Width* width = nullptr;
  std::uint8_t bytes = 0;
  Bounds bounds = {};
  /// Of kObject; of kUnion when its message is no oneof but a struct of its own.
  const Object* object = nullptr;
  const List* list = nullptr;
  const Map* map = nullptr;
  const Union* any = nullptr;
  /// Of kWord; -1, or the word that is known but refused here, and the rule that it breaks.
  const Words* word_set = nullptr;
  int refused_word = -1;
  std::string_view refusal = {};
  const Custom* custom = nullptr;
  /// Of kObject: a struct of which nothing was read, which holds the defaults.
  const void* (*blank)() = nullptr;
};

/// A type whose value is a T in memory.
template <typename T>
struct Of : Type {
  constexpr Of at_least(double smallest, std::string_view words = {}) const {
    Of changed = *this;
    changed.bounds.has_smallest = true;
    changed.bounds.smallest = smallest;
    changed.bounds.words = words;
    return changed;
  }
  constexpr Of at_most(double largest) const {
    Of changed = *this;
    changed.bounds.has_largest = true;
    changed.bounds.largest = largest;
    return changed;
  }
  constexpr Of but_not(T word, std::string_view rule) const {
    Of changed = *this;
    changed.refused_word = static_cast<int>(word);
    changed.refusal = rule;
    return changed;
  }
};

struct Field {
  /// In JSON; "" = the field only stands in the message.
  std::string_view name;
  /// In the message; 0 = the field only stands in JSON.
  int number = 0;
  Type type;
  /// Readies the member of a struct to be read into: an optional gets a value, for instance.
  void* (*make)(void* object) = nullptr;
  /// The member, nullptr when it has no value. Absent where the member cannot be looked at by itself.
  const void* (*get)(const void* object) = nullptr;
  bool is_required = false;
  /// null is the same as absent; else the type has to take it.
  bool is_nullable = false;
  /// Another name that JSON may have; both at once are a field that stands twice.
  std::string_view alias = {};
  /// In the message, where that differs from the name in JSON.
  std::string_view wire_name = {};
  /// JSON shows null for a member without a value, not nothing.
  bool shows_null = false;
  /// gRPC: what is said when the message does not have the field; "" = nothing, or what the struct says of required ones.
  std::string_view missing = {};
  /// Where a broken rule is said to be, when that is not the name; "" = where the struct is.
  std::optional<std::string_view> place = std::nullopt;

  constexpr Field required() const {
    Field changed = *this;
    changed.is_required = true;
    changed.is_nullable = false;
    return changed;
  }
  constexpr Field nullable() const {
    Field changed = *this;
    changed.is_nullable = true;
    return changed;
  }
  constexpr Field not_null() const {
    Field changed = *this;
    changed.is_nullable = false;
    return changed;
  }
  constexpr Field also(std::string_view other_name) const {
    Field changed = *this;
    changed.alias = other_name;
    return changed;
  }
  constexpr Field on_wire(std::string_view other_name) const {
    Field changed = *this;
    changed.wire_name = other_name;
    return changed;
  }
  constexpr Field missed(std::string_view words) const {
    Field changed = *this;
    changed.missing = words;
    return changed;
  }
  constexpr Field placed(std::string_view other_place) const {
    Field changed = *this;
    changed.place = other_place;
    return changed;
  }
  constexpr Field shown_as_null() const {
    Field changed = *this;
    changed.shows_null = true;
    return changed;
  }
};

/// What a JSON list means where a struct is expected.
enum class Lists : std::uint8_t {
  kNoStruct,     // "invalid type: sequence, expected struct …"
  kWrongLength,  // "invalid length 2, expected struct … with 6 elements"
  kByPosition,   // The fields in their order.
};

struct Object {
  /// As refusals call it, and in the contract where that differs ("" = the same).
  std::string_view name;
  std::string_view schema = {};
  /// The message; "" = the struct only stands in JSON.
  std::string_view message = {};
  std::span<const Field> fields;

  Lists lists = Lists::kNoStruct;
  /// The shortest length that a refusal of a list says.
  std::size_t shortest_list = 0;
  bool refuses_unknown = false;
  /// A segment more in the places of broken rules inside.
  std::string_view place = {};
  /// The fields are read in the order of the table, not of the body.
  bool in_table_order = false;
  /// A missing field is noticed in its turn, not after all others were read.
  bool missing_in_turn = false;
  Wording wording = Wording::kJson;
  /// Looks at a struct that was read from JSON: the format errors and broken rules between its fields.
  Status (*check)(const void* object, Reading& reading, const Place& place) = nullptr;
  /// gRPC: what is said when a required message is not there.
  std::string_view malformed = {};
  /// gRPC: fields that the face reads by itself, before or after.
  std::span<const int> besides = {};

  constexpr std::string_view contract_name() const { return schema.empty() ? name : schema; }
};

template <typename S>
struct ObjectOf : Object {};

struct List {
  Type item;
  /// Adds an item and returns it.
  void* (*append)(void* list);
  void (*reserve)(void* list, std::size_t count);
  /// The place of one item that stands without a list is that of the first of a list.
  bool numbers_one = false;
  /// What an item takes before anything is in it.
  std::size_t item_bytes = 0;
};
template <typename L>
struct ListOf : List {};

/// An enum: a word in JSON, a number in messages. The value i has the i-th word and the number first + i.
struct Words {
  /// In the contract.
  std::string_view schema;
  std::span<const std::string_view> words;
  int first = 0;
  /// gRPC: what is said of the number 0 and of others that have no word; "" = as if the field was not there.
  /// "{}" stands for the number.
  std::string_view zero_refusal = {};
  std::string_view refusal = {};
};
template <typename E>
struct WordsOf : Words {};

/// Which place a member of a map has in the text of a broken rule.
enum class MapPlace : std::uint8_t { kUnnamed, kNumbered };  // "vectors.?.size", "sparse_vectors[0].index"

struct Map {
  Type item;
  MapPlace place;
  /// Adds a name and returns what it stands for.
  void* (*emplace)(void* map, std::string_view name);
  /// Calls `visit(context, name, item)` for each.
  void (*each)(const void* map, void* context, void (*visit)(void*, const std::string&, const void*));
  /// The message whose one field is the map.
  std::string_view message = {};
};
template <typename M>
struct MapOf : Map {};

/// A JSON alternative of a union: the first one that can be read is it.
struct Variant {
  Type type;
  /// Makes the union hold the alternative and returns it.
  void* (*make)(void* any);
  /// When given: an object with this member is this alternative, whatever is wrong inside; no other is.
  std::string_view decided_by = {};
  /// For the writers: the alternative, nullptr when the union holds another one.
  const void* (*get)(const void* any) = nullptr;
};

/// An alternative of a oneof.
struct Case {
  int number;
  std::string_view name;
  Type type = {};
  void* (*make)(void* any) = nullptr;
  /// This version does not serve it; the words say what.
  std::string_view not_served = {};
  /// For the writers, as in Variant.
  const void* (*get)(const void* any) = nullptr;
};

/// An untagged enum of JSON, and the message whose oneof holds the same.
struct Union {
  std::string_view name;
  std::string_view schema = {};
  /// What a refusal says instead of "data did not match any variant of untagged enum …".
  std::string_view words = {};
  std::span<const Variant> variants;
  std::string_view message = {};
  std::span<const Case> cases = {};
  /// gRPC: an empty oneof, which is refused with these words or means what `unset` makes.
  std::string_view unset_words = {};
  void (*unset)(void* any) = nullptr;

  constexpr std::string_view contract_name() const { return schema.empty() ? name : schema; }
};
template <typename V>
struct UnionOf : Union {};

class Proto;
struct ProtoReading;
class ProtoOut;

/// A value that needs code.
struct Custom {
  /// In the contract: the name of a schema, or the type of a plain value ("string", "number").
  std::string_view schema;
  Status (*read)(const Json& value, Reading& reading, const Place& place, void* out);
  /// nullptr = it only stands in JSON.
  Status (*read_proto)(const Proto& value, const ProtoReading& reading, void* out) = nullptr;
  /// For what is also written.
  void (*write)(const void* value, base::json::Writer& writer) = nullptr;
  void (*write_proto)(const void* value, ProtoOut& out) = nullptr;
};
template <typename T>
struct CustomOf : Custom {};

// Types. --------------------------------------------------------------------------------------

constexpr Of<bool> boolean() { return {{.kind = Kind::kBool}}; }
constexpr Of<std::int64_t> integer() { return {{.kind = Kind::kInteger}}; }
constexpr Of<double> f64() { return {{.kind = Kind::kDouble}}; }
constexpr Of<float> f32() { return {{.kind = Kind::kFloat}}; }
constexpr Of<base::json::Value> json_object() { return {{.kind = Kind::kJson}}; }
constexpr Of<base::json::Value> any_json() { return {{.kind = Kind::kAnyJson}}; }
constexpr Of<std::string> text() { return {{.kind = Kind::kText}}; }
/// @param width what the peer takes; a member that is narrower holds at most its largest number.
template <typename T = std::uint64_t>
constexpr Of<T> unsigned_integer(const Width& width) {
  static_assert(std::is_unsigned_v<T>);
  return {{.kind = Kind::kUnsigned, .width = &width, .bytes = sizeof(T)}};
}
template <typename S>
constexpr Of<S> ref(const ObjectOf<S>& object) {
  return {{.kind = Kind::kObject, .object = &object, .blank = [] () -> const void* {
             static const S blank{};
             return &blank;
           }}};
}
template <typename V>
constexpr Of<V> ref(const UnionOf<V>& any) {
  return {{.kind = Kind::kUnion, .any = &any}};
}
/// A union of JSON whose message is a struct.
template <typename V>
constexpr Of<V> ref(const UnionOf<V>& any, const ObjectOf<V>& message) {
  return {{.kind = Kind::kUnion, .object = &message, .any = &any}};
}
template <typename T>
constexpr Of<T> ref(const CustomOf<T>& custom) {
  return {{.kind = Kind::kCustom, .custom = &custom}};
}
template <typename E>
constexpr Of<E> ref(const WordsOf<E>& words) {
  static_assert(std::is_enum_v<E> && sizeof(E) == 1);
  return {{.kind = Kind::kWord, .word_set = &words}};
}
template <typename M>
constexpr Of<M> ref(const MapOf<M>& map) {
  return {{.kind = Kind::kMap, .map = &map}};
}
template <typename L>
constexpr Of<L> list(const ListOf<L>& items) {
  return {{.kind = Kind::kList, .list = &items}};
}
template <typename L>
constexpr Of<L> one_or_list(const ListOf<L>& items) {
  return {{.kind = Kind::kOneOrList, .list = &items}};
}

template <typename T>
constexpr ListOf<std::vector<T>> list_of(Of<T> item) {
  return {{.item = item,
           .append = [](void* items) -> void* { return &static_cast<std::vector<T>*>(items)->emplace_back(); },
           .reserve = [](void* items, std::size_t count) { static_cast<std::vector<T>*>(items)->reserve(count); },
           .item_bytes = sizeof(T)}};
}

/// A std::map from names. @param message the message that holds it, where it is no map of the parent itself.
template <typename T>
constexpr MapOf<std::map<std::string, T>> map_of(Of<T> item, MapPlace place, std::string_view message) {
  using M = std::map<std::string, T>;
  return {{.item = item,
           .place = place,
           .emplace = [](void* map, std::string_view name) -> void* {
             return &(*static_cast<M*>(map))[std::string(name)];
           },
           .each = [](const void* map, void* context, void (*visit)(void*, const std::string&, const void*)) {
             for (const auto& [name, one] : *static_cast<const M*>(map)) visit(context, name, &one);
           },
           .message = message}};
}

// Members. ------------------------------------------------------------------------------------

namespace detail {
template <typename S, typename M>
struct MemberPointer {
  using Struct = S;
  using Member = M;
};
template <typename S, typename M>
MemberPointer<S, M> member_pointer(M S::*);
template <auto P>
using StructOf = typename decltype(member_pointer(P))::Struct;
template <auto P>
using MemberOf = typename decltype(member_pointer(P))::Member;

template <typename M>
struct Held {
  using Type = M;
  static constexpr bool kMayBeAbsent = false;
};
template <typename T>
struct Held<std::optional<T>> {
  using Type = T;
  static constexpr bool kMayBeAbsent = true;
};
template <typename T>
struct Held<std::shared_ptr<const T>> {
  using Type = T;
  static constexpr bool kMayBeAbsent = true;
};

template <typename M>
struct IsShared : std::false_type {};
template <typename T>
struct IsShared<std::shared_ptr<T>> : std::true_type {};
}  // namespace detail

/// The member of a struct, made ready to be read into.
template <auto P>
void* make_member(void* object) {
  using M = detail::MemberOf<P>;
  M& member = static_cast<detail::StructOf<P>*>(object)->*P;
  if constexpr (detail::IsShared<M>::value) {
    auto made = std::make_shared<typename detail::Held<M>::Type>();
    void* const inside = made.get();
    member = std::move(made);
    return inside;
  } else if constexpr (detail::Held<M>::kMayBeAbsent) {
    return &member.emplace();
  } else {
    return &member;
  }
}

template <auto P>
const void* get_member(const void* object) {
  using M = detail::MemberOf<P>;
  const M& member = static_cast<const detail::StructOf<P>*>(object)->*P;
  if constexpr (detail::Held<M>::kMayBeAbsent) {
    return member ? &*member : nullptr;
  } else {
    return &member;
  }
}

/// A field that is a member of the struct. An optional one may be null.
template <auto P>
constexpr Field field(std::string_view name, int number,
                      Of<typename detail::Held<detail::MemberOf<P>>::Type> type) {
  return {.name = name, .number = number, .type = type, .make = &make_member<P>, .get = &get_member<P>,
          .is_nullable = detail::Held<detail::MemberOf<P>>::kMayBeAbsent};
}

/// A field that is a member of a member.
template <auto P, auto Q>
constexpr Field field_in(std::string_view name, int number, Of<typename detail::Held<detail::MemberOf<Q>>::Type> type) {
  using Outer = detail::StructOf<P>;
  return {.name = name, .number = number, .type = type,
          .make = [](void* object) { return make_member<Q>(&(static_cast<Outer*>(object)->*P)); },
          .get = [](const void* object) { return get_member<Q>(&(static_cast<const Outer*>(object)->*P)); },
          .is_nullable = detail::Held<detail::MemberOf<Q>>::kMayBeAbsent};
}

/// A field that is the whole struct.
constexpr Field whole(std::string_view name, int number, Type type) {
  return {.name = name, .number = number, .type = type, .make = [](void* object) { return object; },
          .get = [](const void* object) { return object; }};
}

/// A field that `make` finds a place for.
constexpr Field field_at(std::string_view name, int number, Type type, void* (*make)(void*)) {
  return {.name = name, .number = number, .type = type, .make = make};
}

/// The alternative T of the std::variant V.
template <typename V, typename T>
void* alternative(void* any) {
  return &static_cast<V*>(any)->template emplace<T>();
}
/// The member P of the alternative that has it.
template <typename V, auto P>
void* alternative_member(void* any) {
  return make_member<P>(&static_cast<V*>(any)->template emplace<detail::StructOf<P>>());
}

/// The alternative T of the std::variant V, nullptr when it holds another one.
template <typename V, typename T>
const void* held_alternative(const void* any) {
  return std::get_if<T>(static_cast<const V*>(any));
}

}  // namespace alidade::faces::contract
