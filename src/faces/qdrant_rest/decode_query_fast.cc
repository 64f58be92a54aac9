#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/json.h"
#include "faces/qdrant_rest/decode_filter.h"
#include "faces/qdrant_rest/decode_query.h"
#include "faces/qdrant_rest/repeated_fields.h"

namespace alidade::faces::qdrant_rest {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kFastBodyLimitBytes = 1U << 20;

bool read(const dom::element& element, bool& out) {
  return element.get_bool().get(out) == simdjson::SUCCESS;
}
bool read(const dom::element& element, std::uint64_t& out) {
  return element.get_uint64().get(out) == simdjson::SUCCESS;
}

// get_double() takes integers as well.
bool read(const dom::element& element, std::vector<float>& out) {
  dom::array array;
  if (element.get_array().get(array) != simdjson::SUCCESS) return false;
  out.reserve(array.size());
  for (const dom::element item : array) {
    double number = 0;
    if (item.get_double().get(number) != simdjson::SUCCESS) return false;
    out.push_back(static_cast<float>(number));
  }
  return true;
}

bool read_name(const dom::element& element, std::string& out) {
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) return false;
  out = text;
  return true;
}

bool read_params(const dom::element& element, model::SearchParams& params) {
  dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) return false;
  bool has_ef = false, has_exact = false, has_indexed_only = false;
  for (const dom::key_value_pair field : object) {
    bool ok = false;
    if (field.key == "hnsw_ef" && !std::exchange(has_ef, true)) {
      std::uint64_t ef = 0;
      ok = read(field.value, ef) && ef > 0 && ef <= std::numeric_limits<std::uint32_t>::max();
      params.hnsw_ef = static_cast<std::uint32_t>(ef);
    } else if (field.key == "exact" && !std::exchange(has_exact, true)) {
      ok = read(field.value, params.exact);
    } else if (field.key == "indexed_only" && !std::exchange(has_indexed_only, true)) {
      ok = read(field.value, params.indexed_only);
    }
    if (!ok) return false;
  }
  return true;
}

// Filters are small: they go through the ordinary reader, from the text of their part.
bool read_filter_part(const dom::element& element, std::optional<model::Filter>& out) {
  const std::string text = simdjson::minify(element);
  const auto value = base::json::parse(text);
  if (!value.ok() || !check_repeated_fields(text, kFilterShape).ok()) return false;
  Rules rules;
  auto filter = read_optional_filter(*value, "filter", rules);
  if (!filter.ok() || !rules.verdict().ok()) return false;
  out = std::move(filter).value();
  return true;
}

bool read_vector(const dom::element& element, QueryRoute route, model::QueryRequest& request) {
  std::vector<float> values;
  dom::object named;
  if (route == QueryRoute::kSearch && element.get_object().get(named) == simdjson::SUCCESS) {
    if (named.size() != 2) return false;
    dom::element name, vector;
    if (named.at_key("name").get(name) != simdjson::SUCCESS ||
        named.at_key("vector").get(vector) != simdjson::SUCCESS) {
      return false;
    }
    if (!read_name(name, request.using_vector) || !read(vector, values)) return false;
  } else if (!read(element, values)) {
    return false;
  }
  request.query = model::NearestQuery{std::move(values)};
  return true;
}

bool read_selector(const dom::element& element, model::PayloadSelector& selector) {
  bool all = false;
  if (!read(element, all)) return false;
  selector = all ? model::PayloadSelector::all() : model::PayloadSelector::none();
  return true;
}

bool read_selector(const dom::element& element, model::VectorSelector& selector) {
  bool all = false;
  if (!read(element, all)) return false;
  selector = all ? model::VectorSelector::all() : model::VectorSelector::none();
  return true;
}

bool read_threshold(const dom::element& element, std::optional<float>& threshold) {
  double number = 0;
  if (element.get_double().get(number) != simdjson::SUCCESS) return false;
  threshold = static_cast<float>(number);
  return true;
}

// Members by the bit that remembers them: a repeated one is the slow path's.
enum Member : unsigned {
  kNone = 0, kVector = 1, kLimit = 2, kOffset = 4, kWithPayload = 8, kWithVector = 16, kThreshold = 32,
  kParams = 64, kFilter = 128, kUsing = 256,
};

Member read_member(const dom::key_value_pair& field, QueryRoute route, model::QueryRequest& request) {
  const std::string_view key = field.key;
  const bool universal = route == QueryRoute::kUniversal;
  if (key == (universal ? "query" : "vector")) return read_vector(field.value, route, request) ? kVector : kNone;
  if (key == "limit") return read(field.value, request.limit) && request.limit > 0 ? kLimit : kNone;
  if (key == "offset") return read(field.value, request.offset) ? kOffset : kNone;
  if (key == "with_payload") return read_selector(field.value, request.with_payload) ? kWithPayload : kNone;
  if (key == "with_vector" || key == "with_vectors") {
    return read_selector(field.value, request.with_vectors) ? kWithVector : kNone;
  }
  if (key == "score_threshold") return read_threshold(field.value, request.score_threshold) ? kThreshold : kNone;
  if (key == "params") return read_params(field.value, request.params) ? kParams : kNone;
  if (key == "filter") return read_filter_part(field.value, request.filter) ? kFilter : kNone;
  if (key == "using" && universal) return read_name(field.value, request.using_vector) ? kUsing : kNone;
  return kNone;
}

bool read_members(const dom::object& root, QueryRoute route, model::QueryRequest& request) {
  unsigned seen = 0;
  for (const dom::key_value_pair field : root) {
    const Member member = read_member(field, route, request);
    if (member == kNone || (seen & member) != 0) return false;
    seen |= member;
  }
  const unsigned needed = route == QueryRoute::kSearch ? kVector | kLimit : kVector;
  return (seen & needed) == needed;
}

}  // namespace

bool read_query_fast(std::string_view body, QueryRoute route, model::QueryRequest& request) {
  static thread_local dom::parser parser(kFastBodyLimitBytes);
  if (body.size() >= kFastBodyLimitBytes) return false;
  if (parser.allocate(std::max<std::size_t>(body.size(), 1024), base::json::kMaxDepth) !=
      simdjson::SUCCESS) {
    return false;
  }
  dom::object root;
  if (parser.parse(body.data(), body.size()).get_object().get(root) != simdjson::SUCCESS) return false;
  if (read_members(root, route, request)) return true;
  request = {};
  return false;
}

}  // namespace alidade::faces::qdrant_rest
