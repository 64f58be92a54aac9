#include <cmath>
#include <memory>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "model/datetime.h"
#include "query/formula/formula.h"
#include "query/formula/shown.h"

namespace alidade::query::formula {
namespace {

using model::Expression;

Status invalid(const std::string& what) { return invalid_argument("Validation failed: " + what); }

/// "$score" and "$score[n]", or a path of the payload.
using Variable = std::variant<std::size_t, model::JsonPath>;

Result<Variable> variable_of(const std::string& text) {
  const auto refused = [&](const std::string& why) { return invalid("failed to parse variable ID " + text + ": " + why); };
  if (!text.starts_with('$')) {
    auto path = model::JsonPath::parse(text);
    if (!path) return refused("Invalid payload variable: " + text);
    return Variable(*std::move(path));
  }
  const auto path = model::JsonPath::parse(std::string_view(text).substr(1));
  if (!path) return refused("Invalid reserved variable: " + text);
  const auto* word = std::get_if<std::string>(&path->steps.front());
  if (word == nullptr || *word != "score") return refused("Invalid reserved word: $" + (word == nullptr ? "" : *word));
  if (path->steps.size() == 1) return Variable(std::size_t{0});
  const auto* element = std::get_if<model::JsonPath::Element>(&path->steps[1]);
  if (element == nullptr || path->steps.size() > 2) return refused("Invalid reserved variable: " + text);
  return Variable(std::size_t{element->index});
}

class Compiler {
 public:
  /// Defaults by variable: "$score" and "$score[0]" are the same one.
  Status take_defaults(const base::json::Value& defaults) {
    if (!defaults.is_object()) return {};
    for (const auto& [name, value] : defaults.as_object()) {
      ALD_ASSIGN(const Variable variable, variable_of(name));
      Default& first = defaults_[key_of(variable)];
      if (first == nullptr) first = std::make_shared<const base::json::Value>(value);
    }
    return {};
  }

  Result<Node> node(const Expression& expression) {
    return std::visit([&](const auto& one) { return compiled(one); }, expression.node);
  }

  std::vector<model::Filter> take_conditions() { return std::move(conditions_); }

 private:
  using Default = std::shared_ptr<const base::json::Value>;

  /// One text for all ways to write a variable.
  static std::string key_of(const Variable& variable) {
    if (const auto* path = std::get_if<model::JsonPath>(&variable)) return path->to_string();
    return "score " + std::to_string(std::get<std::size_t>(variable));  // No path has a space outside of quotes.
  }

  Default default_of(const Variable& variable) const {
    if (defaults_.empty()) return nullptr;
    const auto found = defaults_.find(key_of(variable));
    return found == defaults_.end() ? nullptr : found->second;
  }

  PayloadValue payload_value(const model::JsonPath& path, std::string text) const {
    return {path, std::move(text), default_of(path)};
  }

  Result<Child> child(const std::shared_ptr<const Expression>& expression) {
    ALD_ASSIGN(Node made, node(*expression));
    return Child(std::make_unique<const Node>(std::move(made)));
  }

  Result<Node> compiled(const Expression::Constant& one) { return Node{Constant{double{one.value}}}; }

  Result<Node> compiled(const Expression::Variable& one) {
    ALD_ASSIGN(const Variable variable, variable_of(one.name));
    if (const auto* path = std::get_if<model::JsonPath>(&variable)) return Node{Number{payload_value(*path, one.name)}};
    const Default otherwise = default_of(variable);
    if (otherwise != nullptr && !otherwise->is_number()) {
      return invalid_argument("Expected number value for " + one.name +
                              " in the payload and/or in the formula defaults. Error: Value is not a number");
    }
    return Node{Score{std::get<std::size_t>(variable), otherwise == nullptr ? 0 : otherwise->as_double()}};
  }

  Result<Node> compiled(const Expression::Test& one) {
    model::Filter filter;
    filter.must.push_back(*one.condition);
    conditions_.push_back(std::move(filter));
    return Node{Passes{conditions_.size() - 1}};
  }

  Result<Node> compiled(const Expression::GeoDistance& one) {
    return Node{GeoDistance{one.origin, payload_value(one.to, one.to.to_string())}};
  }

  Result<Node> compiled(const Expression::Datetime& one) {
    const auto us = model::parse_datetime_us(one.text);
    if (!us) {
      return invalid("failed to parse date-time " + one.text + ": " +
                     (one.text.empty() ? "premature end of input" : "input contains invalid characters"));
    }
    return Node{Constant{static_cast<double>(*us) / 1e6}};
  }

  Result<Node> compiled(const Expression::DatetimeKey& one) {
    return Node{Moment{payload_value(one.key, one.key.to_string())}};
  }

  Result<Node> compiled(const Expression::Many& one) {
    using Kind = Expression::Many::Kind;
    const bool needs_one = one.kind == Kind::kMax || one.kind == Kind::kMin;
    if (needs_one && one.operands.empty()) {
      return invalid(fmt::format("{} needs at least one operand", one.kind == Kind::kMax ? "max" : "min"));
    }
    Many made{one.kind, {}};
    made.operands.reserve(one.operands.size());
    for (const Expression& operand : one.operands) {
      ALD_ASSIGN(Node compiled_operand, node(operand));
      made.operands.push_back(std::move(compiled_operand));
    }
    return Node{std::move(made)};
  }

  Result<Node> compiled(const Expression::Div& one) {
    Div made;
    ALD_ASSIGN(made.left, child(one.left));
    ALD_ASSIGN(made.right, child(one.right));
    if (one.by_zero_default) made.by_zero_default = double{*one.by_zero_default};
    return Node{std::move(made)};
  }

  Result<Node> compiled(const Expression::Pow& one) {
    Pow made;
    ALD_ASSIGN(made.base, child(one.base));
    ALD_ASSIGN(made.exponent, child(one.exponent));
    return Node{std::move(made)};
  }

  Result<Node> compiled(const Expression::One& one) {
    One made{one.kind, nullptr};
    ALD_ASSIGN(made.operand, child(one.operand));
    return Node{std::move(made)};
  }

  Result<Node> compiled(const Expression::Decay& one) {
    const float scale = one.scale.value_or(1), midpoint = one.midpoint.value_or(0.5F);
    if (!(midpoint > 0 && midpoint < 1)) {
      return invalid("Decay midpoint should be in the range (0.0, 1.0), got " + shown(midpoint) + ".");
    }
    if (!(scale > 0)) return invalid("Decay scale should be non-zero positive, got " + shown(scale) + ".");
    Decay made{one.kind, nullptr, nullptr, lambda_of(one.kind, double{scale}, double{midpoint})};
    ALD_ASSIGN(made.x, child(one.x));
    if (one.target != nullptr) {
      ALD_ASSIGN(made.target, child(one.target));
    }
    return Node{std::move(made)};
  }

  static double lambda_of(Expression::Decay::Kind kind, double scale, double midpoint) {
    switch (kind) {
      case Expression::Decay::Kind::kLinear: return (1 - midpoint) / scale;
      case Expression::Decay::Kind::kExponential: return std::log(midpoint) / scale;
      case Expression::Decay::Kind::kGaussian: return std::log(midpoint) / (scale * scale);
    }
    return 0;
  }

  std::unordered_map<std::string, Default> defaults_;
  std::vector<model::Filter> conditions_;
};

}  // namespace

Result<std::shared_ptr<const Program>> compile(const model::FormulaQuery& query) {
  Compiler compiler;
  ALD_RETURN_IF_ERROR(compiler.take_defaults(query.defaults));
  ALD_ASSIGN(Node root, compiler.node(query.expression));
  return std::shared_ptr<const Program>(
      std::make_shared<Program>(Program{std::move(root), compiler.take_conditions()}));
}

}  // namespace alidade::query::formula
