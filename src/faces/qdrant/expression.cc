// Formulas over scores and payload.
#include "faces/contract/read_json.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant/query.h"
#include "faces/qdrant/values.h"

namespace alidade::faces::qdrant {
namespace {

using contract::alternative_member;
using contract::field;
using contract::Field;
using contract::field_at;
using contract::Lists;
using contract::ObjectOf;
using contract::ref;
using contract::whole;
using model::Expression;
using Many = Expression::Many;
using One = Expression::One;
using Decay = Expression::Decay;
using Node = decltype(Expression::node);

/// The alternative of an expression.
template <typename T>
void* make_node(void* expression) {
  return &static_cast<Expression*>(expression)->node.emplace<T>();
}
template <auto P>
void* make_node_member(void* expression) {
  return alternative_member<Node, P>(&static_cast<Expression*>(expression)->node);
}

// In JSON an operator stands as {"name": operands}; its message is what stands inside. The peer also takes a list for
// each of these structs.

template <typename T>
constexpr ObjectOf<T> operation(std::string_view name, std::span<const Field> fields) {
  return {{.name = name, .fields = fields, .lists = Lists::kByPosition}};
}

// Several operands. ---------------------------------------------------------------------------

constexpr auto kExpressions = contract::list_of(ref(kExpression));

template <Many::Kind kKind>
void* make_operands(void* many) {
  static_cast<Many*>(many)->kind = kKind;
  return &static_cast<Many*>(many)->operands;
}
template <Many::Kind kKind>
constexpr Field operands(std::string_view name) {
  return field_at(name, 1, contract::list(kExpressions), &make_operands<kKind>).required();
}
constexpr Field kMultFields[] = {operands<Many::Kind::kMult>("mult")};
constexpr ObjectOf<Many> kMult{{.name = "MultExpression", .message = "MultExpression", .fields = kMultFields, .lists = Lists::kByPosition}};
constexpr Field kSumFields[] = {operands<Many::Kind::kSum>("sum")};
constexpr ObjectOf<Many> kSum{{.name = "SumExpression", .message = "SumExpression", .fields = kSumFields, .lists = Lists::kByPosition}};
constexpr Field kMaxFields[] = {operands<Many::Kind::kMax>("max")};
constexpr ObjectOf<Many> kMax{{.name = "MaxExpression", .message = "MaxExpression", .fields = kMaxFields, .lists = Lists::kByPosition}};
constexpr Field kMinFields[] = {operands<Many::Kind::kMin>("min")};
constexpr ObjectOf<Many> kMin{{.name = "MinExpression", .message = "MinExpression", .fields = kMinFields, .lists = Lists::kByPosition}};

// One operand. --------------------------------------------------------------------------------

template <One::Kind kKind>
void* make_operand(void* one) {
  static_cast<One*>(one)->kind = kKind;
  return contract::make_member<&One::operand>(one);
}
/// The operand alone, as messages have it.
template <One::Kind kKind>
void* make_one(void* expression) {
  return make_operand<kKind>(make_node<One>(expression));
}
template <One::Kind kKind>
constexpr Field operand(std::string_view name) {
  return field_at(name, 0, ref(kExpression), &make_operand<kKind>).required();
}
constexpr Field kNegFields[] = {operand<One::Kind::kNeg>("neg")}, kAbsFields[] = {operand<One::Kind::kAbs>("abs")},
                kSqrtFields[] = {operand<One::Kind::kSqrt>("sqrt")}, kExpFields[] = {operand<One::Kind::kExp>("exp")},
                kLog10Fields[] = {operand<One::Kind::kLog10>("log10")}, kLnFields[] = {operand<One::Kind::kLn>("ln")},
                kAcoshFields[] = {operand<One::Kind::kAcosh>("acosh")};
constexpr auto kNeg = operation<One>("NegExpression", kNegFields), kAbs = operation<One>("AbsExpression", kAbsFields),
               kSqrt = operation<One>("SqrtExpression", kSqrtFields), kExp = operation<One>("ExpExpression", kExpFields),
               kLog10 = operation<One>("Log10Expression", kLog10Fields), kLn = operation<One>("LnExpression", kLnFields),
               kAcosh = operation<One>("AcoshExpression", kAcoshFields);

// Two operands. -------------------------------------------------------------------------------

constexpr Field kDivInside[] = {
    field<&Expression::Div::left>("left", 1, ref(kExpression)).required().missed("missing field: left"),
    field<&Expression::Div::right>("right", 2, ref(kExpression)).required().missed("missing field: right"),
    field<&Expression::Div::by_zero_default>("by_zero_default", 3, contract::f32()),
};
constexpr ObjectOf<Expression::Div> kDivParams{
    {.name = "DivParams", .message = "DivExpression", .fields = kDivInside, .lists = Lists::kByPosition}};
constexpr Field kDivFields[] = {whole("div", 0, ref(kDivParams)).required()};
constexpr auto kDiv = operation<Expression::Div>("DivExpression", kDivFields);

constexpr Field kPowInside[] = {
    field<&Expression::Pow::base>("base", 1, ref(kExpression)).required().missed("missing field: base"),
    field<&Expression::Pow::exponent>("exponent", 2, ref(kExpression)).required().missed("missing field: exponent"),
};
constexpr ObjectOf<Expression::Pow> kPowParams{
    {.name = "PowParams", .message = "PowExpression", .fields = kPowInside, .lists = Lists::kByPosition}};
constexpr Field kPowFields[] = {whole("pow", 0, ref(kPowParams)).required()};
constexpr auto kPow = operation<Expression::Pow>("PowExpression", kPowFields);

// Decays. -------------------------------------------------------------------------------------

constexpr Field kDecayInside[] = {
    field<&Decay::x>("x", 1, ref(kExpression)).required().missed("missing field: x"),
    field<&Decay::target>("target", 2, ref(kExpression)),
    field<&Decay::scale>("scale", 3, contract::f32()),
    field<&Decay::midpoint>("midpoint", 4, contract::f32()),
};
constexpr ObjectOf<Decay> kDecayParams{{.name = "DecayParamsExpression", .message = "DecayParamsExpression",
                                        .fields = kDecayInside, .lists = Lists::kByPosition}};

template <Decay::Kind kKind>
void* make_decay(void* decay) {
  static_cast<Decay*>(decay)->kind = kKind;
  return decay;
}
template <Decay::Kind kKind>
void* make_decay_of(void* expression) {
  return make_decay<kKind>(make_node<Decay>(expression));
}
constexpr Field kLinFields[] = {field_at("lin_decay", 0, ref(kDecayParams), &make_decay<Decay::Kind::kLinear>).required()};
constexpr Field kExpDecayFields[] = {
    field_at("exp_decay", 0, ref(kDecayParams), &make_decay<Decay::Kind::kExponential>).required()};
constexpr Field kGaussFields[] = {
    field_at("gauss_decay", 0, ref(kDecayParams), &make_decay<Decay::Kind::kGaussian>).required()};
constexpr auto kLinDecay = operation<Decay>("LinDecayExpression", kLinFields),
               kExpDecay = operation<Decay>("ExpDecayExpression", kExpDecayFields),
               kGaussDecay = operation<Decay>("GaussDecayExpression", kGaussFields);

// Places and moments. -------------------------------------------------------------------------

constexpr Field kGeoInside[] = {
    field<&Expression::GeoDistance::origin>("origin", 1, ref(kGeoPoint)).required().missed("missing field: origin"),
    field<&Expression::GeoDistance::to>("to", 2, ref(kPayloadKey)).required(),
};
constexpr ObjectOf<Expression::GeoDistance> kGeoDistanceParams{
    {.name = "GeoDistanceParams", .message = "GeoDistance", .fields = kGeoInside, .lists = Lists::kByPosition}};
constexpr Field kGeoDistanceFields[] = {whole("geo_distance", 0, ref(kGeoDistanceParams)).required()};
constexpr auto kGeoDistance = operation<Expression::GeoDistance>("GeoDistance", kGeoDistanceFields);

constexpr Field kMomentFields[] = {field<&Expression::Datetime::text>("datetime", 0, contract::text()).required()};
constexpr auto kDatetimeOf = operation<Expression::Datetime>("DatetimeExpression", kMomentFields);
constexpr Field kDatetimeKeyFields[] = {
    field<&Expression::DatetimeKey::key>("datetime_key", 0, ref(kPayloadKey)).required()};
constexpr auto kDatetimeKey = operation<Expression::DatetimeKey>("DatetimeKeyExpression", kDatetimeKeyFields);

// Expressions. --------------------------------------------------------------------------------

constexpr contract::Variant kExpressionVariants[] = {
    {contract::f32(), &make_node_member<&Expression::Constant::value>},
    {contract::text(), &make_node_member<&Expression::Variable::name>},
    {ref(kCondition), &make_node_member<&Expression::Test::condition>},
    {ref(kGeoDistance), &make_node<Expression::GeoDistance>},
    {ref(kDatetimeOf), &make_node<Expression::Datetime>},
    {ref(kDatetimeKey), &make_node<Expression::DatetimeKey>},
    {ref(kMult), &make_node<Many>},
    {ref(kSum), &make_node<Many>},
    {ref(kNeg), &make_node<One>},
    {ref(kAbs), &make_node<One>},
    {ref(kDiv), &make_node<Expression::Div>},
    {ref(kSqrt), &make_node<One>},
    {ref(kPow), &make_node<Expression::Pow>},
    {ref(kExp), &make_node<One>},
    {ref(kLog10), &make_node<One>},
    {ref(kLn), &make_node<One>},
    {ref(kLinDecay), &make_node<Decay>},
    {ref(kExpDecay), &make_node<Decay>},
    {ref(kGaussDecay), &make_node<Decay>},
    {ref(kAcosh), &make_node<One>},
    {ref(kMax), &make_node<Many>},
    {ref(kMin), &make_node<Many>},
};

constexpr contract::Case kExpressionCases[] = {
    {1, "constant", contract::f32(), &make_node_member<&Expression::Constant::value>},
    {2, "variable", contract::text(), &make_node_member<&Expression::Variable::name>},
    {3, "condition", ref(kCondition), &make_node_member<&Expression::Test::condition>},
    {4, "geo_distance", ref(kGeoDistanceParams), &make_node<Expression::GeoDistance>},
    {5, "datetime", contract::text(), &make_node_member<&Expression::Datetime::text>},
    {6, "datetime_key", ref(kPayloadKey), &make_node_member<&Expression::DatetimeKey::key>},
    {7, "mult", ref(kMult), &make_node<Many>},
    {8, "sum", ref(kSum), &make_node<Many>},
    {9, "div", ref(kDivParams), &make_node<Expression::Div>},
    {10, "neg", ref(kExpression), &make_one<One::Kind::kNeg>},
    {11, "abs", ref(kExpression), &make_one<One::Kind::kAbs>},
    {12, "sqrt", ref(kExpression), &make_one<One::Kind::kSqrt>},
    {13, "pow", ref(kPowParams), &make_node<Expression::Pow>},
    {14, "exp", ref(kExpression), &make_one<One::Kind::kExp>},
    {15, "log10", ref(kExpression), &make_one<One::Kind::kLog10>},
    {16, "ln", ref(kExpression), &make_one<One::Kind::kLn>},
    {17, "exp_decay", ref(kDecayParams), &make_decay_of<Decay::Kind::kExponential>},
    {18, "gauss_decay", ref(kDecayParams), &make_decay_of<Decay::Kind::kGaussian>},
    {19, "lin_decay", ref(kDecayParams), &make_decay_of<Decay::Kind::kLinear>},
    {20, "acosh", ref(kExpression), &make_one<One::Kind::kAcosh>},
    {21, "max", ref(kMax), &make_node<Many>},
    {22, "min", ref(kMin), &make_node<Many>},
};

}  // namespace

constexpr contract::UnionOf<Expression> kExpression{{.name = "Expression", .variants = kExpressionVariants, .message = "Expression",
                                                     .cases = kExpressionCases, .unset_words = "missing field: variant"}};

}  // namespace alidade::faces::qdrant
