#pragma once

#include "faces/contract/type.h"
#include "model/query.h"

namespace alidade::faces::qdrant {

extern const contract::ObjectOf<model::SearchParams> kSearchParams;

}  // namespace alidade::faces::qdrant
