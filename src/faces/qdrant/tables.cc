#include "faces/qdrant/tables.h"

#include "faces/qdrant/filter.h"
#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"

namespace alidade::faces::qdrant {
namespace {

constexpr contract::Type kTypes[] = {
    contract::ref(kFilter),          contract::ref(kSearchParams),   contract::ref(kWithPayload),
    contract::ref(kWithVectors),     contract::ref(kOrderByInterface), contract::ref(kLookupLocation),
    contract::ref(kWithLookup),
};

}  // namespace

constexpr std::span<const contract::Type> kRoots(kTypes);

}  // namespace alidade::faces::qdrant
