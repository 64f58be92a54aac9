#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/qdrant/filter.h"

// Formulas over scores and payload values:
//
//   Query::formula(score() + 0.3 * condition(field("new") == true) - ln(payload_value("age")))

namespace alidade::qdrant::inline v0 {

/// A formula of Qdrant's query, or a part of one. A value.
class ALIDADE_API Expression {
 public:
  Expression(double constant);  // NOLINT: a number is an expression
  /// An operator that this library has no name for, as the REST interface takes it.
  static Expression raw(const client::Json& json) { return of_text(json.to_text()); }
  /// The same as JSON text, which is not checked.
  static Expression of_text(std::string json) { return Expression(Text{}, std::move(json)); }

  const std::string& json() const { return json_; }

 private:
  struct Text {};
  Expression(Text, std::string json) : json_(std::move(json)) {}

  std::string json_;
};

/// The score of the point in prefetch `index`.
ALIDADE_API Expression score(std::uint64_t index = 0);
/// The number under that path of the payload.
ALIDADE_API Expression payload_value(std::string_view path);
/// 1 when the point matches, else 0.
ALIDADE_API Expression condition(const Filter& filter);
/// Meters between `origin` and the payload's point under `to`.
ALIDADE_API Expression geo_distance(GeoPoint origin, std::string_view to);
/// Seconds since 1970.
ALIDADE_API Expression datetime(const Datetime& moment);
/// The payload's date under that path, in seconds since 1970.
ALIDADE_API Expression datetime_value(std::string_view path);

ALIDADE_API Expression sum(const std::vector<Expression>& terms);
ALIDADE_API Expression mult(const std::vector<Expression>& factors);
ALIDADE_API Expression max(const std::vector<Expression>& values);
ALIDADE_API Expression min(const std::vector<Expression>& values);
/// @param by_zero_default what a division by zero gives instead of an error.
ALIDADE_API Expression div(const Expression& left, const Expression& right, std::optional<double> by_zero_default = {});
ALIDADE_API Expression neg(const Expression& value);
ALIDADE_API Expression abs(const Expression& value);
ALIDADE_API Expression sqrt(const Expression& value);
ALIDADE_API Expression pow(const Expression& base, const Expression& exponent);
ALIDADE_API Expression exp(const Expression& value);
ALIDADE_API Expression log10(const Expression& value);
ALIDADE_API Expression ln(const Expression& value);
ALIDADE_API Expression acosh(const Expression& value);

struct Decay {
  std::optional<Expression> target = {};
  std::optional<double> scale = {};
  std::optional<double> midpoint = {};
};
// 1 at the target, `midpoint` at a distance of `scale` from it.
ALIDADE_API Expression lin_decay(const Expression& x, const Decay& decay = {});
ALIDADE_API Expression exp_decay(const Expression& x, const Decay& decay = {});
ALIDADE_API Expression gauss_decay(const Expression& x, const Decay& decay = {});

inline Expression operator+(const Expression& left, const Expression& right) { return sum({left, right}); }
inline Expression operator-(const Expression& left, const Expression& right) { return sum({left, neg(right)}); }
inline Expression operator*(const Expression& left, const Expression& right) { return mult({left, right}); }
inline Expression operator/(const Expression& left, const Expression& right) { return div(left, right); }
inline Expression operator-(const Expression& value) { return neg(value); }

}  // namespace alidade::qdrant::inline v0
