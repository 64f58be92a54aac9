#include "faces/contract/write_proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "faces/contract/store.h"

namespace alidade::faces::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void set_unsigned(Message& message, const FieldDescriptor& field, std::uint64_t number) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
    constexpr std::uint64_t kLargest = UINT32_MAX;
    return message.GetReflection()->SetUInt32(&message, &field, static_cast<std::uint32_t>(std::min(number, kLargest)));
  }
  message.GetReflection()->SetUInt64(&message, &field, number);
}

void set_double(Message& message, const FieldDescriptor& field, double number) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
    return message.GetReflection()->SetFloat(&message, &field, static_cast<float>(number));
  }
  message.GetReflection()->SetDouble(&message, &field, number);
}

class FieldOut final : public ProtoOut {
 public:
  FieldOut(Message& parent, const FieldDescriptor& field) : parent_(parent), field_(field) {}

  void touch() override { inside(); }
  void set_unsigned(int number, std::uint64_t value) override {
    contract::set_unsigned(inside(), field_at(number), value);
  }
  void set_enumeration(int number, int value) override {
    Message& message = inside();
    message.GetReflection()->SetEnumValue(&message, &field_at(number), value);
  }
  void set_text(int number, std::string_view text) override {
    Message& message = inside();
    message.GetReflection()->SetString(&message, &field_at(number), std::string(text));
  }
  void add_text(int number, std::string_view text) override {
    Message& message = inside();
    message.GetReflection()->AddString(&message, &field_at(number), std::string(text));
  }
  void touch_inside(int number) override { FieldOut(inside(), field_at(number)).touch(); }
  void set_inside_text(int number, int inside_number, std::string_view text) override {
    FieldOut(inside(), field_at(number)).set_text(inside_number, text);
  }

 private:
  Message& inside() { return *parent_.GetReflection()->MutableMessage(&parent_, &field_); }
  const FieldDescriptor& field_at(int number) { return *inside().GetDescriptor()->FindFieldByNumber(number); }

  Message& parent_;
  const FieldDescriptor& field_;
};

class Writing {
 public:
  explicit Writing(WriteJson write_json) : write_json_(write_json) {}

  void object(const Object& table, const void* value, Message& out) const {
    for (const Field& field : table.fields) {
      if (field.number == 0 || field.get == nullptr) continue;
      const void* member = field.get(value);
      if (member != nullptr) one(field.type, member, out, *out.GetDescriptor()->FindFieldByNumber(field.number));
    }
  }

 private:
  void one(const Type& type, const void* value, Message& out, const FieldDescriptor& field) const {
    const auto& reflection = *out.GetReflection();
    switch (type.kind) {
      case Kind::kBool: return reflection.SetBool(&out, &field, *static_cast<const bool*>(value));
      case Kind::kUnsigned: return set_unsigned(out, field, load_unsigned(type.bytes, value));
      case Kind::kFloat: return set_double(out, field, double{*static_cast<const float*>(value)});
      case Kind::kDouble: return set_double(out, field, *static_cast<const double*>(value));
      case Kind::kText: return reflection.SetString(&out, &field, *static_cast<const std::string*>(value));
      case Kind::kWord:
        return reflection.SetEnumValue(&out, &field, type.word_set->first + *static_cast<const std::uint8_t*>(value));
      case Kind::kJson:
      case Kind::kAnyJson: return write_json_(*static_cast<const base::json::Value*>(value), field, out);
      case Kind::kObject: return object(*type.object, value, *reflection.MutableMessage(&out, &field));
      case Kind::kMap: return map(*type.map, value, *reflection.MutableMessage(&out, &field));
      case Kind::kUnion: return any(*type.any, value, *reflection.MutableMessage(&out, &field));
      case Kind::kCustom: {
        FieldOut inside(out, field);
        return type.custom->write_proto(value, inside);
      }
      case Kind::kInteger:
      case Kind::kList:
      case Kind::kOneOrList: break;  // None is written yet.
    }
    ALD_CHECK(false);
  }

  /// @param out the message whose one field is the map.
  void map(const Map& table, const void* value, Message& out) const {
    struct Context {
      const Writing& writing;
      const Type& item;
      Message& out;
      const FieldDescriptor& field;
    } context{*this, table.item, out, *out.GetDescriptor()->field(0)};
    table.each(value, &context, [](void* raw, const std::string& name, const void* item) {
      constexpr int kKey = 1, kValue = 2;
      const auto& to = *static_cast<Context*>(raw);
      Message& entry = *to.out.GetReflection()->AddMessage(&to.out, &to.field);
      const auto& type = *entry.GetDescriptor();
      entry.GetReflection()->SetString(&entry, type.FindFieldByNumber(kKey), name);
      Message& inside = *entry.GetReflection()->MutableMessage(&entry, type.FindFieldByNumber(kValue));
      to.writing.object(*to.item.object, item, inside);
    });
  }

  void any(const Union& table, const void* value, Message& out) const {
    for (const Case& alternative : table.cases) {
      const void* held = alternative.get == nullptr ? nullptr : alternative.get(value);
      if (held == nullptr) continue;
      return one(alternative.type, held, out, *out.GetDescriptor()->FindFieldByNumber(alternative.number));
    }
  }

  WriteJson write_json_;
};

}  // namespace

void write(const Object& object, const void* value, WriteJson write_json, Message& out) {
  Writing(write_json).object(object, value, out);
}

}  // namespace alidade::faces::contract
