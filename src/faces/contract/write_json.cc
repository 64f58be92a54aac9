#include "faces/contract/write_json.h"

#include "base/check.h"
#include "faces/contract/store.h"

namespace alidade::faces::contract {
namespace {

using base::json::Writer;

void write_object(const Object& object, const void* value, Writer& writer) {
  writer.begin_object();
  for (const Field& field : object.fields) {
    if (field.name.empty()) continue;
    const void* member = field.get(value);
    if (member == nullptr && !field.shows_null) continue;
    writer.key(field.name);
    if (member == nullptr) {
      writer.null();
    } else {
      write(field.type, member, writer);
    }
  }
  writer.end_object();
}

void write_map(const Map& map, const void* value, Writer& writer) {
  struct Context {
    const Type& item;
    Writer& writer;
  } context{map.item, writer};
  writer.begin_object();
  map.each(value, &context, [](void* raw, const std::string& name, const void* item) {
    auto& to = *static_cast<Context*>(raw);
    to.writer.key(name);
    write(to.item, item, to.writer);
  });
  writer.end_object();
}

void write_union(const Union& any, const void* value, Writer& writer) {
  for (const Variant& variant : any.variants) {
    const void* held = variant.get == nullptr ? nullptr : variant.get(value);
    if (held != nullptr) return write(variant.type, held, writer);
  }
  ALD_CHECK(false);  // A union that is written names all that it may hold.
}

}  // namespace

void write(const Type& type, const void* value, Writer& writer) {
  switch (type.kind) {
    case Kind::kBool: return writer.boolean(*static_cast<const bool*>(value));
    case Kind::kUnsigned: return writer.unsigned_integer(load_unsigned(type.bytes, value));
    case Kind::kInteger: return writer.integer(*static_cast<const std::int64_t*>(value));
    case Kind::kFloat: return writer.number(*static_cast<const float*>(value));
    case Kind::kDouble: return writer.number(*static_cast<const double*>(value));
    case Kind::kText: return writer.string(*static_cast<const std::string*>(value));
    case Kind::kWord: return writer.string(type.word_set->words[*static_cast<const std::uint8_t*>(value)]);
    case Kind::kJson:
    case Kind::kAnyJson: return writer.value(*static_cast<const base::json::Value*>(value));
    case Kind::kObject: return write_object(*type.object, value, writer);
    case Kind::kMap: return write_map(*type.map, value, writer);
    case Kind::kUnion: return write_union(*type.any, value, writer);
    case Kind::kCustom: return type.custom->write(value, writer);
    case Kind::kList:
    case Kind::kOneOrList: break;  // No list is written yet.
  }
  ALD_CHECK(false);
}

}  // namespace alidade::faces::contract
