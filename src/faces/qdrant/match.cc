// Matches: one value, a list of them, or parts of a text.
#include "faces/qdrant/filter.h"

namespace alidade::faces::qdrant {
namespace {

using contract::alternative;
using contract::alternative_member;
using contract::Case;
using contract::field;
using contract::Field;
using contract::Items;
using contract::Json;
using contract::ObjectOf;
using contract::Place;
using contract::Reading;
using contract::ref;
using contract::Variant;
using model::FieldTest;
using model::MatchScalar;
using Mode = model::MatchText::Mode;

// JSON. ---------------------------------------------------------------------------------------

Status read_scalar(const Json& value, Reading& reading, const Place&, void* out) {
  auto& scalar = *static_cast<MatchScalar*>(out);
  if (value.is_string()) {
    scalar = std::string(value.as_string());
  } else if (value.is_int()) {
    scalar = value.as_int();
  } else if (value.is_bool()) {
    scalar = value.as_bool();
  } else {
    return reading.no_variant("ValueVariants");
  }
  return Status::ok_status();
}
constexpr contract::CustomOf<MatchScalar> kScalar{{.schema = "ValueVariants", .read = &read_scalar}};

// A list of strings only or of 64-bit integers only.
Status read_scalars(const Json& value, Reading& reading, const Place&, void* out) {
  constexpr std::string_view kName = "AnyVariants";
  if (!value.is_array()) return reading.no_variant(kName);
  auto& scalars = *static_cast<std::vector<MatchScalar>*>(out);
  Json item = value;
  for (Items items(value); items.next(item);) {
    if (item.is_string()) {
      scalars.emplace_back(std::string(item.as_string()));
    } else if (item.is_int()) {
      scalars.emplace_back(item.as_int());
    } else {
      return reading.no_variant(kName);
    }
    if (scalars.back().index() != scalars.front().index()) return reading.no_variant(kName);
  }
  return Status::ok_status();
}
constexpr contract::CustomOf<std::vector<MatchScalar>> kScalars{{.schema = "AnyVariants", .read = &read_scalars}};

constexpr Field kValueFields[] = {field<&model::MatchValue::value>("value", 0, ref(kScalar)).required()};
constexpr ObjectOf<model::MatchValue> kValue{{.name = "MatchValue", .fields = kValueFields}};

constexpr Field kTextFields[] = {field<&model::MatchText::text>("text", 0, contract::text()).required()};
constexpr ObjectOf<model::MatchText> kText{{.name = "MatchText", .fields = kTextFields}};
constexpr Field kTextAnyFields[] = {field<&model::MatchText::text>("text_any", 0, contract::text()).required()};
constexpr ObjectOf<model::MatchText> kTextAny{{.name = "MatchTextAny", .fields = kTextAnyFields}};
constexpr Field kPhraseFields[] = {field<&model::MatchText::text>("phrase", 0, contract::text()).required()};
constexpr ObjectOf<model::MatchText> kPhrase{{.name = "MatchPhrase", .fields = kPhraseFields}};

constexpr Field kAnyFields[] = {field<&model::MatchAny::values>("any", 0, ref(kScalars)).required()};
constexpr ObjectOf<model::MatchAny> kAny{{.name = "MatchAny", .fields = kAnyFields}};
constexpr Field kExceptFields[] = {field<&model::MatchExcept::values>("except", 0, ref(kScalars)).required()};
constexpr ObjectOf<model::MatchExcept> kExcept{{.name = "MatchExcept", .fields = kExceptFields}};

constexpr Field kPrefixFields[] = {field<&model::MatchPrefix::prefix>("prefix", 0, contract::text()).required()};
constexpr ObjectOf<model::MatchPrefix> kPrefix{{.name = "MatchPrefix", .fields = kPrefixFields}};

template <Mode kMode>
void* make_text(void* test) {
  auto& text = static_cast<FieldTest*>(test)->emplace<model::MatchText>();
  text.mode = kMode;
  return &text;
}

constexpr Variant kVariants[] = {
    {ref(kValue), &alternative<FieldTest, model::MatchValue>},
    {ref(kText), &make_text<Mode::kAll>},
    {ref(kTextAny), &make_text<Mode::kAny>},
    {ref(kPhrase), &make_text<Mode::kPhrase>},
    {ref(kAny), &alternative<FieldTest, model::MatchAny>},
    {ref(kExcept), &alternative<FieldTest, model::MatchExcept>},
    {ref(kPrefix), &alternative<FieldTest, model::MatchPrefix>},
};

// Messages. -----------------------------------------------------------------------------------

template <typename T>
void* make_scalar(void* test) {
  return &static_cast<FieldTest*>(test)->emplace<model::MatchValue>().value.emplace<T>();
}
template <Mode kMode>
void* make_words(void* test) {
  return &static_cast<model::MatchText*>(make_text<kMode>(test))->text;
}

template <typename T>
constexpr contract::ListOf<std::vector<MatchScalar>> scalars_of(contract::Of<T> item) {
  return {{.item = item,
           .append = [](void* list) -> void* {
             return &static_cast<std::vector<MatchScalar>*>(list)->emplace_back().emplace<T>();
           },
           .reserve = [](void* list, std::size_t count) {
             static_cast<std::vector<MatchScalar>*>(list)->reserve(count);
           }}};
}
constexpr auto kStringList = scalars_of(contract::text());
constexpr Field kStringsFields[] = {contract::whole("", 1, contract::list(kStringList))};
constexpr ObjectOf<std::vector<MatchScalar>> kStrings{
    {.name = "RepeatedStrings", .message = "RepeatedStrings", .fields = kStringsFields}};
constexpr auto kIntegerList = scalars_of(contract::integer());
constexpr Field kIntegersFields[] = {contract::whole("", 1, contract::list(kIntegerList))};
constexpr ObjectOf<std::vector<MatchScalar>> kIntegers{
    {.name = "RepeatedIntegers", .message = "RepeatedIntegers", .fields = kIntegersFields}};

constexpr Case kCases[] = {
    {1, "keyword", contract::text(), &make_scalar<std::string>},
    {2, "integer", contract::integer(), &make_scalar<std::int64_t>},
    {3, "boolean", contract::boolean(), &make_scalar<bool>},
    {4, "text", contract::text(), &make_words<Mode::kAll>},
    {5, "keywords", ref(kStrings), &alternative_member<FieldTest, &model::MatchAny::values>},
    {6, "integers", ref(kIntegers), &alternative_member<FieldTest, &model::MatchAny::values>},
    {7, "except_integers", ref(kIntegers), &alternative_member<FieldTest, &model::MatchExcept::values>},
    {8, "except_keywords", ref(kStrings), &alternative_member<FieldTest, &model::MatchExcept::values>},
    {9, "phrase", contract::text(), &make_words<Mode::kPhrase>},
    {10, "text_any", contract::text(), &make_words<Mode::kAny>},
    {11, "prefix", contract::text(), &alternative_member<FieldTest, &model::MatchPrefix::prefix>},
    {.number = 12, .name = "substring", .not_served = "match.substring"},
};

}  // namespace

constexpr contract::UnionOf<FieldTest> kMatch{
    {.name = "MatchInterface", .schema = "Match", .variants = kVariants, .message = "Match", .cases = kCases,
     .unset_words = "Malformed Match condition"}};

}  // namespace alidade::faces::qdrant
