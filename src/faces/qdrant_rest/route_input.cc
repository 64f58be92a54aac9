#include "faces/qdrant_rest/route_input.h"

#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/repeated_fields.h"

namespace alidade::faces::qdrant_rest {

bool RouteInput::wait() const {
  const std::string* text = query.find("wait");
  return text != nullptr && *text == "true";
}

Result<base::json::Value> read_body(const RouteInput& input) {
  auto parsed = base::json::parse(input.body);
  if (!parsed.ok()) return body_refused(parsed.status().message());
  return parsed;
}

Result<base::json::Value> read_body(const RouteInput& input, const StructShape& shape) {
  ALD_ASSIGN(auto body, read_body(input));
  ALD_RETURN_IF_ERROR(check_repeated_fields(input.body, shape));
  return body;
}

bool begins_with_list(const RouteInput& input) {
  const std::size_t first = input.body.find_first_not_of(" \n\t\r");
  return first != std::string_view::npos && input.body[first] == '[';
}

model::CollectionRef collection_of(const RouteInput& input) {
  return model::CollectionRef::by_name(input.parameter("collection_name"));
}

model::Durability durability_of(const RouteInput& input) {
  return input.wait() ? model::Durability::kSynced : model::Durability::kLogged;
}

}  // namespace alidade::faces::qdrant_rest
