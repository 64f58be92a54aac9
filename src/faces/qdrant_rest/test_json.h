#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "faces/contract/write_json.h"
#include "faces/qdrant_rest/collection_settings.h"

/// What tests of the codecs share.
namespace alidade::faces::qdrant_rest::test {

/// The value of a text that is well-formed.
inline base::json::Value json(std::string_view text) {
  auto parsed = base::json::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return std::move(parsed).value();
}

/// `config` as an answer shows it.
inline std::string shown_text(const model::CollectionConfig& config) {
  std::string text;
  base::json::Writer writer(text);
  contract::write(contract::ref(qdrant::kCollectionConfig), shown_config(config), writer);
  return text;
}
inline base::json::Value shown_json(const model::CollectionConfig& config) { return json(shown_text(config)); }

}  // namespace alidade::faces::qdrant_rest::test
