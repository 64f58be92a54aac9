#include "model/point_id.h"

#include <charconv>

namespace alidade::model {
namespace {

// Namespace of hashed text ids. A fixed part of the storage format: never change it.
constexpr base::Uuid kTextIdNamespace{0x9f2d6c1e4b7a5e3dULL, 0x8c51a0f46e2b7d19ULL};

std::optional<std::uint64_t> parse_canonical_number(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string PointId::to_string() const {
  return is_number() ? std::to_string(low) : uuid().to_string();
}

TextPointId point_id_from_text(std::string_view text) {
  if (const auto number = parse_canonical_number(text)) return {PointId::from_number(*number), ""};
  if (const auto uuid = base::Uuid::parse_canonical(text)) return {PointId::from_uuid(*uuid), ""};
  return {PointId::from_uuid(base::Uuid::version5(kTextIdNamespace, text)), std::string(text)};
}

std::string text_of_point(const PointId& id, std::string_view original) {
  return original.empty() ? id.to_string() : std::string(original);
}

}  // namespace alidade::model
