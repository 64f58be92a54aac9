#include <charconv>
#include <utility>

#include "faces/qdrant/selectors.h"
#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/decode_points.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/repeated_fields.h"
#include "faces/qdrant_rest/route_input.h"

namespace alidade::faces::qdrant_rest {
namespace {

Result<Value> parse_body(const RouteInput& input, std::string_view struct_name, const StructShape& shape) {
  if (begins_with_list(input)) return not_a_struct(Value(base::json::Array{}), struct_name);
  ALD_ASSIGN(Value body, read_body(input, shape));
  if (!body.is_object()) return not_a_struct(body, struct_name);
  return body;
}

bool is_vector_selector(std::string_view key) { return key == "with_vector" || key == "with_vectors"; }

// The URL takes anything Rust's u64 parser does ("01", "+1"), or a UUID.
std::optional<model::PointId> point_id_of_path(std::string_view text) {
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size()) {
    return model::PointId::from_number(number);
  }
  return point_id_of(text);
}

// Reads a limit; null is the default.
Result<std::uint64_t> read_limit(const Value& value, std::uint64_t otherwise, const std::string& path,
                                 Rules& rules) {
  if (value.is_null()) return otherwise;
  ALD_ASSIGN(const std::uint64_t limit, read_usize(value));
  rules.at_least(path, limit, 1);
  return limit;
}

Status duplicate_vector_selector() { return body_refused("duplicate field `with_vector`"); }

}  // namespace

Result<ops::RetrievePoints> decode_get_point(const RouteInput& input) {
  const std::string& text = input.parameter("id");
  const auto id = point_id_of_path(text);
  if (!id) return wrong_input("Can not recognize \"" + text + "\" as point id");
  return ops::RetrievePoints{.collection = collection_of(input),
                             .ids = {*id},
                             .with_payload = model::PayloadSelector::all(),
                             .with_vectors = model::VectorSelector::all()};
}

Result<ops::RetrievePoints> decode_retrieve_points(const RouteInput& input) {
  ALD_ASSIGN(const Value body, parse_body(input, "PointRequest", kRetrieveShape));
  ops::RetrievePoints request;
  request.collection = collection_of(input);
  bool has_ids = false, has_vectors = false;
  for (const auto& [key, value] : body.as_object()) {
    if (key == "ids") {
      ALD_ASSIGN(request.ids, read_point_ids(value));
      has_ids = true;
    } else if (key == "with_payload") {
      if (!value.is_null()) ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithPayload), request.with_payload));
    } else if (is_vector_selector(key)) {
      if (std::exchange(has_vectors, true)) return duplicate_vector_selector();
      if (!value.is_null()) ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithVectors), request.with_vectors));
    }
  }
  if (!has_ids) return missing_field("ids");
  return request;
}

Result<ops::ScrollPoints> decode_scroll_points(const RouteInput& input) {
  ALD_ASSIGN(const Value body, parse_body(input, "ScrollRequest", kScrollShape));
  Rules rules;
  ops::ScrollPoints request;
  request.collection = collection_of(input);
  request.with_payload = model::PayloadSelector::all();
  bool has_vectors = false;
  for (const auto& [key, value] : body.as_object()) {
    if (key == "offset") {
      if (value.is_null()) continue;
      ALD_ASSIGN(request.offset, read_point_id(value));
    } else if (key == "limit") {
      ALD_ASSIGN(request.limit, read_limit(value, 10, "scroll_request.limit", rules));
    } else if (key == "filter") {
      ALD_ASSIGN(request.filter, read_optional_filter(value, "scroll_request.filter", rules));
    } else if (key == "with_payload") {
      if (!value.is_null()) ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithPayload), request.with_payload));
    } else if (is_vector_selector(key)) {
      if (std::exchange(has_vectors, true)) return duplicate_vector_selector();
      if (!value.is_null()) ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kWithVectors), request.with_vectors));
    } else if (key == "order_by") {
      if (value.is_null()) continue;
      ALD_RETURN_IF_ERROR(read_as(value, contract::ref(qdrant::kOrderByInterface), request.order_by.emplace()));
    }
  }
  ALD_RETURN_IF_ERROR(rules.verdict());
  if (request.order_by && request.offset) {
    return wrong_input(
        "Cannot use an `offset` when using `order_by`. The alternative for paging is to use "
        "`order_by.start_from` and a filter to exclude the IDs that you've already seen for the "
        "`order_by.start_from` value");
  }
  return request;
}

Result<ops::CountPoints> decode_count_points(const RouteInput& input) {
  ALD_ASSIGN(const Value body, parse_body(input, "CountRequest", kCountShape));
  Rules rules;
  ops::CountPoints request;
  request.collection = collection_of(input);
  for (const auto& [key, value] : body.as_object()) {
    if (key == "filter") {
      ALD_ASSIGN(request.filter, read_optional_filter(value, "count_request.filter", rules));
    } else if (key == "exact") {
      ALD_ASSIGN(request.exact, read_bool(value));
    }
  }
  ALD_RETURN_IF_ERROR(rules.verdict());
  return request;
}

Result<ops::Facet> decode_facet(const RouteInput& input) {
  ALD_ASSIGN(const Value body, parse_body(input, "FacetRequest", kFacetShape));
  Rules rules;
  ops::Facet request;
  request.collection = collection_of(input);
  bool has_key = false;
  for (const auto& [key, value] : body.as_object()) {
    if (key == "key") {
      ALD_ASSIGN(request.key, read_path(value));
      has_key = true;
    } else if (key == "limit") {
      ALD_ASSIGN(request.limit, read_limit(value, 10, "facet_request.limit", rules));
    } else if (key == "filter") {
      ALD_ASSIGN(request.filter, read_optional_filter(value, "facet_request.filter", rules));
    } else if (key == "exact" && !value.is_null()) {
      ALD_ASSIGN(request.exact, read_bool(value));
    }
  }
  if (!has_key) return missing_field("key");
  ALD_RETURN_IF_ERROR(rules.verdict());
  return request;
}

}  // namespace alidade::faces::qdrant_rest
