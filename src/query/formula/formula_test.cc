#include "query/formula/formula.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

namespace alidade::query::formula {
namespace {

using E = model::Expression;
using ManyKind = E::Many::Kind;
using OneKind = E::One::Kind;

E number(float value) { return {E::Constant{value}}; }
E variable(const char* name) { return {E::Variable{name}}; }
std::shared_ptr<const E> shared(E expression) { return std::make_shared<const E>(std::move(expression)); }
E many(ManyKind kind, std::vector<E> operands) { return {E::Many{kind, std::move(operands)}}; }
E div(E left, E right, std::optional<float> by_zero = std::nullopt) {
  return {E::Div{shared(std::move(left)), shared(std::move(right)), by_zero}};
}
E one(OneKind kind, E operand) { return {E::One{kind, shared(std::move(operand))}}; }
E decay(E::Decay::Kind kind, E x, std::optional<float> scale = std::nullopt, std::optional<float> midpoint = std::nullopt) {
  return {E::Decay{kind, shared(std::move(x)), nullptr, scale, midpoint}};
}

class Point final : public Inputs {
 public:
  explicit Point(const char* payload = "{}", std::map<std::size_t, float> scores = {})
      : payload_(base::json::parse(payload).value()), scores_(std::move(scores)) {}

  std::optional<float> score(std::size_t list) const override {
    const auto found = scores_.find(list);
    return found == scores_.end() ? std::nullopt : std::optional(found->second);
  }
  Result<bool> passes(std::size_t condition) const override { return condition % 2 == 0; }
  Result<const base::json::Value*> payload() const override { return &payload_; }

 private:
  const base::json::Value payload_;
  const std::map<std::size_t, float> scores_;
};

Result<float> value_of(E expression, const Point& point = Point(), const char* defaults = "{}") {
  ALD_ASSIGN(const auto program, compile({std::move(expression), base::json::parse(defaults).value()}));
  return evaluate(*program, point);
}

std::string refusal_of(E expression, const Point& point = Point(), const char* defaults = "{}") {
  const auto value = value_of(std::move(expression), point, defaults);
  return value.ok() ? "" : value.status().message();
}

TEST(Formula, ComputesAsItIsWritten) {
  EXPECT_FLOAT_EQ(*value_of(many(ManyKind::kSum, {number(1), one(OneKind::kNeg, number(3)), number(0.5F)})), -1.5F);
  EXPECT_FLOAT_EQ(*value_of(many(ManyKind::kSum, {})), 0);
  EXPECT_FLOAT_EQ(*value_of(many(ManyKind::kMult, {})), 1);
  EXPECT_FLOAT_EQ(*value_of(many(ManyKind::kMax, {number(-2), number(-1)})), -1);
  EXPECT_FLOAT_EQ(*value_of(many(ManyKind::kMin, {number(2), number(1)})), 1);
  EXPECT_FLOAT_EQ(*value_of({E::Pow{shared(number(2)), shared(number(10))}}), 1024);
  EXPECT_FLOAT_EQ(*value_of(one(OneKind::kAcosh, number(1))), 0);
  EXPECT_FLOAT_EQ(*value_of({E::Datetime{"1970-01-02T00:00:00Z"}}), 86400);
  EXPECT_NEAR(double{*value_of({E::GeoDistance{{0, 0}, *model::JsonPath::parse("at")}}, Point(R"({"at":{"lon":1,"lat":1}})"))},
              157249.6, 0.1);
}

TEST(Formula, AZeroEndsAProductAndAQuotient) {
  EXPECT_FLOAT_EQ(*value_of(many(ManyKind::kMult, {number(0), variable("missing")})), 0);
  EXPECT_NE(refusal_of(many(ManyKind::kMult, {variable("missing"), number(0)})), "");
  EXPECT_FLOAT_EQ(*value_of(div(number(0), number(0))), 0);
  EXPECT_FLOAT_EQ(*value_of(div(number(1), number(0), 7.0F)), 7);
}

TEST(Formula, DecaysReachTheirMidpointAtTheirScale) {
  using Kind = E::Decay::Kind;
  for (const Kind kind : {Kind::kLinear, Kind::kExponential, Kind::kGaussian}) {
    EXPECT_FLOAT_EQ(*value_of(decay(kind, number(0))), 1);
    EXPECT_FLOAT_EQ(*value_of(decay(kind, number(-1))), 0.5F);
    EXPECT_FLOAT_EQ(*value_of(decay(kind, number(15), 15.0F, 0.2F)), 0.2F);
  }
  EXPECT_FLOAT_EQ(*value_of(decay(Kind::kLinear, number(100))), 0);
  EXPECT_EQ(refusal_of(decay(Kind::kLinear, number(1), 0.0F)),
            "Validation failed: Decay scale should be non-zero positive, got 0.");
  EXPECT_EQ(refusal_of(decay(Kind::kGaussian, number(1), std::nullopt, 1.0F)),
            "Validation failed: Decay midpoint should be in the range (0.0, 1.0), got 1.");
}

TEST(Formula, FindsScoresPayloadsAndWhatStandsForThem) {
  const Point point(R"({"n":4,"list":[1,2],"t":"x","null":null})", {{0, 0.5F}, {2, 3.0F}});
  EXPECT_FLOAT_EQ(*value_of(variable("$score"), point), 0.5F);
  EXPECT_FLOAT_EQ(*value_of(variable("$score[2]"), point), 3);
  EXPECT_FLOAT_EQ(*value_of(variable("$score[1]"), point), 0);
  EXPECT_FLOAT_EQ(*value_of(variable("$score"), Point(), R"({"$score[0]":9})"), 9);
  EXPECT_FLOAT_EQ(*value_of(variable("n"), point), 4);
  EXPECT_FLOAT_EQ(*value_of(variable("list[1]"), point), 2);
  EXPECT_FLOAT_EQ(*value_of(variable("absent"), point, R"({"absent":2.5})"), 2.5F);
  EXPECT_FLOAT_EQ(*value_of(variable("null"), point, R"({"null":2.5})"), 2.5F);
  constexpr const char* kRest = " in the payload and/or in the formula defaults. Error: ";
  EXPECT_EQ(refusal_of(variable("list[]"), point, R"({"list[]":5})"),
            std::string("Expected number value for list[]") + kRest + "Value is not a number");
  EXPECT_EQ(refusal_of(variable("absent"), point),
            std::string("Expected number value for absent") + kRest + "No value found in a payload nor defaults");
  EXPECT_EQ(refusal_of({E::DatetimeKey{*model::JsonPath::parse("n")}}, point),
            std::string("Expected datetime value for n") + kRest + "Value is not a string");
  EXPECT_NE(refusal_of({E::DatetimeKey{*model::JsonPath::parse("t")}}, point), "");
  EXPECT_NE(refusal_of({E::GeoDistance{{0, 0}, *model::JsonPath::parse("n")}}, point), "");
}

// A default may be as long as a body, and stand for as many variables as a body holds.
TEST(Formula, HoldsADefaultOnce) {
  std::string defaults = R"({"x":[0)";
  for (int i = 0; i < 1000; ++i) defaults += ",0";
  const auto program = compile({many(ManyKind::kSum, {variable("x"), variable("x"), {E::DatetimeKey{*model::JsonPath::parse("x")}}}),
                                base::json::parse(defaults + "]}").value()});
  ASSERT_TRUE(program.ok());
  const auto& operands = std::get<Many>((*program)->root.step).operands;
  const auto* const shared_default = std::get<Number>(operands[0].step).value.otherwise.get();
  ASSERT_NE(shared_default, nullptr);
  EXPECT_EQ(shared_default->as_array().size(), 1001U);
  EXPECT_EQ(std::get<Number>(operands[1].step).value.otherwise.get(), shared_default);
  EXPECT_EQ(std::get<Moment>(operands[2].step).value.otherwise.get(), shared_default);
}

TEST(Formula, RefusesVariablesAndMomentsThatAreNone) {
  constexpr const char* kVariable = "Validation failed: failed to parse variable ID ";
  EXPECT_EQ(refusal_of(variable("a[")), std::string(kVariable) + "a[: Invalid payload variable: a[");
  EXPECT_EQ(refusal_of(variable("$score[x]")), std::string(kVariable) + "$score[x]: Invalid reserved variable: $score[x]");
  EXPECT_EQ(refusal_of(variable("$rank")), std::string(kVariable) + "$rank: Invalid reserved word: $rank");
  EXPECT_EQ(refusal_of(number(1), Point(), R"({"a[":1})"), std::string(kVariable) + "a[: Invalid payload variable: a[");
  EXPECT_EQ(refusal_of({E::Datetime{"yesterday"}}),
            "Validation failed: failed to parse date-time yesterday: input contains invalid characters");
}

TEST(Formula, NamesTheExpressionThatIsNotFinite) {
  const auto expect = [](E expression, const std::string& shown) {
    EXPECT_EQ(refusal_of(std::move(expression)), "The expression " + shown + " produced a non-finite number");
  };
  expect(div(number(1), number(0)), "1/0 = inf");
  expect(one(OneKind::kSqrt, number(-1)), "√-1 = NaN");
  expect(one(OneKind::kLn, number(0)), "ln(0) = -inf");
  expect(one(OneKind::kLog10, number(-5)), "log10(-5) = NaN");
  expect(one(OneKind::kExp, number(1000)), "exp(1000) = inf");
  expect({E::Pow{shared(number(0)), shared(number(-1))}}, "0^-1 = inf");
  expect(number(INFINITY), "inf as f32 = inf");
  expect(many(ManyKind::kMult, {number(1e30F), number(1e30F)}), "1000000030094932700000000000000000000000000000000000000000000 as f32 = inf");
}

}  // namespace
}  // namespace alidade::query::formula
