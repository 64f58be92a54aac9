#include "faces/contract/read_proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/reflection.h>

#include "base/check.h"
#include "faces/contract/store.h"

namespace alidade::faces::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kNoItem = -1;

/// A field of a message, or an item of a repeated one.
struct Slot {
  const Message& parent;
  const FieldDescriptor& field;
  int item = kNoItem;

  const google::protobuf::Reflection& reflection() const { return *parent.GetReflection(); }
};

bool bool_of(const Slot& slot) {
  return slot.item == kNoItem ? slot.reflection().GetBool(slot.parent, &slot.field)
                              : slot.reflection().GetRepeatedBool(slot.parent, &slot.field, slot.item);
}

std::uint64_t unsigned_of(const Slot& slot) {
  const bool is_32 = slot.field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
  const auto& reflection = slot.reflection();
  if (slot.item == kNoItem) {
    return is_32 ? reflection.GetUInt32(slot.parent, &slot.field) : reflection.GetUInt64(slot.parent, &slot.field);
  }
  return is_32 ? reflection.GetRepeatedUInt32(slot.parent, &slot.field, slot.item)
               : reflection.GetRepeatedUInt64(slot.parent, &slot.field, slot.item);
}

std::int64_t integer_of(const Slot& slot) {
  const bool is_32 = slot.field.cpp_type() == FieldDescriptor::CPPTYPE_INT32;
  const auto& reflection = slot.reflection();
  if (slot.item == kNoItem) {
    return is_32 ? reflection.GetInt32(slot.parent, &slot.field) : reflection.GetInt64(slot.parent, &slot.field);
  }
  return is_32 ? reflection.GetRepeatedInt32(slot.parent, &slot.field, slot.item)
               : reflection.GetRepeatedInt64(slot.parent, &slot.field, slot.item);
}

double double_of(const Slot& slot) {
  const bool is_float = slot.field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT;
  const auto& reflection = slot.reflection();
  if (slot.item == kNoItem) {
    return is_float ? double{reflection.GetFloat(slot.parent, &slot.field)}
                    : reflection.GetDouble(slot.parent, &slot.field);
  }
  return is_float ? double{reflection.GetRepeatedFloat(slot.parent, &slot.field, slot.item)}
                  : reflection.GetRepeatedDouble(slot.parent, &slot.field, slot.item);
}

std::string text_of(const Slot& slot) {
  return slot.item == kNoItem ? slot.reflection().GetString(slot.parent, &slot.field)
                              : slot.reflection().GetRepeatedString(slot.parent, &slot.field, slot.item);
}

const Message& message_of(const Slot& slot) {
  return slot.item == kNoItem ? slot.reflection().GetMessage(slot.parent, &slot.field)
                              : slot.reflection().GetRepeatedMessage(slot.parent, &slot.field, slot.item);
}

std::vector<float> floats_of(const Message& parent, const FieldDescriptor& field) {
  const auto values = parent.GetReflection()->GetRepeatedFieldRef<float>(parent, &field);
  std::vector<float> out;
  out.reserve(static_cast<std::size_t>(values.size()));
  for (const float value : values) out.push_back(value);
  return out;
}

class SlotValue final : public Proto {
 public:
  explicit SlotValue(const Slot& slot) : slot_(slot) {}

  std::string text() const override { return text_of(slot_); }
  double number() const override { return double_of(slot_); }
  bool boolean() const override { return bool_of(slot_); }
  int enumeration() const override { return slot_.reflection().GetEnumValue(slot_.parent, &slot_.field); }
  bool has(int number) const override {
    const Slot inside = slot_at(number);
    return inside.reflection().HasField(inside.parent, &inside.field);
  }
  std::int64_t integer(int number) const override { return integer_of(slot_at(number)); }
  std::uint64_t unsigned_integer(int number) const override { return unsigned_of(slot_at(number)); }
  std::string text(int number) const override { return text_of(slot_at(number)); }
  int enumeration(int number) const override {
    const Slot inside = slot_at(number);
    return inside.reflection().GetEnumValue(inside.parent, &inside.field);
  }
  std::vector<float> floats(int number) const override {
    const Slot inside = slot_at(number);
    return floats_of(inside.parent, inside.field);
  }
  std::vector<std::string> texts(int number) const override {
    const Slot inside = slot_at(number);
    std::vector<std::string> texts;
    for (int i = 0; i < inside.reflection().FieldSize(inside.parent, &inside.field); ++i) {
      texts.push_back(text_of({inside.parent, inside.field, i}));
    }
    return texts;
  }
  std::string inside_text(int number, int inside_number) const override {
    return SlotValue(slot_at(number)).text(inside_number);
  }

 private:
  Slot slot_at(int number) const {
    const Message& message = message_of(slot_);
    return {message, *message.GetDescriptor()->FindFieldByNumber(number)};
  }

  Slot slot_;
};

std::string with_number(std::string_view text, int number) {
  std::string out(text);
  for (std::size_t at = out.find("{}"); at != std::string::npos; at = out.find("{}")) {
    out.replace(at, 2, std::to_string(number));
  }
  return out;
}

/// @return the place of the word of a number, a refusal, or -1: the field counts as absent.
Result<int> word_of(int number, const Words& words, const ProtoReading& reading) {
  const int place = number - words.first;
  if (place >= 0 && place < static_cast<int>(words.words.size())) return place;
  const std::string_view refusal = number == 0 ? words.zero_refusal : words.refusal;
  if (refusal.empty()) return -1;
  return reading.malformed(with_number(refusal, number));
}

Status read_map(const Slot& slot, const Map& map, const ProtoReading& reading, void* out);

Status read_slot(const Slot& slot, const Type& type, const ProtoReading& reading, void* out) {
  switch (type.kind) {
    case Kind::kBool: *static_cast<bool*>(out) = bool_of(slot); break;
    case Kind::kUnsigned: store_unsigned(unsigned_of(slot), type.bytes, out); break;
    case Kind::kInteger: *static_cast<std::int64_t*>(out) = integer_of(slot); break;
    case Kind::kFloat: *static_cast<float*>(out) = static_cast<float>(double_of(slot)); break;
    case Kind::kDouble: *static_cast<double*>(out) = double_of(slot); break;
    case Kind::kWord: {
      ALD_ASSIGN(const int word, word_of(SlotValue(slot).enumeration(), *type.word_set, reading));
      if (word >= 0) *static_cast<std::uint8_t*>(out) = static_cast<std::uint8_t>(word);
      break;
    }
    case Kind::kMap: return read_map(slot, *type.map, reading, out);
    case Kind::kJson:
    case Kind::kAnyJson: return reading.json(slot.parent, slot.field, *static_cast<base::json::Value*>(out));
    case Kind::kText: *static_cast<std::string*>(out) = text_of(slot); break;
    case Kind::kObject: return read(message_of(slot), *type.object, reading, out);
    case Kind::kUnion:
      if (type.object != nullptr) return read(message_of(slot), *type.object, reading, out);
      return read(message_of(slot), *type.any, reading, out);
    case Kind::kCustom: return type.custom->read_proto(SlotValue(slot), reading, out);
    case Kind::kList:
    case Kind::kOneOrList: break;  // read_list()'s.
  }
  return Status::ok_status();
}

/// @param slot a message whose one field is the map.
Status read_map(const Slot& slot, const Map& map, const ProtoReading& reading, void* out) {
  constexpr int kKey = 1, kValue = 2;
  const Message& message = message_of(slot);
  const FieldDescriptor& field = *message.GetDescriptor()->field(0);
  const int count = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < count; ++i) {
    const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const auto& type = *entry.GetDescriptor();
    const std::string name = text_of({entry, *type.FindFieldByNumber(kKey)});
    ALD_RETURN_IF_ERROR(
        read_slot({entry, *type.FindFieldByNumber(kValue)}, map.item, reading, map.emplace(out, name)));
  }
  return Status::ok_status();
}

/// An enum without a word that is passed over leaves its member without a value.
Result<bool> counts_as_absent(const Slot& slot, const Type& type, const ProtoReading& reading) {
  if (type.kind != Kind::kWord) return false;
  ALD_ASSIGN(const int word, word_of(SlotValue(slot).enumeration(), *type.word_set, reading));
  return word < 0;
}

Status read_list(const Message& parent, const FieldDescriptor& field, const List& list, const ProtoReading& reading,
                 void* out) {
  if (list.item.kind == Kind::kFloat) {  // Vectors: a copy, not a call for each number.
    *static_cast<std::vector<float>*>(out) = floats_of(parent, field);
    return Status::ok_status();
  }
  const int count = parent.GetReflection()->FieldSize(parent, &field);
  list.reserve(out, static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    ALD_RETURN_IF_ERROR(read_slot({parent, field, i}, list.item, reading, list.append(out)));
  }
  return Status::ok_status();
}

}  // namespace

Status read(const Message& message, const Object& object, const ProtoReading& reading, void* out) {
  const auto& descriptor = *message.GetDescriptor();
  for (const Field& field : object.fields) {
    if (field.number == 0) continue;
    const FieldDescriptor* wire = descriptor.FindFieldByNumber(field.number);
    ALD_CHECK(wire != nullptr);  // The test of the tables compares them with the messages.
    if (field.type.kind == Kind::kJson) {
      if (message.GetReflection()->FieldSize(message, wire) == 0) continue;
      ALD_RETURN_IF_ERROR(read_slot({message, *wire}, field.type, reading, field.make(out)));
      continue;
    }
    if (wire->is_repeated()) {
      ALD_RETURN_IF_ERROR(read_list(message, *wire, *field.type.list, reading, field.make(out)));
      continue;
    }
    if (wire->has_presence() && !message.GetReflection()->HasField(message, wire)) {
      if (!field.missing.empty()) return reading.malformed(std::string(field.missing));
      if (field.is_required) return reading.malformed(std::string(object.malformed));
      continue;
    }
    ALD_ASSIGN(const bool absent, counts_as_absent({message, *wire}, field.type, reading));
    if (absent) continue;
    ALD_RETURN_IF_ERROR(read_slot({message, *wire}, field.type, reading, field.make(out)));
  }
  return Status::ok_status();
}

Status read(const Message& message, const Union& any, const ProtoReading& reading, void* out) {
  const auto* oneof = message.GetDescriptor()->FindFieldByNumber(any.cases.front().number)->real_containing_oneof();
  const FieldDescriptor* set = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  if (set != nullptr) {
    for (const Case& one : any.cases) {
      if (one.number != set->number()) continue;
      if (!one.not_served.empty()) return reading.not_served(std::string(one.not_served));
      return read_slot({message, *set}, one.type, reading, one.make(out));
    }
  }
  if (any.unset == nullptr) return reading.malformed(std::string(any.unset_words));
  any.unset(out);
  return Status::ok_status();
}

}  // namespace alidade::faces::contract
