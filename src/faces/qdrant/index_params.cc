#include "faces/qdrant/index_params.h"

#include <algorithm>

#include "faces/contract/read_json.h"
#include "faces/contract/read_proto.h"
#include "faces/contract/write_json.h"
#include "faces/contract/write_proto.h"
#include "faces/qdrant/setting_words.h"

namespace alidade::faces::qdrant {
namespace {

using base::json::Writer;
using contract::boolean;
using contract::field;
using contract::Field;
using contract::Items;
using contract::Json;
using contract::Lists;
using contract::ObjectOf;
using contract::Place;
using contract::Proto;
using contract::ProtoOut;
using contract::ProtoReading;
using contract::Reading;
using contract::ref;
using contract::unsigned_integer;
using contract::Variant;
using model::FieldType;
using std::string_view;

constexpr string_view kStopwordLanguageNames[] = {
    "arabic",   "azerbaijani", "basque",   "bengali",   "catalan",  "chinese",  "danish",   "dutch",
    "english",  "finnish",     "french",   "german",    "greek",    "hebrew",   "hinglish", "hungarian",
    "indonesian", "italian",   "japanese", "kazakh",    "nepali",   "norwegian", "portuguese",
    "romanian", "russian",     "slovene",  "spanish",   "swedish",  "tajik",    "turkish"};
constexpr string_view kStemmerLanguageNames[] = {
    "arabic",  "armenian", "danish",    "dutch",      "english",  "finnish", "french",
    "german",  "greek",    "hungarian", "italian",    "norwegian", "portuguese", "romanian",
    "russian", "spanish",  "swedish",   "tamil",      "turkish"};

constexpr string_view kTokenizerWords[] = {"prefix", "whitespace", "word", "multilingual"};
constexpr contract::WordsOf<TokenizerKind> kTokenizer{
    {.schema = "TokenizerType", .words = kTokenizerWords, .first = 1,
     .zero_refusal = "unknown tokenizer type", .refusal = "unknown tokenizer type"}};

// The type, which JSON repeats among the parameters. --------------------------------------------

template <FieldType kType>
Status read_type(const Json& value, Reading& reading, const Place&, void* out) {
  if (!value.is_string() || value.as_string() != model::field_type_name(kType)) {
    return reading.no_variant("PayloadSchemaParams");
  }
  *static_cast<FieldType*>(out) = kType;
  return Status::ok_status();
}
void write_type(const void* value, Writer& writer) {
  writer.string(model::field_type_name(*static_cast<const FieldType*>(value)));
}
template <FieldType kType>
constexpr contract::CustomOf<FieldType> kTypeName{{.schema = "type", .read = &read_type<kType>, .write = &write_type}};
template <FieldType kType>
constexpr Field type_field() {
  return field<&IndexParams::type>("type", 0, ref(kTypeName<kType>)).required();
}

// The flag of a keyword index that is an empty message. -----------------------------------------

Status read_flag(const Json& value, Reading& reading, const Place& place, void* out) {
  return contract::read(value, boolean(), reading, place, out);
}
Status read_flag(const Proto&, const ProtoReading&, void* out) {
  *static_cast<bool*>(out) = true;
  return Status::ok_status();
}
void write_flag(const void* value, Writer& writer) { writer.boolean(*static_cast<const bool*>(value)); }
void write_flag(const void* value, ProtoOut& out) {
  if (*static_cast<const bool*>(value)) out.touch();
}
constexpr contract::CustomOf<bool> kPrefixFlag{{.schema = "boolean", .read = &read_flag, .read_proto = &read_flag,
                                            .write = &write_flag, .write_proto = &write_flag}};

// Words that are left out. ----------------------------------------------------------------------

bool is_language(const Json& value) {
  return value.is_string() && std::find(std::begin(kStopwordLanguageNames), std::end(kStopwordLanguageNames),
                                        value.as_string()) != std::end(kStopwordLanguageNames);
}

/// @return false for a list that holds something else.
bool read_texts(const Json& value, bool (*fits)(const Json&), std::optional<std::vector<std::string>>& out) {
  if (value.is_null()) return true;
  if (!value.is_array()) return false;
  auto& texts = out.emplace();
  Json item = value;
  for (Items items(value); items.next(item);) {
    if (!fits(item)) return false;
    texts.emplace_back(item.as_string());
  }
  return true;
}

Status read_stopwords(const Json& value, Reading& reading, const Place&, void* out) {
  auto& stopwords = *static_cast<Stopwords*>(out);
  stopwords = {};
  if (value.is_string()) {
    stopwords.is_one_language = true;
    stopwords.languages = {{std::string(value.as_string())}};
    return is_language(value) ? Status::ok_status() : reading.no_variant("StopwordsInterface");
  }
  if (!value.is_object()) return reading.no_variant("StopwordsInterface");
  const auto languages = value.find("languages"), custom = value.find("custom");
  const bool fits = (!languages || read_texts(*languages, &is_language, stopwords.languages)) &&
                    (!custom || read_texts(*custom, [](const Json& word) { return word.is_string(); }, stopwords.custom));
  return fits ? Status::ok_status() : reading.no_variant("StopwordsInterface");
}

// The peer knows each language by a code, too.
constexpr string_view kLanguagesAndCodes =
    "`ar`, `arabic`, `az`, `azerbaijani`, `basque`, `eu`, `bengali`, `bn`, `ca`, `catalan`, "
    "`chinese`, `zh`, `da`, "
    "`danish`, `dutch`, `nl`, `en`, `english`, `fi`, `finnish`, `fr`, `french`, `de`, `german`, "
    "`el`, `greek`, `he`, "
    "`hebrew`, `hi-en`, `hinglish`, `hu`, `hungarian`, `id`, `indonesian`, `it`, `italian`, "
    "`japanese`, `jp`, "
    "`kazakh`, `kk`, `ne`, `nepali`, `no`, `norwegian`, `portuguese`, `pt`, `ro`, `romanian`, "
    "`ru`, `russian`, `sl`, "
    "`slovene`, `es`, `spanish`, `sv`, `swedish`, `tajik`, `tg`, `tr`, `turkish`";

constexpr int kStopLanguages = 1, kCustomWords = 2;

Status read_stopwords(const Proto& value, const ProtoReading& reading, void* out) {
  auto& stopwords = *static_cast<Stopwords*>(out);
  stopwords = {};
  for (const std::string& language : value.texts(kStopLanguages)) {
    if (kLanguagesAndCodes.find("`" + language + "`") == string_view::npos) {
      return reading.malformed("unknown language: unknown variant `" + language + "`, expected one of " +
                               std::string(kLanguagesAndCodes) + " at line 1 column " +
                               std::to_string(language.size() + 2));
    }
  }
  if (auto texts = value.texts(kStopLanguages); !texts.empty()) stopwords.languages = std::move(texts);
  if (auto texts = value.texts(kCustomWords); !texts.empty()) stopwords.custom = std::move(texts);
  return Status::ok_status();
}

void write_texts(string_view name, const std::optional<std::vector<std::string>>& texts, Writer& writer) {
  if (!texts) return;
  writer.key(name);
  writer.begin_array();
  for (const std::string& text : *texts) writer.string(text);
  writer.end_array();
}

void write_stopwords(const void* value, Writer& writer) {
  const auto& stopwords = *static_cast<const Stopwords*>(value);
  if (stopwords.is_one_language) return writer.string(stopwords.languages->front());
  writer.begin_object();
  write_texts("languages", stopwords.languages, writer);
  write_texts("custom", stopwords.custom, writer);
  writer.end_object();
}
void write_stopwords(const void* value, ProtoOut& out) {
  const auto& stopwords = *static_cast<const Stopwords*>(value);
  out.touch();
  for (const auto& [number, texts] : {std::pair(kStopLanguages, &stopwords.languages), std::pair(kCustomWords, &stopwords.custom)}) {
    if (!*texts) continue;
    for (const std::string& text : **texts) out.add_text(number, text);
  }
}
constexpr contract::CustomOf<Stopwords> kStopwords{
    {.schema = "StopwordsInterface", .read = &read_stopwords, .read_proto = &read_stopwords,
     .write = &write_stopwords, .write_proto = &write_stopwords}};

// Stemmers. -------------------------------------------------------------------------------------

Status read_stemmer(const Json& value, Reading& reading, const Place&, void* out) {
  auto& stemmer = *static_cast<Stemmer*>(out);
  stemmer = {};
  const auto type = value.find("type"), language = value.find("language");
  const auto is = [](const std::optional<Json>& member, string_view word) {
    return member && member->is_string() && member->as_string() == word;
  };
  if (is(type, "none")) return Status::ok_status();
  const bool known = language && language->is_string() &&
                     std::find(std::begin(kStemmerLanguageNames), std::end(kStemmerLanguageNames),
                               language->as_string()) != std::end(kStemmerLanguageNames);
  if (!is(type, "snowball") || !known) return reading.no_variant("StemmingAlgorithm");
  stemmer.language = std::string(language->as_string());
  return Status::ok_status();
}

constexpr int kSnowball = 1, kDisabledStemmer = 2;

Status read_stemmer(const Proto& value, const ProtoReading& reading, void* out) {
  auto& stemmer = *static_cast<Stemmer*>(out);
  stemmer = {};
  if (!value.has(kSnowball)) return Status::ok_status();
  const std::string language = value.inside_text(kSnowball, 1);
  if (std::find(std::begin(kStemmerLanguageNames), std::end(kStemmerLanguageNames), language) ==
      std::end(kStemmerLanguageNames)) {
    return reading.malformed("field_index_params cannot be read");
  }
  stemmer.language = language;
  return Status::ok_status();
}
void write_stemmer(const void* value, Writer& writer) {
  const auto& stemmer = *static_cast<const Stemmer*>(value);
  writer.begin_object();
  writer.key("type");
  writer.string(stemmer.language ? "snowball" : "none");
  if (stemmer.language) {
    writer.key("language");
    writer.string(*stemmer.language);
  }
  writer.end_object();
}
void write_stemmer(const void* value, ProtoOut& out) {
  const auto& stemmer = *static_cast<const Stemmer*>(value);
  if (!stemmer.language) return out.touch_inside(kDisabledStemmer);
  out.set_inside_text(kSnowball, 1, *stemmer.language);
}
constexpr contract::CustomOf<Stemmer> kStemmer{
    {.schema = "StemmingAlgorithm", .read = &read_stemmer, .read_proto = &read_stemmer,
     .write = &write_stemmer, .write_proto = &write_stemmer}};

// Types. ----------------------------------------------------------------------------------------

constexpr Field on_disk(int number) { return field<&IndexParams::on_disk>("on_disk", number, boolean()); }
constexpr Field memory(int number) { return field<&IndexParams::memory>("memory", number, ref(kMemory)); }
constexpr Field enable_hnsw(int number) { return field<&IndexParams::enable_hnsw>("enable_hnsw", number, boolean()); }
constexpr Field tenant(int number) { return field<&IndexParams::is_tenant>("is_tenant", number, boolean()); }
constexpr Field principal(int number) {
  return field<&IndexParams::is_principal>("is_principal", number, boolean()).shown_as_null();
}

Status check_integer(const void* object, Reading& reading, const Place& place) {
  const auto& params = *static_cast<const IndexParams*>(object);
  if (params.lookup.value_or(true) || params.range.value_or(true)) return Status::ok_status();
  reading.broken(Place(place, "lookup"),
                 "Validation error: the 'lookup' and 'range' capabilities can't be both disabled [{}]");
  return Status::ok_status();
}

// What the messages have and this version does not do is looked at before (read_field_schema()).
constexpr int kKeywordBesides[] = {6}, kIntegerBesides[] = {7}, kFloatBesides[] = {5}, kGeoBesides[] = {4},
              kTextBesides[] = {12, 13}, kBoolBesides[] = {4}, kDatetimeBesides[] = {5}, kUuidBesides[] = {5};

constexpr Field kKeywordIndexFields[] = {type_field<FieldType::kKeyword>(), tenant(1), on_disk(2), memory(5), enable_hnsw(3),
                                    field<&IndexParams::prefix>("prefix", 4, ref(kPrefixFlag))};
constexpr Field kIntegerIndexFields[] = {type_field<FieldType::kInteger>(),
                                    field<&IndexParams::lookup>("lookup", 1, boolean()).shown_as_null(),
                                    field<&IndexParams::range>("range", 2, boolean()).shown_as_null(),
                                    principal(3), on_disk(4), memory(6), enable_hnsw(5)};
constexpr Field kFloatIndexFields[] = {type_field<FieldType::kFloat>(), principal(2), on_disk(1), memory(4), enable_hnsw(3)};
constexpr Field kGeoIndexFields[] = {type_field<FieldType::kGeo>(), on_disk(1), memory(3), enable_hnsw(2)};
constexpr Field kTextIndexFields[] = {
    type_field<FieldType::kText>(),
    field<&IndexParams::tokenizer>("tokenizer", 1, ref(kTokenizer)).not_null(),
    field<&IndexParams::min_token_len>("min_token_len", 3, unsigned_integer(contract::kUsize)),
    field<&IndexParams::max_token_len>("max_token_len", 4, unsigned_integer(contract::kUsize)),
    field<&IndexParams::lowercase>("lowercase", 2, boolean()),
    field<&IndexParams::ascii_folding>("ascii_folding", 9, boolean()),
    field<&IndexParams::phrase_matching>("phrase_matching", 7, boolean()),
    field<&IndexParams::stopwords>("stopwords", 6, ref(kStopwords)),
    on_disk(5), memory(11),
    field<&IndexParams::stemmer>("stemmer", 8, ref(kStemmer)),
    enable_hnsw(10),
};
constexpr Field kBoolIndexFields[] = {type_field<FieldType::kBool>(), on_disk(1), memory(3), enable_hnsw(2)};
constexpr Field kDatetimeIndexFields[] = {type_field<FieldType::kDatetime>(), principal(2), on_disk(1), memory(4),
                                     enable_hnsw(3)};
constexpr Field kUuidIndexFields[] = {type_field<FieldType::kUuid>(), tenant(1), on_disk(2), memory(4), enable_hnsw(3)};

constexpr ObjectOf<IndexParams> table(string_view name, std::span<const Field> fields, std::span<const int> besides) {
  return {{.name = name, .message = name, .fields = fields, .lists = Lists::kByPosition, .besides = besides}};
}
constexpr ObjectOf<IndexParams> kKeywordParams = table("KeywordIndexParams", kKeywordIndexFields, kKeywordBesides),
                                kFloatParams = table("FloatIndexParams", kFloatIndexFields, kFloatBesides),
                                kGeoParams = table("GeoIndexParams", kGeoIndexFields, kGeoBesides),
                                kTextParams = table("TextIndexParams", kTextIndexFields, kTextBesides),
                                kBoolParams = table("BoolIndexParams", kBoolIndexFields, kBoolBesides),
                                kDatetimeParams = table("DatetimeIndexParams", kDatetimeIndexFields, kDatetimeBesides),
                                kUuidParams = table("UuidIndexParams", kUuidIndexFields, kUuidBesides);
constexpr ObjectOf<IndexParams> kIntegerParams{
    {.name = "IntegerIndexParams", .message = "IntegerIndexParams", .fields = kIntegerIndexFields,
     .lists = Lists::kByPosition, .check = &check_integer, .besides = kIntegerBesides}};

void* cleared_params(void* params) {
  *static_cast<IndexParams*>(params) = {};
  return params;
}
template <FieldType kType>
const void* params_if(const void* params) {
  return static_cast<const IndexParams*>(params)->type == kType ? params : nullptr;
}
constexpr Variant kIndexVariants[] = {
    {.type = ref(kKeywordParams), .make = &cleared_params, .get = &params_if<FieldType::kKeyword>},
    {.type = ref(kIntegerParams), .make = &cleared_params, .get = &params_if<FieldType::kInteger>},
    {.type = ref(kFloatParams), .make = &cleared_params, .get = &params_if<FieldType::kFloat>},
    {.type = ref(kGeoParams), .make = &cleared_params, .get = &params_if<FieldType::kGeo>},
    {.type = ref(kTextParams), .make = &cleared_params, .get = &params_if<FieldType::kText>},
    {.type = ref(kBoolParams), .make = &cleared_params, .get = &params_if<FieldType::kBool>},
    {.type = ref(kDatetimeParams), .make = &cleared_params, .get = &params_if<FieldType::kDatetime>},
    {.type = ref(kUuidParams), .make = &cleared_params, .get = &params_if<FieldType::kUuid>},
};

}  // namespace

constexpr contract::UnionOf<IndexParams> kIndexParams{{.name = "PayloadSchemaParams", .variants = kIndexVariants}};

const ObjectOf<IndexParams>& index_params_of(FieldType type) {
  switch (type) {
    case FieldType::kKeyword: return kKeywordParams;
    case FieldType::kInteger: return kIntegerParams;
    case FieldType::kFloat: return kFloatParams;
    case FieldType::kBool: return kBoolParams;
    case FieldType::kGeo: return kGeoParams;
    case FieldType::kDatetime: return kDatetimeParams;
    case FieldType::kUuid: return kUuidParams;
    case FieldType::kText: return kTextParams;
  }
  return kKeywordParams;
}

constexpr std::span<const string_view> kStopwordLanguages(kStopwordLanguageNames);
constexpr std::span<const string_view> kStemmerLanguages(kStemmerLanguageNames);

}  // namespace alidade::faces::qdrant
