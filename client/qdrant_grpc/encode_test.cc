// Forms of REST as messages, member by member. What the official client makes of the same forms is compared by
// tests/client_qdrant.

#include "qdrant_grpc/encode.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "alidade_qdrant/collections.pb.h"
#include "alidade_qdrant/points.pb.h"
#include "core/json_reader.h"

namespace alidade::qdrant::wire {
namespace {

namespace pb = alidade_wire;

/// The message as text, or what stood in its way.
template <class T>
std::string text_of(const std::string& json, std::vector<float> values = {}) {
  const auto document = client::core::Document::parse(json);
  if (!document) return document.error().message;
  T message;
  Encoder encoder(values);
  if (!encoder.fill(message, document->root())) return "error: " + encoder.error();
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(message, &text);
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

TEST(EncodeForms, Values) {
  EXPECT_EQ(text_of<pb::Value>("-3"), "integer_value: -3");
  EXPECT_EQ(text_of<pb::Value>("9223372036854775807"), "integer_value: 9223372036854775807");
  EXPECT_EQ(text_of<pb::Value>("18446744073709551615"), "double_value: 1.8446744073709552e+19");
  EXPECT_EQ(text_of<pb::Value>("[null,{}]"), "list_value { values { null_value: NULL_VALUE } values { struct_value { } } }");
}

TEST(EncodeForms, Vectors) {
  EXPECT_EQ(text_of<pb::Vectors>("[1.5]"), "vector { dense { data: 1.5 } }");
  EXPECT_EQ(text_of<pb::Vectors>("[]"), "vector { dense { } }");
  EXPECT_EQ(text_of<pb::Vectors>("[[1],[2]]"), "vector { multi_dense { vectors { data: 1 } vectors { data: 2 } } }");
  EXPECT_EQ(text_of<pb::Vectors>(R"({"indices":[1],"values":[2]})"), "vector { sparse { values: 2 indices: 1 } }");
  EXPECT_EQ(text_of<pb::Vectors>("{}"), "vectors { }");
  EXPECT_EQ(text_of<pb::Vectors>(R"({"text":{"text":"x","model":"m"}})"),
            R"(vectors { vectors { key: "text" value { document { text: "x" model: "m" } } } })");
  EXPECT_EQ(text_of<pb::Vectors>(R"({"text":"x","model":"m"})"), R"(vector { document { text: "x" model: "m" } })");
  EXPECT_EQ(text_of<pb::VectorInput>(R"("a-b")"), R"(id { uuid: "a-b" })");
  EXPECT_EQ(text_of<pb::Vectors>(R"({"$":2})", {1, 2}), "vector { dense { data: 1 data: 2 } }");
  EXPECT_EQ(text_of<pb::Vectors>(R"({"a":{"$":1}})", {3}), R"(vectors { vectors { key: "a" value { dense { data: 3 } } } })");
  EXPECT_THAT(text_of<pb::Vectors>(R"({"$":3})", {1, 2}), ::testing::StartsWith("error:"));
  EXPECT_THAT(text_of<pb::Vectors>(R"(["x"])"), ::testing::StartsWith("error:"));
  EXPECT_THAT(text_of<pb::Vectors>("3"), ::testing::StartsWith("error:"));
}

TEST(EncodeForms, Dates) {
  const auto seconds = [](const char* text) { return text_of<pb::DatetimeRange>(std::string(R"({"gt":")") + text + "\"}"); };
  EXPECT_EQ(seconds("2024-02-29T12:00:00Z"), "gt { seconds: 1709208000 }");
  EXPECT_EQ(seconds("2024-02-29 12:00:00"), "gt { seconds: 1709208000 }");
  EXPECT_EQ(seconds("2024-02-29"), "gt { seconds: 1709164800 }");
  EXPECT_EQ(seconds("2024-02-29T13:00:00.5+01:00"), "gt { seconds: 1709208000 nanos: 500000000 }");
  EXPECT_THAT(seconds("yesterday"), ::testing::StartsWith("error:"));
}

TEST(EncodeForms, Filters) {
  EXPECT_EQ(text_of<pb::Filter>("{}"), "");
  EXPECT_EQ(text_of<pb::Filter>(R"({"must":{"key":"a","match":{"any":[]}}})"), R"(must { field { key: "a" match { keywords { } } } })");
  EXPECT_EQ(text_of<pb::Filter>(R"({"must_not":[{"key":"a","match":{"except":[1,2]}}]})"),
            R"(must_not { field { key: "a" match { except_integers { integers: 1 integers: 2 } } } })");
  EXPECT_EQ(text_of<pb::Filter>(R"({"should":[{"is_null":{"key":"a"}},{"has_id":[1]},{"has_vector":"v"},{"should":[]}]})"),
            R"(should { is_null { key: "a" } } should { has_id { has_id { num: 1 } } } should { has_vector { has_vector: "v" } } )"
            R"(should { filter { } })");
  EXPECT_THAT(text_of<pb::Filter>(R"({"any_of":[]})"), ::testing::StartsWith("error:"));
  EXPECT_THAT(text_of<pb::Filter>(R"({"must":[{"key":"a","match":{"any":[1,"x"]}}]})"), ::testing::StartsWith("error:"));
  EXPECT_THAT(text_of<pb::Filter>("[]"), ::testing::StartsWith("error:"));
}

TEST(EncodeForms, SettingsAndSelectors) {
  EXPECT_EQ(text_of<pb::VectorsConfigDiff>(R"({"":{"on_disk":true}})"), "params { on_disk: true }");
  EXPECT_EQ(text_of<pb::VectorsConfigDiff>(R"({"a":{"on_disk":true}})"), R"(params_map { map { key: "a" value { on_disk: true } } })");
  EXPECT_EQ(text_of<pb::VectorsConfig>(R"({"size":{"size":1}})"), R"(params_map { map { key: "size" value { size: 1 } } })");
  EXPECT_EQ(text_of<pb::OptimizersConfigDiff>(R"({"max_optimization_threads":"auto"})"), "max_optimization_threads { setting: Auto }");
  EXPECT_EQ(text_of<pb::ShardKeySelector>(R"({"target":"a","fallback":1})"), R"(shard_keys { keyword: "a" } fallback { number: 1 })");
  EXPECT_EQ(text_of<pb::CreateFieldIndexCollection>(R"({"field_name":"f","field_schema":"uuid"})"),
            R"(field_name: "f" field_type: FieldTypeUuid)");
  EXPECT_EQ(text_of<pb::CreateFieldIndexCollection>(
                R"({"field_name":"f","field_schema":{"type":"text","stopwords":"english","stemmer":{"type":"snowball","language":"english"}}})"),
            R"(field_name: "f" field_type: FieldTypeText field_index_params { text_index_params { stopwords { languages: "english" } )"
            R"(stemmer { snowball { language: "english" } } } })");
  EXPECT_THAT(text_of<pb::CreateFieldIndexCollection>(R"({"field_name":"f","field_schema":{"type":"blob"}})"),
              ::testing::StartsWith("error:"));
  EXPECT_THAT(text_of<pb::HnswConfigDiff>(R"({"m":"many"})"), ::testing::StartsWith("error:"));
  EXPECT_THAT(text_of<pb::CreateCollection>(R"({"shard_number":4294967296})"), ::testing::StartsWith("error:"));
}

TEST(EncodeQuery, Kinds) {
  EXPECT_EQ(text_of<pb::Query>(R"({"text":"x","model":"m"})"), R"(nearest { document { text: "x" model: "m" } })");
  EXPECT_EQ(text_of<pb::Query>(R"({"text":{"query":"x"}})"), R"(text { query: "x" })");
  EXPECT_EQ(text_of<pb::Query>(R"({"order_by":"a"})"), R"(order_by { key: "a" })");
  EXPECT_EQ(text_of<pb::Query>(R"({"context":{"positive":1,"negative":2}})"),
            "context { pairs { positive { id { num: 1 } } negative { id { num: 2 } } } }");
  EXPECT_EQ(text_of<pb::Expression>(R"({"sum":["$score",{"neg":2},{"key":"a","match":{"value":true}}]})"),
            R"(sum { sum { variable: "$score" } sum { neg { constant: 2 } } sum { condition { field { key: "a" match { boolean: true } } } } })");
  EXPECT_THAT(text_of<pb::Expression>("[]"), ::testing::StartsWith("error:"));
}

}  // namespace
}  // namespace alidade::qdrant::wire
