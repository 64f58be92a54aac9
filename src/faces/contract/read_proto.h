#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <vector>

#include "base/status.h"
#include "faces/contract/type.h"

namespace google::protobuf {
class FieldDescriptor;
class Message;
}

namespace alidade::faces::contract {

/// One value of a message as a Custom reads it. Borrowed from the message.
class Proto {
 public:
  virtual ~Proto() = default;

  // Of a plain field.
  virtual std::string text() const = 0;
  virtual double number() const = 0;
  virtual bool boolean() const = 0;
  virtual int enumeration() const = 0;

  // Of a message: its fields, by their numbers.
  virtual bool has(int number) const = 0;
  virtual std::int64_t integer(int number) const = 0;
  virtual std::uint64_t unsigned_integer(int number) const = 0;
  virtual std::string text(int number) const = 0;
  virtual int enumeration(int number) const = 0;
  virtual std::vector<float> floats(int number) const = 0;
  /// Of a repeated field.
  virtual std::vector<std::string> texts(int number) const = 0;
  /// A text of a message in the message.
  virtual std::string inside_text(int number, int inside_number) const = 0;
};

/// The dialect's words for what a message lacks or what is not served.
struct ProtoReading {
  Status (*malformed)(const std::string& text);
  Status (*not_served)(const std::string& what);
  /// Reads a value of the peer, or a map of them into an object. nullptr where no table has one.
  Status (*json)(const google::protobuf::Message& parent, const google::protobuf::FieldDescriptor& field,
                 base::json::Value& out) = nullptr;
};

/// Reads a message after its table, the fields in the order of the table. Rules on values are not looked at
/// here: gRPC checks those of the whole request before.
/// @param out the struct; its content is unspecified after a refusal.
Status read(const google::protobuf::Message& message, const Object& object, const ProtoReading& reading, void* out);

/// The same for a message that holds one of several in a oneof.
Status read(const google::protobuf::Message& message, const Union& any, const ProtoReading& reading, void* out);

template <typename V>
Status read(const google::protobuf::Message& message, const UnionOf<V>& any, const ProtoReading& reading, V& out) {
  const Union& table = any;
  return read(message, table, reading, static_cast<void*>(&out));
}
template <typename S>
Status read(const google::protobuf::Message& message, const ObjectOf<S>& object, const ProtoReading& reading, S& out) {
  const Object& table = object;
  return read(message, table, reading, static_cast<void*>(&out));
}

}  // namespace alidade::faces::contract
