#include "faces/contract/read_json.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <optional>
#include <string>
#include <vector>

namespace alidade::faces::contract {
namespace {

// A small contract: shelves of boxes.
struct Box {
  double weight = 0;
  std::optional<std::string> label;
};
struct Shelf {
  std::uint32_t height = 7;
  std::vector<Box> boxes;
  bool open = false;
};

constexpr Field kBoxFields[] = {field<&Box::weight>("weight", 0, f64().at_least(0).at_most(9)).required(),
                                field<&Box::label>("label", 0, text())};
constexpr ObjectOf<Box> kBox{{.name = "Box", .fields = kBoxFields, .lists = Lists::kByPosition}};
constexpr auto kBoxes = list_of(ref(kBox));
constexpr Field kShelfFields[] = {field<&Shelf::height>("height", 0, unsigned_integer<std::uint32_t>(kUsize)).also("size"),
                                  field<&Shelf::boxes>("boxes", 0, one_or_list(kBoxes)),
                                  field<&Shelf::open>("open", 0, boolean())};
constexpr ObjectOf<Shelf> kShelf{{.name = "Shelf", .fields = kShelfFields, .refuses_unknown = true}};

Status refuse(const std::string& words) { return Status(StatusCode::kInvalidArgument, words); }

struct Read {
  std::string refusal;
  std::vector<std::string> broken;
  Shelf shelf;
};

Read read_carefully(const std::string& body) {
  Read out;
  auto reading = Reading::careful(&refuse, out.broken);
  out.refusal = read(*base::json::parse(body), kShelf, reading, Place("shelf"), out.shelf).message();
  return out;
}

std::optional<Shelf> read_fast(const std::string& body) {
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(body);
  auto reading = Reading::fast();
  Shelf shelf;
  const Status status = read(Json::of(root), kShelf, reading, Place(""), shelf);
  if (!status.ok() || reading.is_doubtful()) return std::nullopt;
  return shelf;
}

TEST(ContractReadJson, ReadsTheSameWithBothPolicies) {
  const std::string body = R"({"boxes":[{"weight":1.5,"label":"a"},[2,null]],"height":5000000000,"open":true})";
  for (const Shelf& shelf : {read_carefully(body).shelf, read_fast(body).value()}) {
    ASSERT_EQ(shelf.boxes.size(), 2U);
    EXPECT_EQ(shelf.boxes[0].label, "a");
    EXPECT_EQ(shelf.boxes[1].weight, 2);
    EXPECT_EQ(shelf.boxes[1].label, std::nullopt);
    EXPECT_EQ(shelf.height, UINT32_MAX) << "a number that the member cannot hold fills it up";
    EXPECT_TRUE(shelf.open);
  }
}

TEST(ContractReadJson, WordsTheFirstFormErrorOfTheBody) {
  EXPECT_EQ(read_carefully(R"({"open":1,"height":"x"})").refusal, "invalid type: integer `1`, expected a boolean");
  EXPECT_EQ(read_carefully(R"({"height":-1})").refusal, "invalid value: integer `-1`, expected usize");
  EXPECT_EQ(read_carefully(R"({"height":null})").refusal, "invalid type: null, expected usize");
  EXPECT_EQ(read_carefully(R"({"boxes":[{}]})").refusal, "missing field `weight`");
  EXPECT_EQ(read_carefully(R"({"boxes":3})").refusal, "invalid type: integer `3`, expected null, array or map");
  EXPECT_EQ(read_carefully(R"({"depth":3})").refusal,
            "unknown field `depth`, expected one of `height`, `boxes`, `open`");
  EXPECT_EQ(read_carefully("[]").refusal, "invalid type: sequence, expected struct Shelf");
}

TEST(ContractReadJson, TakesAFieldUnderEitherOfItsNames) {
  EXPECT_EQ(read_carefully(R"({"size":3})").shelf.height, 3U);
  EXPECT_EQ(read_carefully(R"({"size":3,"height":4})").refusal, "duplicate field `height`");
  EXPECT_FALSE(read_fast(R"({"size":3,"height":4})"));
}

TEST(ContractReadJson, CollectsBrokenRulesWithTheirPlaces) {
  const Read read = read_carefully(R"({"boxes":[{"weight":10},{"weight":-1}]})");
  EXPECT_EQ(read.refusal, "");
  EXPECT_EQ(read.broken, (std::vector<std::string>{
                             "shelf.boxes[0].weight: value 10.0 invalid, must be from 0.0 to 9.0",
                             "shelf.boxes[1].weight: value -1.0 invalid, must be from 0.0 to 9.0"}));
}

TEST(ContractReadJson, TheFastPolicyLeavesEveryDoubtToTheCarefulOne) {
  EXPECT_FALSE(read_fast(R"({"height":"x"})"));
  EXPECT_FALSE(read_fast(R"({"boxes":{"weight":10}})")) << "a broken rule";
  EXPECT_FALSE(read_fast(R"({"open":true,"open":false})")) << "a field that stands twice";
}

TEST(ContractReadJson, FindsTheFieldThatStandsTwice) {
  simdjson::dom::parser parser;
  const std::string body = R"({"open":true,"boxes":{"weight":1,"weight":1},"height":1,"height":2})";
  const simdjson::dom::element root = parser.parse(body);
  EXPECT_EQ(repeated_field(Json::of(root), ref(kShelf)), "height")
      << "what is one of several kinds is not looked into";
}

}  // namespace
}  // namespace alidade::faces::contract
