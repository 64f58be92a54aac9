#pragma once

#include <cstdint>
#include <string_view>

#include "faces/contract/type.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
}

namespace alidade::faces::contract {

/// The field of a message that a Custom writes, or, where it is a message, the fields of that by their numbers.
class ProtoOut {
 public:
  virtual ~ProtoOut() = default;

  /// Makes the message without anything in it.
  virtual void touch() = 0;
  virtual void set_unsigned(int number, std::uint64_t value) = 0;
  virtual void set_enumeration(int number, int value) = 0;
  virtual void set_text(int number, std::string_view text) = 0;
  virtual void add_text(int number, std::string_view text) = 0;
  // Of a message in the message.
  virtual void touch_inside(int number) = 0;
  virtual void set_inside_text(int number, int inside_number, std::string_view text) = 0;
};

/// Writes a map of the peer's values from an object.
using WriteJson = void (*)(const base::json::Value& object, const google::protobuf::FieldDescriptor& field,
                           google::protobuf::Message& out);

/// Writes a struct into its message; members without a value are left out.
/// @param write_json for the objects of users, nullptr where the table has none.
void write(const Object& object, const void* value, WriteJson write_json, google::protobuf::Message& out);

template <typename S>
void write(const ObjectOf<S>& object, const S& value, WriteJson write_json, google::protobuf::Message& out) {
  const Object& plain = object;
  write(plain, static_cast<const void*>(&value), write_json, out);
}

}  // namespace alidade::faces::contract
