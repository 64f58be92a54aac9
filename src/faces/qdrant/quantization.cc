#include "faces/qdrant/quantization.h"

#include "faces/contract/read_json.h"
#include "faces/contract/read_proto.h"
#include "faces/contract/write_json.h"
#include "faces/contract/write_proto.h"
#include "faces/qdrant/setting_words.h"

namespace alidade::faces::qdrant {
namespace {

using contract::boolean;
using contract::Case;
using contract::field;
using contract::Field;
using contract::Json;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoOut;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using contract::Variant;
using model::Quantization;

// The encoding of queries: a word in JSON, a oneof of one enum in the message. -------------------

constexpr int kSetting = 4;

Status read_encoding(const Json& value, Reading& reading, const Place& place, void* out) {
  return contract::read(value, ref(kQueryEncoding), reading, place, out);
}
Status read_encoding(const Proto& value, const ProtoReading& reading, void* out) {
  const int number = value.has(kSetting) ? value.enumeration(kSetting) : -1;
  if (number < 0 || number >= static_cast<int>(kQueryEncoding.words.size())) {
    return reading.malformed(std::string(kQueryEncoding.refusal));
  }
  *static_cast<model::BinaryQueryEncoding*>(out) = static_cast<model::BinaryQueryEncoding>(number);
  return Status::ok_status();
}
void write_encoding(const void* value, base::json::Writer& writer) {
  contract::write(ref(kQueryEncoding), *static_cast<const model::BinaryQueryEncoding*>(value), writer);
}
void write_encoding(const void* value, ProtoOut& out) {
  out.set_enumeration(kSetting, static_cast<int>(*static_cast<const model::BinaryQueryEncoding*>(value)));
}
constexpr contract::CustomOf<model::BinaryQueryEncoding> kEncoding{
    {.schema = "BinaryQuantizationQueryEncoding", .read = &read_encoding, .read_proto = &read_encoding,
     .write = &write_encoding, .write_proto = &write_encoding}};

// The four kinds. -----------------------------------------------------------------------------

constexpr Field kScalarFields[] = {
    field<&model::ScalarQuantization::type>("type", 1, ref(kScalarType)).required(),
    field<&model::ScalarQuantization::quantile>("quantile", 2, contract::f32().at_least(0.5).at_most(1)),
    field<&model::ScalarQuantization::always_ram>("always_ram", 3, boolean()),
    field<&model::ScalarQuantization::memory>("memory", 4, ref(kMemory)),
};
constexpr ObjectOf<model::ScalarQuantization> kScalarConfig{
    {.name = "ScalarQuantizationConfig", .message = "ScalarQuantization", .fields = kScalarFields,
     .lists = contract::Lists::kWrongLength}};

constexpr Field kProductFields[] = {
    field<&model::ProductQuantization::compression>("compression", 1, ref(kCompression)).required(),
    field<&model::ProductQuantization::always_ram>("always_ram", 2, boolean()),
    field<&model::ProductQuantization::memory>("memory", 3, ref(kMemory)),
};
constexpr ObjectOf<model::ProductQuantization> kProduct{
    {.name = "ProductQuantizationConfig", .message = "ProductQuantization", .fields = kProductFields,
     .lists = contract::Lists::kWrongLength}};

constexpr Field kBinaryFields[] = {
    field<&model::BinaryQuantization::always_ram>("always_ram", 1, boolean()),
    field<&model::BinaryQuantization::memory>("memory", 4, ref(kMemory)),
    field<&model::BinaryQuantization::encoding>("encoding", 2, ref(kBinaryEncoding)),
    field<&model::BinaryQuantization::query_encoding>("query_encoding", 3, ref(kEncoding)),
};
constexpr ObjectOf<model::BinaryQuantization> kBinary{
    {.name = "BinaryQuantizationConfig", .message = "BinaryQuantization", .fields = kBinaryFields,
     .lists = contract::Lists::kWrongLength}};

constexpr Field kTurboFields[] = {
    field<&model::TurboQuantization::always_ram>("always_ram", 1, boolean()),
    field<&model::TurboQuantization::memory>("memory", 3, ref(kMemory)),
    field<&model::TurboQuantization::bits>("bits", 2, ref(kTurboBits)),
};
constexpr ObjectOf<model::TurboQuantization> kTurbo{
    {.name = "TurboQuantQuantizationConfig", .message = "TurboQuantization", .fields = kTurboFields,
     .lists = contract::Lists::kWrongLength}};

// JSON has each under a name of its own. ------------------------------------------------------

constexpr Field kScalarOnly[] = {contract::whole("scalar", 0, ref(kScalarConfig)).required()};
constexpr Field kProductOnly[] = {contract::whole("product", 0, ref(kProduct)).required()};
constexpr Field kBinaryOnly[] = {contract::whole("binary", 0, ref(kBinary)).required()};
constexpr Field kTurboOnly[] = {contract::whole("turbo", 0, ref(kTurbo)).required()};
constexpr ObjectOf<model::ScalarQuantization> kNamedScalar{{.name = "ScalarQuantization", .fields = kScalarOnly}};
constexpr ObjectOf<model::ProductQuantization> kNamedProduct{{.name = "ProductQuantization", .fields = kProductOnly}};
constexpr ObjectOf<model::BinaryQuantization> kNamedBinary{{.name = "BinaryQuantization", .fields = kBinaryOnly}};
constexpr ObjectOf<model::TurboQuantization> kNamedTurbo{{.name = "TurboQuantization", .fields = kTurboOnly}};

template <typename T>
constexpr auto make = &contract::alternative<Quantization, T>;
template <typename T>
constexpr auto held = &contract::held_alternative<Quantization, T>;

constexpr Variant kQuantizationVariants[] = {
    {.type = ref(kNamedScalar), .make = make<model::ScalarQuantization>, .get = held<model::ScalarQuantization>},
    {.type = ref(kNamedProduct), .make = make<model::ProductQuantization>, .get = held<model::ProductQuantization>},
    {.type = ref(kNamedBinary), .make = make<model::BinaryQuantization>, .get = held<model::BinaryQuantization>},
    {.type = ref(kNamedTurbo), .make = make<model::TurboQuantization>, .get = held<model::TurboQuantization>},
};
constexpr Case kQuantizationCases[] = {
    {.number = 1, .name = "scalar", .type = ref(kScalarConfig), .make = make<model::ScalarQuantization>,
     .get = held<model::ScalarQuantization>},
    {.number = 2, .name = "product", .type = ref(kProduct), .make = make<model::ProductQuantization>,
     .get = held<model::ProductQuantization>},
    {.number = 3, .name = "binary", .type = ref(kBinary), .make = make<model::BinaryQuantization>,
     .get = held<model::BinaryQuantization>},
    {.number = 4, .name = "turboquant", .type = ref(kTurbo), .make = make<model::TurboQuantization>,
     .get = held<model::TurboQuantization>},
};

// Changes. ------------------------------------------------------------------------------------

template <typename T>
void* make_change(void* change) {
  return make<T>(&static_cast<QuantizationChange*>(change)->emplace());
}
void* disable(void* change) {
  static_cast<QuantizationChange*>(change)->reset();
  return change;
}

Status read_disabled(const Json& value, Reading& reading, const Place&, void*) {
  const bool is_disabled = value.is_string() && value.as_string() == "Disabled";
  return is_disabled ? Status::ok_status() : reading.no_variant("Disabled");
}
Status read_disabled(const Proto&, const ProtoReading&, void*) { return Status::ok_status(); }
constexpr contract::CustomOf<QuantizationChange> kQuantizationOff{
    {.schema = "Disabled", .read = &read_disabled, .read_proto = &read_disabled}};

constexpr Variant kDiffVariants[] = {
    {ref(kQuantizationOff), &disable},
    {ref(kNamedScalar), &make_change<model::ScalarQuantization>},
    {ref(kNamedProduct), &make_change<model::ProductQuantization>},
    {ref(kNamedBinary), &make_change<model::BinaryQuantization>},
    {ref(kNamedTurbo), &make_change<model::TurboQuantization>},
};
constexpr Case kDiffCases[] = {
    {1, "scalar", ref(kScalarConfig), &make_change<model::ScalarQuantization>},
    {2, "product", ref(kProduct), &make_change<model::ProductQuantization>},
    {3, "disabled", ref(kQuantizationOff), &disable},
    {4, "binary", ref(kBinary), &make_change<model::BinaryQuantization>},
    {5, "turboquant", ref(kTurbo), &make_change<model::TurboQuantization>},
};

}  // namespace

constexpr contract::UnionOf<Quantization> kQuantization{
    {.name = "QuantizationConfig", .variants = kQuantizationVariants, .message = "QuantizationConfig", .cases = kQuantizationCases,
     .unset_words = "QuantizationConfig must contain quantization"}};
constexpr contract::UnionOf<QuantizationChange> kQuantizationDiff{
    {.name = "QuantizationConfigDiff", .variants = kDiffVariants, .message = "QuantizationConfigDiff",
     .cases = kDiffCases, .unset_words = "Quantization type is not specified"}};

}  // namespace alidade::faces::qdrant
