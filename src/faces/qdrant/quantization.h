#pragma once

#include <optional>

#include "faces/contract/type.h"
#include "model/settings.h"

namespace alidade::faces::qdrant {

/// Another quantization, or none ("Disabled").
using QuantizationChange = std::optional<model::Quantization>;

extern const contract::UnionOf<model::Quantization> kQuantization;
extern const contract::UnionOf<QuantizationChange> kQuantizationDiff;

}  // namespace alidade::faces::qdrant
