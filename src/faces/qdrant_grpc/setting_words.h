#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace google::protobuf {
class EnumDescriptor;
}

namespace alidade::faces::qdrant_grpc {

/// The word of the settings' JSON form ("float32") for an enum number of the wire; nothing for a
/// number that means "not given". @return malformed, with a text per enum, for unknown numbers.
Result<std::optional<std::string_view>> word_of(const google::protobuf::EnumDescriptor& type,
                                                int number);
/// The number for a word; nothing for a word that the wire does not have.
std::optional<int> number_of_word(const google::protobuf::EnumDescriptor& type,
                                  std::string_view word);

}  // namespace alidade::faces::qdrant_grpc
