#include "faces/qdrant_grpc/setting_words.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "faces/qdrant_grpc/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

/// What an unknown number, or one without a word, is.
enum class Unknown { kRefused, kLeftOut };

struct Words {
  std::string_view type;  // Full name of the enum.
  Unknown zero;           // Number 0, when `first` is 1.
  Unknown others;
  std::string_view refusal;  // "{}" stands for the number.
  std::string_view zero_refusal;
  int first;  // The number of the first word.
  std::string_view words[7];
};

constexpr Words kWords[] = {
    {"qdrant.Distance",
     Unknown::kRefused,
     Unknown::kRefused,
     "Malformed distance parameter, unexpected value: {}",
     "Malformed distance parameter: UnknownDistance",
     1,
     {"Cosine", "Euclid", "Dot", "Manhattan"}},
    {"qdrant.Datatype",
     Unknown::kLeftOut,
     Unknown::kRefused,
     "Cannot convert datatype: {}",
     "",
     1,
     {"float32", "uint8", "float16", "turbo4", "turbo8", "turbo16"}},
    {"qdrant.Memory",
     Unknown::kLeftOut,
     Unknown::kRefused,
     "Cannot convert memory placement: {}",
     "",
     1,
     {"cold", "cached", "pinned"}},
    {"qdrant.Modifier", Unknown::kLeftOut, Unknown::kLeftOut, "", "", 0, {"none", "idf"}},
    {"qdrant.MultiVectorComparator",
     Unknown::kRefused,
     Unknown::kRefused,
     "Unknown multi vector comparator",
     "",
     0,
     {"max_sim"}},
    {"qdrant.ShardingMethod",
     Unknown::kRefused,
     Unknown::kRefused,
     "Cannot convert ShardingMethod: {}, error: unknown enumeration value {}",
     "",
     0,
     {"auto", "custom"}},
    {"qdrant.QuantizationType",
     Unknown::kRefused,
     Unknown::kRefused,
     "Unknown quantization type",
     "Unknown quantization type",
     1,
     {"int8"}},
    {"qdrant.CompressionRatio",
     Unknown::kRefused,
     Unknown::kRefused,
     "Unknown compression ratio",
     "",
     0,
     {"x4", "x8", "x16", "x32", "x64"}},
    {"qdrant.BinaryQuantizationEncoding",
     Unknown::kRefused,
     Unknown::kRefused,
     "Unknown binary quantization encoding",
     "",
     0,
     {"one_bit", "two_bits", "one_and_half_bits"}},
    {"qdrant.BinaryQuantizationQueryEncoding.Setting",
     Unknown::kRefused,
     Unknown::kRefused,
     "Unknown binary quantization query encoding",
     "",
     0,
     {"default", "binary", "scalar4bits", "scalar8bits"}},
    {"qdrant.TurboQuantBitSize",
     Unknown::kRefused,
     Unknown::kRefused,
     "Unknown turbo quantization bit size",
     "",
     0,
     {"bits1", "bits1_5", "bits2", "bits4", "bits8"}},
    {"qdrant.TokenizerType",
     Unknown::kRefused,
     Unknown::kRefused,
     "unknown tokenizer type",
     "unknown tokenizer type",
     1,
     {"prefix", "whitespace", "word", "multilingual", "code"}},
};

const Words* words_of(const google::protobuf::EnumDescriptor& type) {
  const auto found = std::find_if(std::begin(kWords), std::end(kWords),
                                  [&](const Words& one) { return one.type == type.full_name(); });
  return found == std::end(kWords) ? nullptr : found;
}

std::string with_number(std::string_view text, int number) {
  std::string out(text);
  for (std::size_t at = out.find("{}"); at != std::string::npos; at = out.find("{}")) {
    out.replace(at, 2, std::to_string(number));
  }
  return out;
}

}  // namespace

Result<std::optional<std::string_view>> word_of(const google::protobuf::EnumDescriptor& type,
                                                int number) {
  const Words* words = words_of(type);
  if (words == nullptr) return std::optional<std::string_view>();
  const int place = number - words->first;
  constexpr int kCount = static_cast<int>(std::size(kWords[0].words));
  if (place >= 0 && place < kCount && !words->words[place].empty()) {
    return std::optional<std::string_view>(words->words[place]);
  }
  const bool is_zero = number == 0;
  if ((is_zero ? words->zero : words->others) == Unknown::kLeftOut)
    return std::optional<std::string_view>();
  return malformed(with_number(is_zero ? words->zero_refusal : words->refusal, number));
}

std::optional<int> number_of_word(const google::protobuf::EnumDescriptor& type,
                                  std::string_view word) {
  const Words* words = words_of(type);
  if (words == nullptr || word.empty()) return std::nullopt;
  const auto found = std::find(std::begin(words->words), std::end(words->words), word);
  if (found == std::end(words->words)) return std::nullopt;
  return words->first + static_cast<int>(found - std::begin(words->words));
}

}  // namespace alidade::faces::qdrant_grpc
