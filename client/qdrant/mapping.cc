#include "alidade/qdrant/mapping.h"

namespace alidade::qdrant::inline v0::detail {

client::Error wrong_member(std::string_view expected) {
  client::Error error;
  error.kind = client::ErrorKind::kBadAnswer;
  error.message = "expected " + std::string(expected);
  return error;
}

client::Error in_member(std::string_view name, client::Error error) {
  // Names of nested members make a path: "price.amount: expected a number".
  const bool is_outermost = error.message.starts_with("expected ");
  error.message = std::string(name) + (is_outermost ? ": " : ".") + error.message;
  return error;
}

}  // namespace alidade::qdrant::inline v0::detail
