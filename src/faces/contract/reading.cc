#include "faces/contract/reading.h"

namespace alidade::faces::contract {
namespace {

const Status& gave_up() {
  static const Status status(StatusCode::kInvalidArgument, "not read by the fast reader");
  return status;
}

}  // namespace

std::string Place::text() const {
  if (parent_ == nullptr) return std::string(name_);
  std::string text = parent_->text();
  if (is_position_) return text + "[" + std::to_string(position_) + "]";
  if (!text.empty()) text += '.';
  return text.append(name_);
}

Status Reading::refused(std::string_view words) const {
  return is_fast() ? gave_up() : refuse_(std::string(words));
}

Status Reading::invalid_type(const Json& value, std::string_view expected) const {
  return is_fast() ? gave_up() : refuse_(contract::invalid_type(value, expected, wording));
}

Status Reading::invalid_value(const Json& value, std::string_view expected) const {
  return is_fast() ? gave_up() : refuse_(contract::invalid_value(value, expected, wording));
}

Status Reading::not_a_struct(const Json& value, std::string_view name) const {
  return is_fast() ? gave_up() : invalid_type(value, "struct " + std::string(name));
}

Status Reading::missing_field(std::string_view name) const {
  return is_fast() ? gave_up() : refuse_(contract::missing_field(name, wording));
}

Status Reading::no_variant(std::string_view name) const {
  return is_fast() ? gave_up()
                   : refuse_("data did not match any variant of untagged enum " + std::string(name));
}

void Reading::broken(const Place& place, std::string_view rule) {
  if (broken_ == nullptr) return doubt();
  broken_->push_back(place.text() + ": " + std::string(rule));
}

void Reading::forget_broken(std::size_t beyond) const {
  if (broken_ != nullptr) broken_->resize(beyond);
}

}  // namespace alidade::faces::contract
