#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/status.h"
#include "model/query.h"

namespace alidade::query::formula {

/// A variable with what stands for it where a point lacks it.
struct PayloadValue {
  model::JsonPath path;
  std::string text;                ///< The path as it was written.
  /// Shared by all variables of its name, as it may be as long as a body. nullptr = nothing.
  std::shared_ptr<const base::json::Value> otherwise;
};

struct Node;
using Child = std::unique_ptr<const Node>;

struct Constant { double value = 0; };
struct Score { std::size_t list = 0; double otherwise = 0; };
struct Number { PayloadValue value; };
struct Passes { std::size_t condition = 0; };  ///< Place in Program::conditions.
struct GeoDistance { model::GeoPoint origin; PayloadValue to; };
struct Moment { PayloadValue value; };
struct Many { model::Expression::Many::Kind kind; std::vector<Node> operands; };
struct Div { Child left, right; std::optional<double> by_zero_default; };
struct Pow { Child base, exponent; };
struct One { model::Expression::One::Kind kind; Child operand; };
struct Decay { model::Expression::Decay::Kind kind; Child x, target; double lambda = 0; };

struct Node {
  std::variant<Constant, Score, Number, Passes, GeoDistance, Moment, Many, Div, Pow, One, Decay> step;
};

/// A formula whose variables, moments and decays have been read. Does not change; any thread.
struct Program {
  Node root;
  std::vector<model::Filter> conditions;
};

/// @return kInvalidArgument: "Validation failed: …" for a variable or moment that is none, a decay without extent.
Result<std::shared_ptr<const Program>> compile(const model::FormulaQuery& query);

/// What a formula is computed of, for one point.
class Inputs {
 public:
  virtual ~Inputs() = default;
  /// nullopt where the list does not have the point.
  virtual std::optional<float> score(std::size_t list) const = 0;
  virtual Result<bool> passes(std::size_t condition) const = 0;
  /// Read once per point.
  virtual Result<const base::json::Value*> payload() const = 0;
};

/// @return kInvalidArgument: "Expected number value for …", "The expression … produced a non-finite number"; what the
///         inputs say.
Result<float> evaluate(const Program& program, const Inputs& inputs);

}  // namespace alidade::query::formula
