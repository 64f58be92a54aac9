#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/json.h"
#include "faces/contract/read_json.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"
#include "faces/qdrant_rest/decode_query.h"

namespace alidade::faces::qdrant_rest {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kFastBodyLimitBytes = 1U << 20;

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

/// Whether an integer 0 stands in a filter or in parameters, which may be -0 in the text.
bool holds_zero(const dom::element& element) {
  std::int64_t integer = 0;
  if (element.get_int64().get(integer) == simdjson::SUCCESS) return integer == 0;
  dom::array items;
  if (element.get_array().get(items) == simdjson::SUCCESS) return std::any_of(items.begin(), items.end(), &holds_zero);
  dom::object members;
  if (element.get_object().get(members) != simdjson::SUCCESS) return false;
  return std::any_of(members.begin(), members.end(),
                     [](const dom::key_value_pair& member) { return holds_zero(member.value); });
}

template <typename T>
bool read_part(const dom::element& element, const contract::Of<T>& type, T& out) {
  auto reading = contract::Reading::fast();
  const Status status = contract::read(contract::Json::of(element), type, reading, contract::Place(""), &out);
  return status.ok() && !reading.is_doubtful();
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
  request.query = model::NearestQuery{std::move(values), std::nullopt};
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
  if (key == "with_payload") {
    return read_part(field.value, contract::ref(qdrant::kWithPayload), request.with_payload) ? kWithPayload : kNone;
  }
  if (key == "with_vector" || key == "with_vectors") {
    return read_part(field.value, contract::ref(qdrant::kWithVectors), request.with_vectors) ? kWithVector : kNone;
  }
  if (key == "score_threshold") return read_threshold(field.value, request.score_threshold) ? kThreshold : kNone;
  if (key == "params") return read_part(field.value, contract::ref(qdrant::kSearchParams), request.params) ? kParams : kNone;
  if (key == "filter") return read_part(field.value, contract::ref(qdrant::kFilter), request.filter.emplace()) ? kFilter : kNone;
  if (key == "using" && universal) return read_name(field.value, request.using_vector) ? kUsing : kNone;
  return kNone;
}

bool read_members(const dom::object& root, std::string_view body, QueryRoute route, model::QueryRequest& request) {
  unsigned seen = 0;
  bool has_zero = false;
  for (const dom::key_value_pair field : root) {
    const Member member = read_member(field, route, request);
    if (member == kNone || (seen & member) != 0) return false;
    has_zero = has_zero || ((member & (kFilter | kParams)) != 0 && holds_zero(field.value));
    seen |= member;
  }
  // The ordinary reader knows what an IDF needs, and reads -0 as a float.
  if (request.params.idf || (has_zero && base::json::has_negative_integer_zero(body))) return false;
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
  if (read_members(root, body, route, request)) return true;
  request = {};
  return false;
}

}  // namespace alidade::faces::qdrant_rest
