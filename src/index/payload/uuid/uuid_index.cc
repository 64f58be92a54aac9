#include "index/payload/uuid/uuid_index.h"

#include <algorithm>

#include "base/uuid.h"
#include "index/payload/posting_map.h"
#include "index/payload/values.h"

namespace alidade::index {
namespace {

using base::Uuid;
using base::json::Value;

std::optional<Uuid> uuid_of(const Value& value) {
  return value.is_string() ? Uuid::parse(value.as_string()) : std::nullopt;
}

std::optional<std::vector<Uuid>> uuids_of(const std::vector<model::MatchScalar>& values) {
  std::vector<Uuid> uuids;
  for (const auto& value : values) {
    const auto* text = std::get_if<std::string>(&value);
    const std::optional<Uuid> uuid = text == nullptr ? std::nullopt : Uuid::parse(*text);
    if (!uuid) return std::nullopt;
    uuids.push_back(*uuid);
  }
  return uuids;
}

class UuidIndex final : public FieldIndex {
 public:
  using FieldIndex::FieldIndex;
  std::unique_ptr<FieldIndex> clone() const override { return std::make_unique<UuidIndex>(*this); }

  bool can_facet() const override { return true; }
  Result<std::vector<FacetCount>> facet(const base::Bitset& rows,
                                        const observe::OpContext& context) const override {
    std::vector<FacetCount> counts;
    FacetPulse pulse(context);
    values_.for_each([&](const Uuid& value, const Posting& posting) {
      if (!pulse.next(posting.size())) return;
      if (const auto count = posting.count(rows); count > 0) {
        counts.push_back({value.to_string(), count});
      }
    });
    ALD_RETURN_IF_ERROR(pulse.status());
    return counts;
  }

 protected:
  bool add_value(std::uint32_t row, const Value& value) override {
    const auto uuid = uuid_of(value);
    if (uuid) values_.add(*uuid, row);
    return uuid.has_value();
  }
  void remove_value(std::uint32_t row, const Value& value) override {
    if (const auto uuid = uuid_of(value)) values_.remove(*uuid, row);
  }

  std::optional<FieldMatcher> type_matcher(const model::FieldTest& test) const override {
    if (const auto* match = std::get_if<model::MatchValue>(&test)) {
      if (auto uuids = uuids_of({match->value})) return list_matcher(std::move(*uuids), true);
    } else if (const auto* any = std::get_if<model::MatchAny>(&test)) {
      if (auto uuids = uuids_of(any->values)) return list_matcher(std::move(*uuids), true);
    } else if (const auto* except = std::get_if<model::MatchExcept>(&test)) {
      if (auto uuids = uuids_of(except->values)) return list_matcher(std::move(*uuids), false);
    }
    return std::nullopt;
  }

  void write_values(base::ByteWriter& out) const override { values_.write(out); }
  Status read_values(base::ByteReader& in) override { return values_.read(in); }
  void take_renumbered_values(const FieldIndex& from, const base::RowMap& rows) override {
    const auto& other = static_cast<const UuidIndex&>(from);
    values_ = other.values_.renumbered(rows);
  }
  std::uint64_t value_bytes() const override { return values_.memory_bytes(); }

 private:
  // Some value that is in the list, or some that is not.
  FieldMatcher list_matcher(std::vector<Uuid> listed, bool wanted) const {
    std::sort(listed.begin(), listed.end());
    return {[this, listed, wanted](base::Bitset& rows) {
              if (wanted) {
                select_any(values_, listed, rows);
              } else {
                select_except(values_, listed, indexed_rows(), multi_rows(), rows);
              }
            },
            [listed, wanted](const std::vector<const Value*>& values) {
              return any_element(values, [&](const Value& value) {
                const auto uuid = uuid_of(value);
                return uuid && std::binary_search(listed.begin(), listed.end(), *uuid) == wanted;
              });
            }};
  }

  PostingMap<Uuid> values_;
};

}  // namespace

std::unique_ptr<FieldIndex> make_uuid_index(model::JsonPath path, model::FieldSchema schema) {
  return std::make_unique<UuidIndex>(std::move(path), std::move(schema));
}

}  // namespace alidade::index
