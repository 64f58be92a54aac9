#include "faces/qdrant_grpc/decode_index.h"

#include <algorithm>
#include <string_view>

#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/settings.h"
#include "faces/qdrant_rest/decode_collections.h"
#include "faces/qdrant_rest/decode_values.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using base::json::Value;
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

// The peer knows each language by a code, too.
constexpr std::string_view kLanguages =
    "`ar`, `arabic`, `az`, `azerbaijani`, `basque`, `eu`, `bengali`, `bn`, `ca`, `catalan`, "
    "`chinese`, `zh`, `da`, "
    "`danish`, `dutch`, `nl`, `en`, `english`, `fi`, `finnish`, `fr`, `french`, `de`, `german`, "
    "`el`, `greek`, `he`, "
    "`hebrew`, `hi-en`, `hinglish`, `hu`, `hungarian`, `id`, `indonesian`, `it`, `italian`, "
    "`japanese`, `jp`, "
    "`kazakh`, `kk`, `ne`, `nepali`, `no`, `norwegian`, `portuguese`, `pt`, `ro`, `romanian`, "
    "`ru`, `russian`, `sl`, "
    "`slovene`, `es`, `spanish`, `sv`, `swedish`, `tajik`, `tg`, `tr`, `turkish`";

Status check_stopwords(const ::qdrant::TextIndexParams& params) {
  for (const std::string& language : params.stopwords().languages()) {
    if (kLanguages.find("`" + language + "`") != std::string_view::npos) continue;
    return malformed("unknown language: unknown variant `" + language + "`, expected one of " +
                     std::string(kLanguages) + " at line 1 column " +
                     std::to_string(language.size() + 2));
  }
  return Status::ok_status();
}

Result<model::FieldSchema> with_params(const IndexType& type, const PayloadIndexParams& params) {
  if (params.has_text_index_params())
    ALD_RETURN_IF_ERROR(check_stopwords(params.text_index_params()));
  ALD_ASSIGN(Value json, settings_json(set_params(params)));
  json.set("type", model::field_type_name(type.type));
  qdrant_rest::Rules rules;
  auto schema = qdrant_rest::field_schema_of(json, rules);
  ALD_RETURN_IF_ERROR(rules.verdict());
  if (!schema) return malformed("field_index_params cannot be read");
  return *std::move(schema);
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
  return with_params(*type, request.field_index_params());
}

void fill_schema_info(const model::FieldSchema& schema,
                      std::uint64_t points,
                      ::qdrant::PayloadSchemaInfo& out) {
  const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const IndexType& one) { return one.type == schema.type; });
  if (type != std::end(kTypes)) {
    out.set_data_type(type->shown);
    if (!schema.params.is_null()) {
      fill_settings(schema.params, mutable_params(*out.mutable_params(), type->params));
    }
  }
  out.set_points(points);
}

}  // namespace alidade::faces::qdrant_grpc
