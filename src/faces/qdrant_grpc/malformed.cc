#include "faces/qdrant_grpc/malformed.h"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kMaxDepth = 100;

enum WireType : std::uint64_t {
  kVarint,
  kSixtyFourBit,
  kLengthDelimited,
  kStartGroup,
  kEndGroup,
  kThirtyTwoBit
};
constexpr std::string_view kWireNames[] = {"Varint",     "SixtyFourBit", "LengthDelimited",
                                           "StartGroup", "EndGroup",     "ThirtyTwoBit"};

WireType expected_wire(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return kSixtyFourBit;
    case FieldDescriptor::CPPTYPE_FLOAT:
      return kThirtyTwoBit;
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return kLengthDelimited;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
      break;
  }
  return kVarint;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (length > 1 && (lead < 0xC2 || lead > 0xF4)) return false;
    if (i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool wrong = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                       (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    if (wrong) return false;
    i += length;
  }
  return true;
}

/// Walks the bytes as the peer's decoder does until something is wrong. A problem inside a field is
/// led by "Message.field: ", innermost first.
class Finder {
 public:
  explicit Finder(std::string_view bytes) : bytes_(bytes) {}

  std::string message(const Descriptor& type, int depth) {
    if (depth > kMaxDepth) return "recursion limit reached";
    while (!bytes_.empty()) {
      std::uint64_t key = 0;
      if (!varint(key)) return "invalid varint";
      if (key > UINT32_MAX) return "invalid key value: " + std::to_string(key);
      const std::uint64_t wire = key & 7;
      if (wire > kThirtyTwoBit) return "invalid wire type value: " + std::to_string(wire);
      if (key >> 3 == 0) return "invalid tag value: 0";
      const auto* field = type.FindFieldByNumber(static_cast<int>(key >> 3));
      if (field == nullptr) {
        if (std::string problem = skip(wire, depth); !problem.empty()) return problem;
        continue;
      }
      const std::string problem = value(*field, wire, depth);
      if (!problem.empty()) return led(type, *field, problem);
    }
    return "";
  }

 private:
  /// The peer puts the outer field behind the inner one: "PointStruct.id: UpsertPoints.points: …".
  static std::string led(const Descriptor& type,
                         const FieldDescriptor& field,
                         const std::string& problem) {
    const auto* oneof = field.real_containing_oneof();
    const std::string place =
        type.name() + "." + (oneof != nullptr ? oneof->name() : field.name()) + ": ";
    const std::size_t mark = problem.find(kMark);
    if (mark == std::string::npos) return place + kMark + problem;
    return problem.substr(0, mark) + place + problem.substr(mark);
  }

  bool varint(std::uint64_t& out) {
    out = 0;
    for (std::size_t i = 0; i < 10 && i < bytes_.size(); ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[i]);
      if (i == 9 && byte > 1) return false;
      out |= std::uint64_t{byte & 0x7Fu} << (7 * i);
      if (byte < 0x80) {
        bytes_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }

  std::string take(std::uint64_t count, std::string_view& out) {
    if (count > bytes_.size()) return "buffer underflow";
    out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return "";
  }

  std::string delimited(std::string_view& out) {
    std::uint64_t length = 0;
    if (!varint(length)) return "invalid varint";
    return take(length, out);
  }

  std::string skip(std::uint64_t wire, int depth) {
    std::string_view ignored;
    std::uint64_t number = 0;
    switch (wire) {
      case kVarint:
        return varint(number) ? "" : "invalid varint";
      case kSixtyFourBit:
        return take(8, ignored);
      case kThirtyTwoBit:
        return take(4, ignored);
      case kLengthDelimited:
        return delimited(ignored);
      case kStartGroup:
        return skip_group(depth);
      default:
        return "unexpected end group tag";
    }
  }

  std::string skip_group(int depth) {
    if (depth > kMaxDepth) return "recursion limit reached";
    while (true) {
      std::uint64_t key = 0;
      if (!varint(key)) return "invalid varint";
      if ((key & 7) == kEndGroup) return "";
      if (std::string problem = skip(key & 7, depth + 1); !problem.empty()) return problem;
    }
  }

  std::string value(const FieldDescriptor& field, std::uint64_t wire, int depth) {
    const WireType expected = expected_wire(field);
    const bool packed = field.is_packable() && wire == kLengthDelimited;
    if (packed) return packed_values(expected);
    if (wire != expected) {
      return "invalid wire type: " + std::string(kWireNames[wire]) + " (expected " +
             std::string(kWireNames[expected]) + ")";
    }
    if (expected != kLengthDelimited) return skip(wire, depth);
    std::string_view content;
    if (std::string problem = delimited(content); !problem.empty()) return problem;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      return Finder(content).message(*field.message_type(), depth + 1);
    const bool wrong = field.type() == FieldDescriptor::TYPE_STRING && !is_utf8(content);
    return wrong ? "invalid string value: data is not UTF-8 encoded" : "";
  }

  std::string packed_values(WireType wire) {
    std::string_view content;
    if (std::string problem = delimited(content); !problem.empty()) return problem;
    Finder inside(content);
    while (!inside.bytes_.empty()) {
      if (std::string problem = inside.skip(wire, 0); !problem.empty()) return problem;
    }
    return "";
  }

  static constexpr char kMark = '\x01';  // Between the fields and what is wrong.

  std::string_view bytes_;
};

}  // namespace

Status undecodable(const std::string& problem) {
  return qdrant_rest::worded(500, "failed to decode Protobuf message: " + problem);
}

Status decoding_problem(std::string_view bytes, const Descriptor& type) {
  std::string problem = Finder(bytes).message(type, 0);
  std::erase(problem, '\x01');
  return problem.empty() ? Status() : undecodable(problem);
}

}  // namespace alidade::faces::qdrant_grpc
