#include "alidade/qdrant/expression.h"

#include "qdrant/json_text.h"

namespace alidade::qdrant::inline v0 {
namespace {

using text::Object;

Expression operation(std::string_view name, std::string_view operand) {
  std::string out;
  Object object(out);
  object.raw(name, operand).end();
  return Expression::of_text(std::move(out));
}

Expression list_operation(std::string_view name, const std::vector<Expression>& operands) {
  std::string list;
  text::append_list(list, operands);
  return operation(name, list);
}

Expression text_operation(std::string_view name, std::string_view value) {
  std::string quoted;
  text::append_string(quoted, value);
  return operation(name, quoted);
}

Expression decay_operation(std::string_view name, const Expression& x, const Decay& decay) {
  std::string out;
  Object object(out);
  object.raw("x", x.json()).maybe("target", decay.target).maybe("scale", decay.scale).maybe("midpoint", decay.midpoint);
  object.end();
  return operation(name, out);
}

std::string number_text(double value) {
  std::string out;
  text::append_double(out, value);
  return out;
}

}  // namespace

Expression::Expression(double constant) : json_(number_text(constant)) {}

Expression score(std::uint64_t index) { return Expression::of_text("\"$score[" + std::to_string(index) + "]\""); }

Expression payload_value(std::string_view path) {
  std::string out;
  text::append_string(out, path);
  return Expression::of_text(std::move(out));
}

Expression condition(const Filter& filter) { return Expression::of_text(filter.json()); }

Expression geo_distance(GeoPoint origin, std::string_view to) {
  std::string out;
  Object object(out);
  std::string at;
  Object point(at);
  point.number("lon", origin.lon).number("lat", origin.lat).end();
  object.raw("origin", at).string("to", to).end();
  return operation("geo_distance", out);
}

Expression datetime(const Datetime& moment) { return text_operation("datetime", moment.text); }
Expression datetime_value(std::string_view path) { return text_operation("datetime_key", path); }

Expression sum(const std::vector<Expression>& terms) { return list_operation("sum", terms); }
Expression mult(const std::vector<Expression>& factors) { return list_operation("mult", factors); }
Expression max(const std::vector<Expression>& values) { return list_operation("max", values); }
Expression min(const std::vector<Expression>& values) { return list_operation("min", values); }

Expression div(const Expression& left, const Expression& right, std::optional<double> by_zero_default) {
  std::string out;
  Object object(out);
  object.raw("left", left.json()).raw("right", right.json()).maybe("by_zero_default", by_zero_default).end();
  return operation("div", out);
}

Expression pow(const Expression& base, const Expression& exponent) {
  std::string out;
  Object object(out);
  object.raw("base", base.json()).raw("exponent", exponent.json()).end();
  return operation("pow", out);
}

Expression neg(const Expression& value) { return operation("neg", value.json()); }
Expression abs(const Expression& value) { return operation("abs", value.json()); }
Expression sqrt(const Expression& value) { return operation("sqrt", value.json()); }
Expression exp(const Expression& value) { return operation("exp", value.json()); }
Expression log10(const Expression& value) { return operation("log10", value.json()); }
Expression ln(const Expression& value) { return operation("ln", value.json()); }
Expression acosh(const Expression& value) { return operation("acosh", value.json()); }

Expression lin_decay(const Expression& x, const Decay& decay) { return decay_operation("lin_decay", x, decay); }
Expression exp_decay(const Expression& x, const Decay& decay) { return decay_operation("exp_decay", x, decay); }
Expression gauss_decay(const Expression& x, const Decay& decay) { return decay_operation("gauss_decay", x, decay); }

}  // namespace alidade::qdrant::inline v0
