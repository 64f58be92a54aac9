#include "faces/qdrant_grpc/field_rules.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using enum Check;

const FieldRule kRulesOfFields[] = {
    // Names of collections.
    {"CreateCollection", "collection_name", kNewName},
    {"GetCollectionInfoRequest", "collection_name", kName},
    {"CollectionExistsRequest", "collection_name", kName},
    {"UpdateCollection", "collection_name", kName},
    {"DeleteCollection", "collection_name", kName},
    {"ListCollectionAliasesRequest", "collection_name", kName},
    {"CollectionClusterInfoRequest", "collection_name", kName},
    {"UpdateCollectionClusterSetupRequest", "collection_name", kName},
    {"CreateShardKeyRequest", "collection_name", kName},
    {"DeleteShardKeyRequest", "collection_name", kName},
    {"ListShardKeysRequest", "collection_name", kName},
    {"CreateSnapshotRequest", "collection_name", kName},
    {"ListSnapshotsRequest", "collection_name", kName},
    {"DeleteSnapshotRequest", "collection_name", kName},
    {"FileExistsRequest", "collection_name", kName},
    {"FileLengthRequest", "collection_name", kName},
    {"ListFilesRequest", "collection_name", kName},
    {"ReadWholeRequest", "collection_name", kName},
    {"UpsertPoints", "collection_name", kName},
    {"DeletePoints", "collection_name", kName},
    {"GetPoints", "collection_name", kName},
    {"UpdatePointVectors", "collection_name", kName},
    {"DeletePointVectors", "collection_name", kName},
    {"SetPayloadPoints", "collection_name", kName},
    {"DeletePayloadPoints", "collection_name", kName},
    {"ClearPayloadPoints", "collection_name", kName},
    {"CreateFieldIndexCollection", "collection_name", kName},
    {"DeleteFieldIndexCollection", "collection_name", kName},
    {"CreateVectorNameRequest", "collection_name", kName},
    {"DeleteVectorNameRequest", "collection_name", kName},
    {"SearchPoints", "collection_name", kName},
    {"SearchBatchPoints", "collection_name", kName},
    {"SearchPointGroups", "collection_name", kName},
    {"ScrollPoints", "collection_name", kName},
    {"RecommendPoints", "collection_name", kName},
    {"RecommendBatchPoints", "collection_name", kName},
    {"RecommendPointGroups", "collection_name", kName},
    {"DiscoverPoints", "collection_name", kName},
    {"DiscoverBatchPoints", "collection_name", kName},
    {"CountPoints", "collection_name", kName},
    {"UpdateBatchPoints", "collection_name", kName},
    {"QueryPoints", "collection_name", kName},
    {"QueryBatchPoints", "collection_name", kName},
    {"QueryPointGroups", "collection_name", kName},
    {"FacetCounts", "collection_name", kName},
    {"SearchMatrixPoints", "collection_name", kName},

    // What must not be empty.
    {"CreateFieldIndexCollection", "field_name", kNotEmpty},
    {"DeleteFieldIndexCollection", "field_name", kNotEmpty},
    {"SearchPointGroups", "group_by", kNotEmpty},
    {"RecommendPointGroups", "group_by", kNotEmpty},
    {"QueryPointGroups", "group_by", kNotEmpty},
    {"FacetCounts", "key", kNotEmpty},
    {"UpdateBatchPoints", "operations", kNotEmpty},
    {"DeleteSnapshotRequest", "snapshot_name", kNotEmpty},
    {"DeleteFullSnapshotRequest", "snapshot_name", kNotEmpty},
    {"FileExistsRequest", "path", kNotEmpty},
    {"FileLengthRequest", "path", kNotEmpty},
    {"ReadWholeRequest", "path", kNotEmpty},

    // Limits.
    {"SearchPoints", "limit", kAtLeast, 1},
    {"SearchPointGroups", "limit", kAtLeast, 1},
    {"SearchPointGroups", "group_size", kAtLeast, 1},
    {"RecommendPointGroups", "limit", kAtLeast, 1},
    {"RecommendPointGroups", "group_size", kAtLeast, 1},
    {"DiscoverPoints", "limit", kAtLeast, 1},
    {"ScrollPoints", "limit", kAtLeast, 1},
    {"SearchMatrixPoints", "limit", kAtLeast, 1},
    {"SearchMatrixPoints", "sample", kAtLeast, 2},

    // Timeouts. Gets, scrolls, counts, creations and writes of points take 0.
    {"UpdateCollection", "timeout", kAtLeast, 1},
    {"DeleteCollection", "timeout", kAtLeast, 1},
    {"ChangeAliases", "timeout", kAtLeast, 1},
    {"SearchPoints", "timeout", kAtLeast, 1},
    {"SearchBatchPoints", "timeout", kAtLeast, 1},
    {"SearchPointGroups", "timeout", kAtLeast, 1},
    {"RecommendPoints", "timeout", kAtLeast, 1},
    {"RecommendBatchPoints", "timeout", kAtLeast, 1},
    {"RecommendPointGroups", "timeout", kAtLeast, 1},
    {"DiscoverPoints", "timeout", kAtLeast, 1},
    {"DiscoverBatchPoints", "timeout", kAtLeast, 1},
    {"QueryPoints", "timeout", kAtLeast, 1},
    {"QueryBatchPoints", "timeout", kAtLeast, 1},
    {"QueryPointGroups", "timeout", kAtLeast, 1},
    {"FacetCounts", "timeout", kAtLeast, 1},
    {"SearchMatrixPoints", "timeout", kAtLeast, 1},

    // The sizes of named vectors; the settings of collections have their bounds in the tables of faces/qdrant.
    {"DenseVectorCreationConfig", "size", kBetween, 1, 65536},
};

}  // namespace

const std::span<const FieldRule> kFieldRules(kRulesOfFields);

}  // namespace alidade::faces::qdrant_grpc
