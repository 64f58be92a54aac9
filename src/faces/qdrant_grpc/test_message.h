#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

/// What tests of the codecs share.
namespace alidade::faces::qdrant_grpc::test {

/// A message from its text form.
template <typename Wire>
Wire message(const std::string& text) {
  Wire wire;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &wire)) << text;
  return wire;
}

}  // namespace alidade::faces::qdrant_grpc::test
