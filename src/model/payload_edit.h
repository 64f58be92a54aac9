#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "model/json_path.h"
#include "model/query.h"

namespace alidade::model {

/// Merges the members of `patch` into the payload, or into the object at `key`: a null removes a
/// member. Missing parents are made; `a[]` and `a[n]` reach existing elements only; a scalar where
/// an object is needed is replaced.
void merge_payload(base::json::Value& payload,
                   const base::json::Object& patch,
                   const std::optional<JsonPath>& key);

/// Removes what the path reaches. A path that ends in `[n]` removes nothing.
void delete_payload_path(base::json::Value& payload, const JsonPath& path);

/// The part of the payload that the selector shows, as an object.
/// kInclude keeps the structure around what the paths reach; kExclude removes it.
base::json::Value select_payload(const base::json::Value& payload, const PayloadSelector& selector);

}  // namespace alidade::model
