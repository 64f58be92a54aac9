#include "faces/qdrant_rest/decode_filter.h"

#include "faces/contract/read_json.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_rest {

Result<model::Filter> read_filter(const Value& value, const std::string& path, Rules& rules) {
  auto reading = contract::Reading::careful(&body_refused, rules.all());
  model::Filter filter;
  ALD_RETURN_IF_ERROR(contract::read(value, qdrant::kFilter, reading, contract::Place(path), filter));
  return filter;
}

Result<std::optional<model::Filter>> read_optional_filter(const Value& value,
                                                          const std::string& path,
                                                          Rules& rules) {
  if (value.is_null()) return std::optional<model::Filter>();
  ALD_ASSIGN(auto filter, read_filter(value, path, rules));
  return std::optional<model::Filter>(std::move(filter));
}

}  // namespace alidade::faces::qdrant_rest
