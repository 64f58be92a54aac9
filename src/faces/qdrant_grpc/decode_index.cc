#include "faces/qdrant_grpc/decode_index.h"

#include <algorithm>
#include <string_view>

#include "faces/contract/read_json.h"
#include "faces/contract/read_proto.h"
#include "faces/contract/write_proto.h"
#include "faces/qdrant/index_params.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using ::qdrant::PayloadIndexParams;

struct IndexType {
  model::FieldType type;
  ::qdrant::FieldType wire;
  PayloadIndexParams::IndexParamsCase params;
  ::qdrant::PayloadSchemaType shown;
  std::string_view name;
};
constexpr IndexType kTypes[] = {
    {model::FieldType::kKeyword, ::qdrant::FieldTypeKeyword,
     PayloadIndexParams::kKeywordIndexParams, ::qdrant::Keyword, "Keyword"},
    {model::FieldType::kInteger, ::qdrant::FieldTypeInteger,
     PayloadIndexParams::kIntegerIndexParams, ::qdrant::Integer, "Integer"},
    {model::FieldType::kFloat, ::qdrant::FieldTypeFloat, PayloadIndexParams::kFloatIndexParams,
     ::qdrant::Float, "Float"},
    {model::FieldType::kGeo, ::qdrant::FieldTypeGeo, PayloadIndexParams::kGeoIndexParams,
     ::qdrant::Geo, "Geo"},
    {model::FieldType::kText, ::qdrant::FieldTypeText, PayloadIndexParams::kTextIndexParams,
     ::qdrant::Text, "Text"},
    {model::FieldType::kBool, ::qdrant::FieldTypeBool, PayloadIndexParams::kBoolIndexParams,
     ::qdrant::Bool, "Bool"},
    {model::FieldType::kDatetime, ::qdrant::FieldTypeDatetime,
     PayloadIndexParams::kDatetimeIndexParams, ::qdrant::Datetime, "Datetime"},
    {model::FieldType::kUuid, ::qdrant::FieldTypeUuid, PayloadIndexParams::kUuidIndexParams,
     ::qdrant::Uuid, "Uuid"},
};

/// The one message that is set, whatever its type.
const google::protobuf::Message& set_params(const PayloadIndexParams& params) {
  const auto* field =
      PayloadIndexParams::descriptor()->FindFieldByNumber(params.index_params_case());
  return params.GetReflection()->GetMessage(params, field);
}

google::protobuf::Message& mutable_params(PayloadIndexParams& params,
                                          PayloadIndexParams::IndexParamsCase which) {
  const auto* field = PayloadIndexParams::descriptor()->FindFieldByNumber(which);
  return *params.GetReflection()->MutableMessage(&params, field);
}

/// Since 1.20; an index without them would answer otherwise.
Status check_served(const google::protobuf::Message& params) {
  for (const char* name : {"nested", "scoring"}) {
    const auto* field = params.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr && params.GetReflection()->HasField(params, field)) {
      return not_implemented("the parameter `" + std::string(name) + "` of payload indexes");
    }
  }
  return Status::ok_status();
}

Result<model::FieldSchema> with_params(const IndexType& type, const google::protobuf::Message& message) {
  ALD_RETURN_IF_ERROR(check_served(message));
  qdrant::IndexParams params;
  ALD_RETURN_IF_ERROR(contract::read(message, qdrant::index_params_of(type.type), kProtoReading, params));
  params.type = type.type;
  return qdrant_rest::index_schema(std::move(params));
}

/// What was accepted and kept is read again, so nothing is refused here.
void fill_params(const model::FieldSchema& schema, google::protobuf::Message& out) {
  qdrant::IndexParams params;
  auto reading = contract::Reading::fast();
  const auto& table = qdrant::index_params_of(schema.type);
  if (!contract::read(schema.params, table, reading, contract::Place(""), params).ok()) return;
  contract::write(table, params, nullptr, out);
}

}  // namespace

Result<model::FieldSchema> read_field_schema(const ::qdrant::CreateFieldIndexCollection& request) {
  if (!request.has_field_type()) return malformed("cannot convert field_type");
  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const IndexType& one) {
    return one.wire == request.field_type();
  });
  if (type == std::end(kTypes)) {
    return qdrant_rest::bad_request(
        "Can't auto-detect field type, please specify `field_schema` in the request");
  }
  const auto which = request.field_index_params().index_params_case();
  if (which == PayloadIndexParams::INDEX_PARAMS_NOT_SET)
    return model::FieldSchema{.type = type->type, .params = {}};
  if (which != type->params) {
    return malformed("field_type (" + std::string(type->name) +
                     ") and field_index_params do not match");
  }
  return with_params(*type, set_params(request.field_index_params()));
}

void fill_schema_info(const model::FieldSchema& schema,
                      std::uint64_t points,
                      ::qdrant::PayloadSchemaInfo& out) {
  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const IndexType& one) { return one.type == schema.type; });
  if (type != std::end(kTypes)) {
    out.set_data_type(type->shown);
    if (!schema.params.is_null()) {
      fill_params(schema, mutable_params(*out.mutable_params(), type->params));
    }
  }
  out.set_points(points);
}

}  // namespace alidade::faces::qdrant_grpc
