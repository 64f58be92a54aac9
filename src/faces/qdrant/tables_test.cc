// The tables against the contract that they describe: openapi/qdrant_structs.tsv (see there how it was made) and the
// messages of proto/qdrant. What a table lacks, has too much or has otherwise is named.
#include "faces/qdrant/tables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "faces/contract/walk.h"
#include "faces/qdrant/selectors.h"

#ifdef ALD_WITH_GRPC
#include <google/protobuf/descriptor.h>
#endif

namespace alidade::faces::qdrant {
namespace {

using contract::Case;
using contract::Field;
using contract::Kind;
using contract::Object;
using contract::Type;
using contract::Union;

struct FieldRow {
  std::string type, required, nullable, otherwise, smallest, largest;
};
/// Fields by their names; a union has one with the name "".
using SchemaRows = std::map<std::string, FieldRow>;
using Schemas = std::map<std::string, SchemaRows>;

Schemas contract_rows() {
  std::ifstream file(std::string(ALD_SOURCE_DIR) + "/openapi/qdrant_structs.tsv");
  Schemas schemas;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == '\t') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
    cells.resize(8);
    schemas[cells[0]][cells[1]] = {cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]};
  }
  return schemas;
}

/// The type in the words of the contract.
std::string words_of(const Type& type) {
  switch (type.kind) {
    case Kind::kBool: return "boolean";
    case Kind::kUnsigned: return std::string(type.width->schema);
    case Kind::kInteger: return "integer/int64";
    case Kind::kFloat: return "number/float";
    case Kind::kDouble: return "number/double";
    case Kind::kText: return "string";
    case Kind::kWord: return std::string(type.word_set->schema);
    case Kind::kMap: return "map of " + words_of(type.map->item);
    case Kind::kJson: return "Payload";
    case Kind::kAnyJson: return "any";
    case Kind::kObject: return std::string(type.object->contract_name());
    case Kind::kList: return "array of " + words_of(type.list->item);
    case Kind::kOneOrList: return words_of(type.list->item) + "|array of " + words_of(type.list->item);
    case Kind::kUnion: return std::string(type.any->contract_name());
    case Kind::kCustom: return std::string(type.custom->schema);
  }
  return "";
}

std::string shown(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

std::string smallest_of(const Type& type) {
  if (type.bounds.has_smallest) return shown(type.bounds.smallest);
  if (type.kind == Kind::kUnsigned) return std::to_string(type.width->smallest);
  return "-";
}

/// The default of a field in JSON, "" when the table cannot say.
std::string default_of(const Field& field, const void* blank) {
  if (field.get == nullptr || blank == nullptr) return "";
  const void* member = field.get(blank);
  if (member == nullptr) return "null";
  if (field.type.any == &kWithPayload) {
    return static_cast<const model::PayloadSelector*>(member)->kind == model::PayloadSelector::Kind::kAll ? "true" : "null";
  }
  if (field.type.any == &kWithVectors) {
    return static_cast<const model::VectorSelector*>(member)->kind == model::VectorSelector::Kind::kNone ? "null" : "true";
  }
  if (field.type.kind == Kind::kJson) return base::json::to_text(*static_cast<const base::json::Value*>(member));
  if (field.type.kind == Kind::kBool) return *static_cast<const bool*>(member) ? "true" : "false";
  return "";
}

/// Some types of the contract are another name of a map or of the parameters of one type of index.
std::string without_alias(const std::string& type, const Schemas& schemas, const std::string& ours) {
  if (ours == "type" && type.ends_with("IndexType")) return ours;
  if (ours == "Payload" && type == "object") return ours;
  const auto schema = schemas.find(type);
  if (schema == schemas.end() || !schema->second.contains("")) return type;
  const std::string& meant = schema->second.at("").type;
  return meant.starts_with("map of ") || ours == meant ? meant : type;
}

/// What 1.20 has and the contract's file, which is of 1.19, has not.
bool is_new(std::string_view name) {
  static const std::set<std::string_view> kNew = {
      "id_tracker", "IdTrackerParams", "TextQuery", "TextQueryInterface", "TextQueryInput", "TextScoring", "Bm25Params",
      "AcoshExpression", "MaxExpression", "MinExpression"};
  return kNew.contains(name);
}

/// The largest that is taken. The contract does not say how long a vector may be.
std::string largest_of(const Field& field) {
  if (!field.type.bounds.has_largest || (field.name == "size" && field.type.bounds.largest == 65536)) return "-";
  return shown(field.type.bounds.largest);
}

void compare_field(const Field& field, const FieldRow& row, const void* blank, const Schemas& schemas) {
  const std::string ours = field.type.kind == Kind::kCustom && field.type.custom->schema == "number"
                               ? "number/double"
                               : words_of(field.type);
  EXPECT_EQ(ours, without_alias(row.type, schemas, ours));
  EXPECT_EQ(field.is_required ? "required" : "optional", row.required);
  const bool takes_null = field.is_nullable || field.type.kind == Kind::kOneOrList;
  const bool is_alias = row.type == "ContextInput";  // Which takes null by itself.
  EXPECT_EQ(takes_null && !is_alias ? "nullable" : "-", row.nullable);
  const std::string smallest = smallest_of(field.type);
  EXPECT_TRUE(smallest == row.smallest || (smallest == "0" && row.smallest == "-")) << smallest << " " << row.smallest;
  EXPECT_EQ(largest_of(field), row.largest);
  // Null as the default says no more than that the field takes it.
  if (row.otherwise != "-" && !(row.otherwise == "null" && takes_null)) {
    EXPECT_EQ(default_of(field, blank), row.otherwise);
  }
}

bool is_in_json(const Object& object) {
  for (const Field& field : object.fields) {
    if (!field.name.empty()) return true;
  }
  return false;
}

TEST(QdrantTables, StructsAreThoseOfTheContract) {
  const auto schemas = contract_rows();
  ASSERT_GT(schemas.size(), 300U);
  const auto tables = contract::described(kRoots);
  ASSERT_GT(tables.objects.size(), 25U);
  for (std::size_t i = 0; i < tables.objects.size(); ++i) {
    const Object& object = *tables.objects[i];
    if (!is_in_json(object)) continue;
    const std::string name(object.contract_name());
    SCOPED_TRACE(name);
    const auto schema = schemas.find(name);
    if (is_new(name)) continue;
    if (schema == schemas.end()) {
      ADD_FAILURE() << "the contract has no such struct";
      continue;
    }
    std::set<std::string> seen;
    for (const Field& field : object.fields) {
      if (field.name.empty()) continue;
      SCOPED_TRACE(std::string(field.name));
      const auto row = schema->second.find(std::string(field.name));
      if (row == schema->second.end()) {
        if (!is_new(field.name)) ADD_FAILURE() << "the contract has no such field";
      } else {
        compare_field(field, row->second, tables.blanks[i], schemas);
        EXPECT_TRUE(seen.insert(row->first).second) << "described twice";
      }
    }
    for (const auto& [field, row] : schema->second) EXPECT_TRUE(seen.contains(field)) << "is missing: " << field;
  }
}

// Answers have the values that requests may leave out, so only what they are made of is compared.
TEST(QdrantTables, AnswersHaveTheFieldsOfTheContract) {
  const auto schemas = contract_rows();
  for (const contract::Type& root : kAnswers) {
    const Object& object = *root.object;
    for (const Object* one : {&object, object.fields[0].type.object}) {
      SCOPED_TRACE(std::string(one->contract_name()));
      std::set<std::string> ours, theirs;
      for (const Field& field : one->fields) {
        if (!is_new(field.name)) ours.emplace(field.name);
      }
      for (const auto& [field, row] : schemas.at(std::string(one->contract_name()))) theirs.insert(field);
      EXPECT_EQ(ours, theirs);
    }
  }
}

TEST(QdrantTables, UnionsAreThoseOfTheContract) {
  const auto schemas = contract_rows();
  for (const Union* any : contract::described(kRoots).unions) {
    const std::string name(any->contract_name());
    SCOPED_TRACE(name);
    if (is_new(name)) continue;
    ASSERT_TRUE(schemas.contains(name) && schemas.at(name).contains(""));
    std::set<std::string> theirs, ours;
    std::istringstream alternatives(schemas.at(name).at("").type);
    for (std::string one; std::getline(alternatives, one, '|');) theirs.insert(one);
    for (const auto& variant : any->variants) {
      if (!is_new(words_of(variant.type))) ours.insert(words_of(variant.type));
    }
    EXPECT_EQ(ours, theirs);
  }
}

TEST(QdrantTables, NullAndAbsenceAreToldApartAsTheContractSays) {
  // A required field that could be null would be skipped and then missed.
  for (const Object* object : contract::described(kRoots).objects) {
    for (const Field& field : object->fields) {
      EXPECT_FALSE(field.is_required && field.is_nullable) << object->name << "." << field.name;
    }
    EXPECT_LE(object->fields.size(), object->in_table_order ? 32U : 64U) << object->name;
  }
}

#ifdef ALD_WITH_GRPC
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;

/// Whether every word has its number, and every number but 0 a word or a refusal.
bool has_words(const contract::Words& words, const google::protobuf::EnumDescriptor& type) {
  for (int i = 0; i < static_cast<int>(words.words.size()); ++i) {
    if (type.FindValueByNumber(words.first + i) == nullptr) return false;
  }
  const int count = words.first + static_cast<int>(words.words.size());
  return type.value_count() <= count || !words.refusal.empty();
}

bool fits(const Type& type, const FieldDescriptor& field) {
  if (type.kind == Kind::kJson) return field.is_map();
  using Wire = FieldDescriptor::CppType;
  const Wire wire = field.cpp_type();
  const bool is_list = type.kind == Kind::kList || type.kind == Kind::kOneOrList;
  if (is_list != field.is_repeated()) return false;
  const Type& one = is_list ? type.list->item : type;
  switch (one.kind) {
    case Kind::kBool: return wire == Wire::CPPTYPE_BOOL;
    case Kind::kUnsigned: return wire == Wire::CPPTYPE_UINT32 || wire == Wire::CPPTYPE_UINT64;
    case Kind::kInteger: return wire == Wire::CPPTYPE_INT32 || wire == Wire::CPPTYPE_INT64;
    case Kind::kFloat:
    case Kind::kDouble: return wire == Wire::CPPTYPE_DOUBLE || wire == Wire::CPPTYPE_FLOAT;
    case Kind::kWord: return wire == Wire::CPPTYPE_ENUM && has_words(*one.word_set, *field.enum_type());
    case Kind::kMap: return wire == Wire::CPPTYPE_MESSAGE && field.message_type()->name() == one.map->message;
    case Kind::kJson: return false;  // A map, above.
    case Kind::kAnyJson: return wire == Wire::CPPTYPE_MESSAGE && field.message_type()->name() == "Value";
    case Kind::kText: return wire == Wire::CPPTYPE_STRING;
    case Kind::kObject: return wire == Wire::CPPTYPE_MESSAGE && field.message_type()->name() == one.object->message;
    case Kind::kUnion: {
      const auto& message = one.object != nullptr ? one.object->message : one.any->message;
      return wire == Wire::CPPTYPE_MESSAGE && field.message_type()->name() == message;
    }
    case Kind::kCustom: return one.custom->read_proto != nullptr;
    case Kind::kList:
    case Kind::kOneOrList: break;
  }
  return false;
}

const Descriptor* message_named(std::string_view name) {
  return DescriptorPool::generated_pool()->FindMessageTypeByName("qdrant." + std::string(name));
}

void compare_wire(int number, std::string_view name, const Type& type, const Descriptor& message, std::set<int>& seen) {
  SCOPED_TRACE(std::string(name) + " = " + std::to_string(number));
  const FieldDescriptor* field = message.FindFieldByNumber(number);
  ASSERT_NE(field, nullptr) << "the message has no such number";
  EXPECT_TRUE(name.empty() || field->name() == name) << field->name();
  EXPECT_TRUE(seen.insert(number).second) << "described twice";
  EXPECT_TRUE(fits(type, *field)) << field->DebugString();
}

void expect_all(const Descriptor& message, const std::set<int>& seen) {
  for (int i = 0; i < message.field_count(); ++i) {
    EXPECT_TRUE(seen.contains(message.field(i)->number())) << "is missing: " << message.field(i)->full_name();
  }
}

TEST(QdrantTables, NumbersAreThoseOfTheMessages) {
  auto objects = contract::described(kRoots).objects;
  for (const Object* object : contract::described(kAnswers).objects) objects.push_back(object);
  for (const Object* object : objects) {
    SCOPED_TRACE(std::string(object->name));
    const Descriptor* message = object->message.empty() ? nullptr : message_named(object->message);
    EXPECT_EQ(message == nullptr, object->message.empty());
    if (message == nullptr) continue;
    std::set<int> seen;
    for (const Field& field : object->fields) {
      const auto name = field.wire_name.empty() ? field.name : field.wire_name;
      if (field.number != 0) compare_wire(field.number, name, field.type, *message, seen);
    }
    seen.insert(object->besides.begin(), object->besides.end());
    expect_all(*message, seen);
  }
}

TEST(QdrantTables, OneofsHaveTheCasesOfTheMessages) {
  for (const Union* any : contract::described(kRoots).unions) {
    if (any->message.empty()) continue;
    SCOPED_TRACE(std::string(any->message));
    const Descriptor* message = message_named(any->message);
    ASSERT_NE(message, nullptr);
    std::set<int> seen;
    for (const Case& one : any->cases) {
      if (one.not_served.empty()) {
        compare_wire(one.number, one.name, one.type, *message, seen);
      } else {
        seen.insert(one.number);
      }
    }
    expect_all(*message, seen);
  }
}
#endif

}  // namespace
}  // namespace alidade::faces::qdrant
