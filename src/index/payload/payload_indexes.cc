#include "index/payload/payload_indexes.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"
#include "index/payload/automatic.h"
#include "index/payload/bool/bool_index.h"
#include "index/payload/geo/geo_index.h"
#include "index/payload/keyword/keyword_index.h"
#include "index/payload/numeric/numeric_index.h"
#include "index/payload/text/text_index.h"
#include "index/payload/uuid/uuid_index.h"

namespace alidade::index {
namespace {

using base::json::Value;

using MakeIndex = std::unique_ptr<FieldIndex> (*)(model::JsonPath, model::FieldSchema);
struct RegistryRow {
  model::FieldType type;
  MakeIndex make;
};
constexpr RegistryRow kRegistry[] = {
    {model::FieldType::kKeyword, make_keyword_index},
    {model::FieldType::kInteger, make_integer_index},
    {model::FieldType::kFloat, make_float_index},
    {model::FieldType::kBool, make_bool_index},
    {model::FieldType::kGeo, make_geo_index},
    {model::FieldType::kDatetime, make_datetime_index},
    {model::FieldType::kUuid, make_uuid_index},
    {model::FieldType::kText, make_text_index},
};

constexpr std::uint32_t kMagic = 0x31495850;  // "PXI1"

// Count descending, ties by value ascending (false before true, strings bytewise).
void sort_and_cut(std::vector<FacetCount>& counts, std::size_t limit) {
  const auto wanted = static_cast<std::ptrdiff_t>(std::min(limit, counts.size()));
  std::partial_sort(counts.begin(), counts.begin() + wanted, counts.end(),
                    [](const FacetCount& a, const FacetCount& b) {
                      return a.count != b.count ? a.count > b.count : a.value < b.value;
                    });
  counts.resize(static_cast<std::size_t>(wanted));
}

}  // namespace

PayloadIndexes::PayloadIndexes() = default;
PayloadIndexes::~PayloadIndexes() = default;
PayloadIndexes::PayloadIndexes(const PayloadIndexes&) = default;
PayloadIndexes& PayloadIndexes::operator=(const PayloadIndexes&) = default;
PayloadIndexes::PayloadIndexes(PayloadIndexes&&) noexcept = default;
PayloadIndexes& PayloadIndexes::operator=(PayloadIndexes&&) noexcept = default;

Result<std::unique_ptr<FieldIndex>> PayloadIndexes::make_field(const std::string& path,
                                                               const model::FieldSchema& schema) {
  std::optional<model::JsonPath> parsed = model::JsonPath::parse(path);
  if (!parsed) return base::invalid_argument("'" + path + "' is no path into a payload");
  for (const RegistryRow& row : kRegistry) {
    if (row.type == schema.type) return row.make(std::move(*parsed), schema);
  }
  return base::unimplemented("no payload index of that type");
}

void PayloadIndexes::install(std::unique_ptr<FieldIndex> field) {
  const std::string path = field->path().to_string();
  schema_.write()[path] = field->schema();
  fields_.write()[path] = base::Cow<Field>(Field(std::move(field)));
}

bool PayloadIndexes::drop(const std::string& path) {
  schema_.write().erase(path);
  return fields_.write().erase(path) > 0;
}

void PayloadIndexes::enable_automatic() { has_automatic_ = true; }

const AutomaticIndexes* PayloadIndexes::automatic() const { return has_automatic_ ? &*automatic_ : nullptr; }

void PayloadIndexes::insert(base::PointOffset offset, const Value& payload) {
  if (!fields_->empty()) {
    for (auto& [path, field] : fields_.write()) field.write().index->insert(offset, payload);
  }
  if (has_automatic_) automatic_.write().insert(offset, payload);
}

void PayloadIndexes::erase(base::PointOffset offset, const Value& payload) {
  if (!fields_->empty()) {
    for (auto& [path, field] : fields_.write()) field.write().index->erase(offset, payload);
  }
  if (has_automatic_) automatic_.write().erase(offset, payload);
}

void PayloadIndexes::row_died(base::PointOffset offset) {
  if (fields_->empty()) return;
  for (auto& [path, field] : fields_.write()) {
    if (field->index->counts(offset)) field.write().index->row_died(offset);
  }
}

const FieldIndex* PayloadIndexes::find(const std::string& path) const {
  const auto field = fields_->find(path);
  return field == fields_->end() ? nullptr : field->second->index.get();
}

std::uint64_t PayloadIndexes::points_count(const std::string& path) const {
  const FieldIndex* field = find(path);
  return field == nullptr ? 0 : field->points_count();
}

const std::map<std::string, std::uint8_t>& PayloadIndexes::seen_keys() const {
  static const std::map<std::string, std::uint8_t> kNone;
  return has_automatic_ ? automatic_->seen_keys() : kNone;
}

std::unique_ptr<OrderedCursor> PayloadIndexes::ordered(const std::string& path,
                                                       OrderDirection direction,
                                                       std::optional<OrderKey> start) const {
  const FieldIndex* field = find(path);
  return field == nullptr || !field->can_order() ? nullptr : field->ordered(direction, start);
}

Result<std::optional<std::vector<FacetCount>>> PayloadIndexes::facet(
    const std::string& path,
    const base::Bitset& rows,
    std::size_t limit,
    const observe::OpContext& context) const {
  using Counts = std::optional<std::vector<FacetCount>>;
  const FieldIndex* field = find(path);
  if (field == nullptr || !field->can_facet()) return Counts();
  ALD_ASSIGN(std::vector<FacetCount> counts, field->facet(rows, context));
  sort_and_cut(counts, limit);
  return Counts(std::move(counts));
}

PayloadIndexes PayloadIndexes::renumbered(const base::RowMap& rows) const {
  PayloadIndexes out;
  for (const auto& [path, field] : *fields_) {
    auto made = make_field(path, field->index->schema());
    ALD_CHECK(made.ok());  // It was made so before.
    (*made)->take_renumbered(*field->index, rows);
    out.install(std::move(*made));
  }
  out.has_automatic_ = has_automatic_;
  if (has_automatic_) out.automatic_ = base::Cow<AutomaticIndexes>(automatic_->renumbered(rows));
  return out;
}

// Layout: magic, flag of the automatic indexes, count, then per field its path, type, parameters
// and content; the automatic indexes; XXH3 of all that.
void PayloadIndexes::serialize(base::ByteWriter& out) const {
  base::ByteWriter body;
  body.put(kMagic);
  body.put(static_cast<std::uint8_t>(has_automatic_));
  body.put(static_cast<std::uint32_t>(fields_->size()));
  for (const auto& [path, field] : *fields_) {
    body.put_text(path);
    body.put(static_cast<std::uint8_t>(field->index->schema().type));
    body.put_text(base::json::to_text(field->index->schema().params));
    field->index->serialize(body);
  }
  if (has_automatic_) automatic_->write(body);
  out.put_bytes(body.bytes());
  out.put(base::hash64(body.bytes()));
}

Result<PayloadIndexes> PayloadIndexes::deserialize(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) return base::data_loss("payload indexes: too short");
  const auto body = bytes.first(bytes.size() - sizeof(std::uint64_t));
  base::ByteReader tail(bytes.subspan(body.size()));
  ALD_ASSIGN(const auto checksum, tail.get<std::uint64_t>());
  if (checksum != base::hash64(body)) return base::data_loss("payload indexes: wrong checksum");

  base::ByteReader in(body);
  ALD_ASSIGN(const auto magic, in.get<std::uint32_t>());
  if (magic != kMagic) return base::data_loss("payload indexes: wrong magic");
  ALD_ASSIGN(const auto automatic, in.get<std::uint8_t>());
  ALD_ASSIGN(const auto count, in.get<std::uint32_t>());
  PayloadIndexes indexes;
  for (std::uint32_t i = 0; i < count; ++i) {
    ALD_ASSIGN(const auto path, in.get_text());
    ALD_ASSIGN(const auto type, in.get<std::uint8_t>());
    ALD_ASSIGN(const auto params, in.get_text());
    auto parsed = base::json::parse(params);
    if (!parsed.ok() || type > static_cast<std::uint8_t>(model::FieldType::kText)) {
      return base::data_loss("payload indexes: unknown kind of index");
    }
    auto field = make_field(std::string(path), {static_cast<model::FieldType>(type), std::move(*parsed)});
    if (!field.ok()) return base::data_loss("payload indexes: '" + std::string(path) + "' is no path");
    ALD_RETURN_IF_ERROR((*field)->deserialize(in));
    indexes.install(std::move(*field));
  }
  if (automatic != 0) {
    indexes.enable_automatic();
    ALD_RETURN_IF_ERROR(indexes.automatic_.write().read(in));
  }
  return indexes;
}

std::uint64_t PayloadIndexes::memory_bytes() const {
  std::uint64_t bytes = has_automatic_ ? automatic_->memory_bytes() : 0;
  for (const auto& [path, field] : *fields_) bytes += field->index->memory_bytes();
  return bytes;
}

std::vector<FacetCount> merge_facets(std::vector<std::vector<FacetCount>> parts, std::size_t limit) {
  std::map<FacetValue, std::uint64_t> sums;
  for (auto& part : parts) {
    for (FacetCount& entry : part) sums[std::move(entry.value)] += entry.count;
  }
  std::vector<FacetCount> merged;
  merged.reserve(sums.size());
  for (auto& [value, count] : sums) merged.push_back({value, count});
  sort_and_cut(merged, limit);
  return merged;
}

}  // namespace alidade::index
