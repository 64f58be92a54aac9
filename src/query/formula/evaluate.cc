#include <algorithm>
#include <cmath>

#include "model/datetime.h"
#include "model/geo.h"
#include "query/formula/formula.h"
#include "query/formula/shown.h"

namespace alidade::query::formula {
namespace {

using model::Expression;

// The mean radius of the earth that the peer's formulas measure with; its filters take 6371 km.
constexpr double kEarthRadiusM = 6371008.8, kFilterRadiusM = 6371000.0;

/// @param expression makes the text, which few values need.
template <typename Text>
Result<double> finite(double value, const Text& expression) {
  if (std::isfinite(value)) return value;
  return invalid_argument("The expression " + expression() + " = " + shown(value) + " produced a non-finite number");
}

Status unexpected(const char* what, const PayloadValue& value, const char* why) {
  return invalid_argument(std::string("Expected ") + what + " value for " + value.text +
                          " in the payload and/or in the formula defaults. Error: " + why);
}

class Evaluation {
 public:
  explicit Evaluation(const Inputs& inputs) : inputs_(inputs) {}

  Result<double> of(const Node& node) const {
    return std::visit([&](const auto& step) { return value_of(step); }, node.step);
  }

 private:
  Result<double> value_of(const Constant& step) const { return step.value; }

  Result<double> value_of(const Score& step) const {
    const auto score = inputs_.score(step.list);
    return score ? double{*score} : step.otherwise;
  }

  /// The one value at the path, an empty list for several of them, or the default. null = none.
  Result<const base::json::Value*> look_up(const PayloadValue& wanted) const {
    static const base::json::Value kNothing, kSeveral{base::json::Array{}};  // Neither a number nor a text.
    ALD_ASSIGN(const base::json::Value* payload, inputs_.payload());
    const auto found = model::values_at(*payload, wanted.path);
    if (found.size() > 1) return &kSeveral;
    if (found.size() == 1 && !found.front()->is_null()) return found.front();
    return wanted.otherwise == nullptr ? &kNothing : wanted.otherwise.get();
  }

  Result<double> value_of(const Number& step) const {
    ALD_ASSIGN(const base::json::Value* const value, look_up(step.value));
    if (value->is_null()) return unexpected("number", step.value, "No value found in a payload nor defaults");
    if (!value->is_number()) return unexpected("number", step.value, "Value is not a number");
    return value->as_double();
  }

  Result<double> value_of(const Passes& step) const {
    ALD_ASSIGN(const bool passes, inputs_.passes(step.condition));
    return passes ? 1.0 : 0.0;
  }

  Result<double> value_of(const GeoDistance& step) const {
    ALD_ASSIGN(const base::json::Value* const value, look_up(step.to));
    if (value->is_null()) return unexpected("geo point", step.to, "No value found in a payload nor defaults");
    const auto point = model::geo_point_of(*value);
    if (!point) return unexpected("geo point", step.to, "Value is not a geo point");
    return model::geo_distance_m(step.origin, *point) * (kEarthRadiusM / kFilterRadiusM);
  }

  Result<double> value_of(const Moment& step) const {
    ALD_ASSIGN(const base::json::Value* const value, look_up(step.value));
    if (value->is_null()) return unexpected("datetime", step.value, "No value found in a payload nor defaults");
    if (!value->is_string()) return unexpected("datetime", step.value, "Value is not a string");
    const auto us = model::parse_datetime_us(value->as_string());
    if (!us) return unexpected("datetime", step.value, "input contains invalid characters");
    return static_cast<double>(*us) / 1e6;
  }

  Result<double> value_of(const Many& step) const {
    using Kind = Expression::Many::Kind;
    double value = step.kind == Kind::kMult ? 1 : 0;
    for (std::size_t i = 0; i < step.operands.size(); ++i) {
      ALD_ASSIGN(const double operand, of(step.operands[i]));
      switch (step.kind) {
        case Kind::kMult:
          if (operand == 0) return 0.0;  // What follows is not looked at, as with the peer.
          value *= operand;
          break;
        case Kind::kSum: value += operand; break;
        case Kind::kMax: value = i == 0 ? operand : std::max(value, operand); break;
        case Kind::kMin: value = i == 0 ? operand : std::min(value, operand); break;
      }
    }
    return value;
  }

  Result<double> value_of(const Div& step) const {
    ALD_ASSIGN(const double left, of(*step.left));
    if (left == 0) return 0.0;
    ALD_ASSIGN(const double right, of(*step.right));
    if (right == 0 && step.by_zero_default) return *step.by_zero_default;
    return finite(left / right, [&] { return shown(left) + "/" + shown(right); });
  }

  Result<double> value_of(const Pow& step) const {
    ALD_ASSIGN(const double base, of(*step.base));
    ALD_ASSIGN(const double exponent, of(*step.exponent));
    return finite(std::pow(base, exponent), [&] { return shown(base) + "^" + shown(exponent); });
  }

  Result<double> value_of(const One& step) const {
    using Kind = Expression::One::Kind;
    ALD_ASSIGN(const double x, of(*step.operand));
    switch (step.kind) {
      case Kind::kNeg: return -x;
      case Kind::kAbs: return std::abs(x);
      case Kind::kSqrt: return finite(std::sqrt(x), [&] { return "√" + shown(x); });
      case Kind::kExp: return finite(std::exp(x), [&] { return "exp(" + shown(x) + ")"; });
      case Kind::kLog10: return finite(std::log10(x), [&] { return "log10(" + shown(x) + ")"; });
      case Kind::kLn: return finite(std::log(x), [&] { return "ln(" + shown(x) + ")"; });
      case Kind::kAcosh: return finite(std::acosh(x), [&] { return "acosh(" + shown(x) + ")"; });
    }
    return x;
  }

  Result<double> value_of(const Decay& step) const {
    using Kind = Expression::Decay::Kind;
    ALD_ASSIGN(const double x, of(*step.x));
    double target = 0;
    if (step.target != nullptr) {
      ALD_ASSIGN(target, of(*step.target));
    }
    const double distance = std::abs(x - target);
    switch (step.kind) {
      case Kind::kLinear: return std::max(0.0, 1 - step.lambda * distance);
      case Kind::kExponential: return std::exp(step.lambda * distance);
      case Kind::kGaussian: return std::exp(step.lambda * distance * distance);
    }
    return 0.0;
  }

  const Inputs& inputs_;
};

}  // namespace

Result<float> evaluate(const Program& program, const Inputs& inputs) {
  ALD_ASSIGN(const double value, Evaluation(inputs).of(program.root));
  const auto score = static_cast<float>(value);
  if (std::isfinite(score)) return score;
  return invalid_argument("The expression " + shown(value) + " as f32 = " + shown(score) + " produced a non-finite number");
}

}  // namespace alidade::query::formula
