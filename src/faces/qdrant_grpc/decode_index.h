#pragma once

#include "base/status.h"
#include "model/payload_schema.h"
#include "points.pb.h"

namespace alidade::faces::qdrant_grpc {

/// The index that a request asks for; type and parameters have to agree.
Result<model::FieldSchema> read_field_schema(const ::qdrant::CreateFieldIndexCollection& request);
/// As a collection's info shows it.
void fill_schema_info(const model::FieldSchema& schema,
                      std::uint64_t points,
                      ::qdrant::PayloadSchemaInfo& out);

}  // namespace alidade::faces::qdrant_grpc
