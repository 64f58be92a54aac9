#include "faces/chroma_rest/payload.h"

#include <utility>

#include "faces/chroma_rest/metadata.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

void PayloadWriter::document(std::string_view text) {
  has_document_ = true;
  key(kDocumentKey);
  json::write_string(text, text_);
}

void PayloadWriter::uri(std::string_view text) {
  has_uri_ = true;
  key(kUriKey);
  json::write_string(text, text_);
}

void PayloadWriter::metadata(const json::Value& metadata) {
  for (const auto& [name, value] : metadata.as_object()) {
    if ((has_document_ && name == kDocumentKey) || (has_uri_ && name == kUriKey)) continue;
    if (value.is_null() || (value.is_array() && value.as_array().empty())) {
      nothing(name);
    } else {
      key(name);
      json::write(value, text_);
    }
  }
}

void PayloadWriter::key(std::string_view name) {
  text_ += text_.empty() ? '{' : ',';
  json::write_string(name, text_);
  text_ += ':';
}

void PayloadWriter::nothing(std::string_view name) {
  if (nulls_ == PayloadNulls::kLeftOut) return;
  key(name);
  text_ += "null";
}

std::string PayloadWriter::take() {
  if (!text_.empty()) text_ += '}';
  return std::move(text_);
}

void add_text_id(std::string_view text, model::PointBatch& batch) {
  model::TextPointId id = model::point_id_from_text(text);
  batch.ids.push_back(id.id);
  if (!id.original.empty()) {
    batch.original_ids.resize(batch.ids.size());
    batch.original_ids.back() = std::move(id.original);
  } else if (!batch.original_ids.empty()) {
    batch.original_ids.emplace_back();
  }
}

}  // namespace alidade::faces::chroma_rest
