#pragma once

#include <span>

#include "faces/contract/type.h"

namespace alidade::faces::qdrant {

/// The structs that requests and answers of Qdrant's dialects are made of; what they contain is reached from them.
extern const std::span<const contract::Type> kRoots;
/// Those that only answers have.
extern const std::span<const contract::Type> kAnswers;

}  // namespace alidade::faces::qdrant
