#include "segment/segment_reader.h"

namespace alidade::segment {

Result<base::json::Value> SegmentReader::payload(base::PointOffset offset) const {
  ALD_ASSIGN(const std::string text, payload_text(offset));
  if (text.empty()) return base::json::Value(base::json::Object{});
  Result<base::json::Value> parsed = base::json::parse(text);
  // The store holds only what was valid JSON when it came: anything else is damage.
  if (!parsed.ok()) return base::data_loss("payload is no JSON: " + parsed.status().message());
  return parsed;
}

}  // namespace alidade::segment
