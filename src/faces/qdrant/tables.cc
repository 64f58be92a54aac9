#include "faces/qdrant/tables.h"

#include "faces/qdrant/filter.h"
#include "faces/qdrant/search_params.h"

namespace alidade::faces::qdrant {
namespace {

constexpr contract::Type kTypes[] = {contract::ref(kFilter), contract::ref(kSearchParams)};

}  // namespace

constexpr std::span<const contract::Type> kRoots(kTypes);

}  // namespace alidade::faces::qdrant
