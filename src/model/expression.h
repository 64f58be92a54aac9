#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/filter.h"
#include "model/json_path.h"

namespace alidade::model {

struct Expression;

namespace expression {

struct Constant {
  float value = 0;
};
/// "$score", "$score[2]" (the score in a list of the prefetches), or a path into the payload.
struct Variable {
  std::string name;
};
/// 1 for a point that passes, else 0.
struct Test {
  std::shared_ptr<const Condition> condition;
};
/// Metres between a point and the one of the payload at `to`.
struct GeoDistance {
  GeoPoint origin;
  JsonPath to;
};
/// The moment of a text, in seconds since 1970.
struct Datetime {
  std::string text;
};
/// The moment of a text of the payload.
struct DatetimeKey {
  JsonPath key;
};
struct Many {
  enum class Kind : std::uint8_t { kMult, kSum, kMax, kMin };
  Kind kind = Kind::kMult;
  std::vector<Expression> operands;
};
struct Div {
  std::shared_ptr<const Expression> left;
  std::shared_ptr<const Expression> right;
  std::optional<float> by_zero_default;
};
struct Pow {
  std::shared_ptr<const Expression> base;
  std::shared_ptr<const Expression> exponent;
};
struct One {
  enum class Kind : std::uint8_t { kNeg, kAbs, kSqrt, kExp, kLog10, kLn, kAcosh };
  Kind kind = Kind::kNeg;
  std::shared_ptr<const Expression> operand;
};
/// 1 where x is the target, `midpoint` at the distance `scale` from it.
struct Decay {
  enum class Kind : std::uint8_t { kLinear, kExponential, kGaussian };
  Kind kind = Kind::kLinear;
  std::shared_ptr<const Expression> x;
  std::shared_ptr<const Expression> target;  ///< nullptr = 0.
  std::optional<float> scale;                ///< Above 0; default 1.
  std::optional<float> midpoint;             ///< Between 0 and 1; default 0.5.
};

}  // namespace expression

/// A formula over one point: its payload, and its scores in the lists of the prefetches. Computed in double.
struct Expression {
  using Constant = expression::Constant;
  using Variable = expression::Variable;
  using Test = expression::Test;
  using GeoDistance = expression::GeoDistance;
  using Datetime = expression::Datetime;
  using DatetimeKey = expression::DatetimeKey;
  using Many = expression::Many;
  using Div = expression::Div;
  using Pow = expression::Pow;
  using One = expression::One;
  using Decay = expression::Decay;

  std::variant<Constant, Variable, Test, GeoDistance, Datetime, DatetimeKey, Many, Div, Pow, One, Decay> node;
};

}  // namespace alidade::model
