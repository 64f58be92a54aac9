#include "faces/qdrant/setting_words.h"

namespace alidade::faces::qdrant {

using contract::WordsOf;

constexpr WordsOf<model::MemoryPlacement> kMemory{
    {.schema = "Memory", .words = model::kMemoryWords, .first = 1, .refusal = "Cannot convert memory placement: {}"}};
constexpr WordsOf<model::Datatype> kDatatype{
    {.schema = "Datatype", .words = model::kDatatypeWords, .first = 1, .refusal = "Cannot convert datatype: {}"}};
constexpr WordsOf<model::Distance> kDistance{
    {.schema = "Distance", .words = model::kDistanceWords, .first = 1,
     .zero_refusal = "Malformed distance parameter: UnknownDistance",
     .refusal = "Malformed distance parameter, unexpected value: {}"}};
constexpr WordsOf<model::MultivectorComparator> kComparator{
    {.schema = "MultiVectorComparator", .words = model::kComparatorWords,
     .refusal = "Unknown multi vector comparator"}};
// An unknown number is passed over.
constexpr WordsOf<model::SparseModifier> kModifier{{.schema = "Modifier", .words = model::kModifierWords}};
constexpr WordsOf<model::ShardingMethod> kSharding{
    {.schema = "ShardingMethod", .words = model::kShardingWords,
     .refusal = "Cannot convert ShardingMethod: {}, error: unknown enumeration value {}"}};
constexpr WordsOf<model::ScalarType> kScalarType{
    {.schema = "ScalarType", .words = model::kScalarTypeWords, .first = 1,
     .zero_refusal = "Unknown quantization type", .refusal = "Unknown quantization type"}};
constexpr WordsOf<model::ProductCompression> kCompression{
    {.schema = "CompressionRatio", .words = model::kCompressionWords, .refusal = "Unknown compression ratio"}};
constexpr WordsOf<model::BinaryEncoding> kBinaryEncoding{
    {.schema = "BinaryQuantizationEncoding", .words = model::kBinaryEncodingWords,
     .refusal = "Unknown binary quantization encoding"}};
constexpr WordsOf<model::BinaryQueryEncoding> kQueryEncoding{
    {.schema = "BinaryQuantizationQueryEncoding", .words = model::kQueryEncodingWords,
     .refusal = "Unknown binary quantization query encoding"}};
constexpr WordsOf<model::TurboBits> kTurboBits{
    {.schema = "TurboQuantBitSize", .words = model::kTurboBitsWords,
     .refusal = "Unknown turbo quantization bit size"}};

}  // namespace alidade::faces::qdrant
