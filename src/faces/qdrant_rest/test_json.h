#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

#include "base/json.h"

/// What tests of the codecs share.
namespace alidade::faces::qdrant_rest::test {

/// The value of a text that is well-formed.
inline base::json::Value json(std::string_view text) {
  auto parsed = base::json::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return std::move(parsed).value();
}

}  // namespace alidade::faces::qdrant_rest::test
