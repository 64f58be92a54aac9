#include "base/json.h"

#include <gtest/gtest.h>

namespace alidade::base::json {
namespace {

std::string round_trip(std::string_view text) {
  const auto value = parse(text);
  return value.ok() ? to_text(*value) : value.status().message();
}

TEST(Json, KeepsIntegersApartFromFloatsAndTheOrderOfKeys) {
  EXPECT_EQ(round_trip(R"({"b": 1, "a": 1.0, "c": [18446744073709551615, -9223372036854775808, null]})"),
            R"({"b":1,"a":1.0,"c":[18446744073709551615,-9223372036854775808,null]})");
}

TEST(Json, ReadsIntegersBeyondSixtyFourBitsAsFloats) {
  EXPECT_EQ(round_trip("18446744073709551616"), "1.8446744073709552e19");
  EXPECT_EQ(round_trip("[-9223372036854775809]"), "[-9.223372036854776e18]");
}

TEST(Json, KeepsFirstPlaceAndLastValueOfARepeatedKey) {
  EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
}

TEST(Json, WordsRefusalsAsSerdeJsonDoes) {
  EXPECT_EQ(round_trip(""), "EOF while parsing a value at line 1 column 0");
  EXPECT_EQ(round_trip("{"), "EOF while parsing an object at line 1 column 1");
  EXPECT_EQ(round_trip("[1,]"), "trailing comma at line 1 column 4");
  EXPECT_EQ(round_trip("[1 2]"), "expected `,` or `]` at line 1 column 4");
  EXPECT_EQ(round_trip("{}x"), "trailing characters at line 1 column 3");
  EXPECT_EQ(round_trip("NaN"), "expected value at line 1 column 1");
  EXPECT_EQ(round_trip("1e999"), "number out of range at line 1 column 5");
}

TEST(Json, RefusesNestingBelow127Levels) {
  const std::string deepest = std::string(127, '[') + std::string(127, ']');
  EXPECT_EQ(round_trip(deepest), deepest);
  const std::string deeper = "[" + deepest + "]";
  EXPECT_TRUE(round_trip(deeper).starts_with("recursion limit exceeded"));
}

TEST(Json, WritesFloatsInTheLayoutOfTheirPeers) {
  const auto text = [](double d) {
    std::string out;
    write_double(d, out);
    return out;
  };
  EXPECT_EQ(text(1), "1.0");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e15), "1000000000000000.0");
  EXPECT_EQ(text(1e16), "1e16");
  EXPECT_EQ(text(0.00001), "0.00001");
  EXPECT_EQ(text(0.000001), "1e-6");
  std::string out;
  write_float(0.1F, out);
  EXPECT_EQ(out, "0.1");
}

TEST(Json, EscapesControlCharactersAndKeepsUtf8) {
  EXPECT_EQ(round_trip("\"a\\u0001\\n\\u00e9\\ud83d\\ude00\""), "\"a\\u0001\\n\xC3\xA9\xF0\x9F\x98\x80\"");
}

TEST(Json, TheIntegerMinusZeroIsAFloat) {
  EXPECT_EQ(round_trip("[0,-0,-0.5,{\"a\":-0}]"), "[0,-0.0,-0.5,{\"a\":-0.0}]");
  EXPECT_FALSE(has_negative_integer_zero("[-0.5,-0e1,-01,0]"));
  EXPECT_FALSE(has_negative_integer_zero(R"({"version":"1.2-0ubuntu1","n":0})"));
  for (const char* text : {"-0", " -0", "[1,-0]", "[ -0]", R"({"a": -0})", "[1-0,\n-0]"}) {
    EXPECT_TRUE(has_negative_integer_zero(text)) << text;
  }
}

TEST(JsonWriter, PlacesCommasByItself) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.key("ids");
  writer.begin_array();
  writer.integer(1);
  writer.integer(2);
  writer.end_array();
  writer.key("raw");
  writer.raw("{\"x\":1}");
  writer.end_object();
  EXPECT_EQ(out, R"({"ids":[1,2],"raw":{"x":1}})");
}

}  // namespace
}  // namespace alidade::base::json
