#pragma once

#include <string>
#include <string_view>

#include "faces/qdrant_rest/decode_values.h"
#include "model/commands.h"
#include "ops/all_operations.h"

namespace alidade::faces::qdrant_rest {

struct RouteInput;

// Reads. --------------------------------------------------------------------------------------

/// One point with all it has; an empty answer is "Not found: Point with id … does not exists!".
Result<ops::RetrievePoints> decode_get_point(const RouteInput& input);
Result<ops::RetrievePoints> decode_retrieve_points(const RouteInput& input);
Result<ops::ScrollPoints> decode_scroll_points(const RouteInput& input);
Result<ops::CountPoints> decode_count_points(const RouteInput& input);
Result<ops::Facet> decode_facet(const RouteInput& input);

// Writes. -------------------------------------------------------------------------------------

Result<ops::WritePoints> decode_upsert_points(const RouteInput& input);
Result<ops::WritePoints> decode_delete_points(const RouteInput& input);
Result<ops::WritePoints> decode_set_payload(const RouteInput& input);
Result<ops::WritePoints> decode_overwrite_payload(const RouteInput& input);
Result<ops::WritePoints> decode_delete_payload(const RouteInput& input);
Result<ops::WritePoints> decode_clear_payload(const RouteInput& input);
Result<ops::WritePoints> decode_update_vectors(const RouteInput& input);
Result<ops::WritePoints> decode_delete_vectors(const RouteInput& input);
Result<ops::UpdateBatch> decode_update_batch(const RouteInput& input);

// Bodies of the writes. -----------------------------------------------------------------------

/// @param path where the body stands, for the texts of broken rules: "" or "operations[0].upsert.".
Result<model::Command> read_upsert(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_delete_points(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_set_payload(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_overwrite_payload(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_delete_payload(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_clear_payload(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_update_vectors(const Value& body, const std::string& path, Rules& rules);
Result<model::Command> read_delete_vectors(const Value& body, const std::string& path, Rules& rules);

/// The usual upsert ({"points": [{id, vector, payload}…]}) straight from the text into columns.
/// @return false when anything about it is unusual; `batch` is then to be thrown away and the body
///         to be read by read_upsert(), which decides and words the refusal.
bool read_upsert_fast(std::string_view body, model::PointBatch& batch);

}  // namespace alidade::faces::qdrant_rest
