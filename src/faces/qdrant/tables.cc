#include "faces/qdrant/tables.h"

#include "faces/qdrant/collection_settings.h"
#include "faces/qdrant/filter.h"
#include "faces/qdrant/index_params.h"
#include "faces/qdrant/query.h"
#include "faces/qdrant/search_params.h"
#include "faces/qdrant/selectors.h"

namespace alidade::faces::qdrant {
namespace {

constexpr contract::Type kTypes[] = {
    contract::ref(kFilter),           contract::ref(kSearchParams),     contract::ref(kWithPayload),
    contract::ref(kWithVectors),      contract::ref(kOrderByInterface), contract::ref(kLookupLocation),
    contract::ref(kWithLookup),       contract::ref(kCreateCollection), contract::ref(kUpdateCollection),
    contract::ref(kIndexParams),      contract::ref(kQueryRequest),     contract::ref(kQueryRequestBatch),
    contract::ref(kQueryGroupsRequest),
};
constexpr contract::Type kAnswerTypes[] = {contract::ref(kCollectionConfig)};

}  // namespace

constexpr std::span<const contract::Type> kRoots(kTypes);
constexpr std::span<const contract::Type> kAnswers(kAnswerTypes);

}  // namespace alidade::faces::qdrant
