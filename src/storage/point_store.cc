#include "storage/point_store.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace alidade::storage {
namespace {

// Id, first_seen, version and payload reference of a row.
constexpr std::uint64_t kSmallColumnsBytes = 24 + 8 + 8 + sizeof(PayloadRef);
// Where the text of a row without one is.
constexpr std::uint64_t kNoText = ~std::uint64_t{0};

}  // namespace

VectorStore VectorStore::make(const VectorSpec& spec) {
  VectorStore made;
  if (spec.kind == model::VectorKind::kDense) {
    made.dense = std::make_shared<VectorRows>(spec.dim);
  } else {
    made.values = std::make_shared<ValueRows>(spec.kind, spec.dim);
  }
  return made;
}

void VectorStore::ensure(std::uint32_t count) {
  if (dense != nullptr) {
    dense->ensure(count);
  } else {
    values->ensure(count);
  }
}

void VectorStore::put(std::uint32_t row, const model::VectorView& vector) {
  if (dense != nullptr) {
    std::memcpy(dense->mutable_row(row), vector.values, dense->dim() * sizeof(float));
  } else {
    values->put(row, vector);
  }
}

model::VectorView VectorStore::view(std::uint32_t row) const {
  return dense != nullptr ? model::VectorView{dense->row(row), nullptr, 1, 0} : values->row(row);
}

std::uint64_t VectorStore::allocated_bytes() const {
  return dense != nullptr ? dense->allocated_bytes() : values->memory_bytes();
}

Result<std::unique_ptr<PointStore>> PointStore::create(env::Env& env,
                                                       std::string directory,
                                                       std::vector<VectorSpec> specs) {
  // What a crash left of a first checkpoint that no manifest names.
  if (env.exists(directory)) ALD_RETURN_IF_ERROR(remove_unreferenced(env, directory, Manifest()));
  return std::unique_ptr<PointStore>(new PointStore(env, std::move(directory), std::move(specs)));
}

PointStore::PointStore(env::Env& env, std::string directory, std::vector<VectorSpec> specs)
    : env_(env),
      directory_(std::move(directory)),
      specs_(std::move(specs)) {
  for (const VectorSpec& spec : specs_) add_column(spec);
}

PointStore::~PointStore() = default;

std::unique_ptr<PointStore> PointStore::snapshot() const {
  return std::unique_ptr<PointStore>(new PointStore(*this));
}

void PointStore::add_column(const VectorSpec& spec) {
  VectorColumn column;
  column.vectors = VectorStore::make(spec);
  column.vectors.ensure(row_count());
  column.present.resize(row_count());
  if (spec.keeps_norm) column.norms.grow(row_count(), 1.0F);
  columns_.push_back(std::move(column));
}

base::PointOffset PointStore::append(const RowInput& row) {
  ALD_CHECK(row.vectors.size() == specs_.size());
  const base::PointOffset offset(row_count());
  ids_.push_back(row.id);
  first_seen_.push_back(row.first_seen);
  versions_.push_back(row.version);
  append_original_id(row.original_id);
  if (row.lost_payload_of) {
    payloads_.append_lost(*row.lost_payload_of);
  } else {
    payloads_.append(row.payload);
  }
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    VectorColumn& column = columns_[i];
    column.vectors.ensure(offset.value + 1);
    column.present.resize(offset.value + 1);
    if (specs_[i].keeps_norm) {
      column.norms.push_back(i < row.norms.size() && row.vectors[i] ? row.norms[i] : 1.0F);
    }
    if (!row.vectors[i]) continue;
    column.present.set(offset.value);
    column.vectors.put(offset.value, row.vectors[i]);
  }
  live_.resize(offset.value + 1);
  live_.set(offset.value);
  ++live_count_;
  if (const auto before = id_map_.assign(row.id, offset)) {
    order_.move(first_seen_[before->value], *before, row.first_seen, offset);
    // How often places of sparse vectors occur is counted over deleted rows too, but not over replaced ones.
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      if (specs_[i].kind == model::VectorKind::kSparse) columns_[i].present.reset(before->value);
    }
    kill(*before);
  } else {
    order_.add(row.id, row.first_seen, offset);
  }
  ++changes_;
  return offset;
}

void PointStore::append_original_id(std::string_view text) {
  // The column begins with the first text; until then no row pays for it.
  if (text.empty() && original_ids_.empty()) return;
  original_ids_.grow(row_count() - 1, kNoText);
  if (text.empty()) {
    original_ids_.push_back(kNoText);
    return;
  }
  const auto length = static_cast<std::uint32_t>(text.size());
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += text;
  original_ids_.push_back(original_texts_.add(bytes));
}

std::string_view PointStore::original_id(base::PointOffset offset) const {
  if (offset.value >= original_ids_.size()) return {};
  const std::uint64_t place = original_ids_[offset.value];
  if (place == kNoText) return {};
  std::uint32_t length = 0;
  std::memcpy(&length, original_texts_.view(place, sizeof length).data(), sizeof length);
  return original_texts_.view(place, sizeof length + length).substr(sizeof length);
}

void PointStore::kill(base::PointOffset offset) {
  if (!live_.test(offset.value)) return;
  live_.reset(offset.value);
  --live_count_;
  if (id_map_.erase(ids_[offset.value], offset)) order_.remove(ids_[offset.value], first_seen_[offset.value], offset);
  payloads_.clear(offset);
  ++changes_;
}

void PointStore::set_payload(base::PointOffset offset,
                             std::string_view payload,
                             base::OpNumber version) {
  payloads_.set(offset, payload);
  set_version(offset, version);
}

void PointStore::lose_payload(base::PointOffset offset) {
  payloads_.lose(offset);
  ++changes_;
}

std::vector<std::uint32_t> PointStore::lost_payloads() const {
  return {payloads_.lost().begin(), payloads_.lost().end()};
}

void PointStore::set_version(base::PointOffset offset, base::OpNumber version) {
  versions_.write(offset.value) = version;
  ++changes_;
}

void PointStore::add_vector(VectorSpec spec) {
  ALD_CHECK(std::none_of(specs_.begin(), specs_.end(),
                         [&](const VectorSpec& known) { return known.name == spec.name; }));
  add_column(spec);
  specs_.push_back(std::move(spec));
  ++changes_;
}

bool PointStore::remove_vector(std::string_view name) {
  const auto found = std::find_if(specs_.begin(), specs_.end(),
                                  [&](const VectorSpec& spec) { return spec.name == name; });
  if (found == specs_.end()) return false;
  columns_.erase(columns_.begin() + (found - specs_.begin()));
  specs_.erase(found);
  ++changes_;
  return true;
}

std::unique_ptr<PointStore> PointStore::renumbered(const base::RowMap& kept,
                                                   std::vector<VectorStore> vectors) const {
  ALD_CHECK(vectors.size() == specs_.size());
  std::unique_ptr<PointStore> out(new PointStore(env_, directory_, {}));
  out->specs_ = specs_;
  std::vector<PointOrder::Point> points;
  for (const std::uint32_t row : kept.rows()) {
    const base::PointOffset offset(out->row_count());
    out->ids_.push_back(ids_[row]);
    out->first_seen_.push_back(first_seen_[row]);
    out->versions_.push_back(versions_[row]);
    out->append_original_id(original_id(base::PointOffset(row)));
    if (!live_.test(row)) continue;
    out->id_map_.assign(ids_[row], offset);
    points.push_back({ids_[row], first_seen_[row], offset});
  }
  out->order_.fill(points);
  out->live_ = kept.map(live_);
  out->live_count_ = out->live_.count();
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    VectorColumn column{std::move(vectors[i]), kept.map(columns_[i].present), {}};
    if (specs_[i].keeps_norm) {
      for (const std::uint32_t row : kept.rows()) column.norms.push_back(columns_[i].norms[row]);
    }
    out->columns_.push_back(std::move(column));
  }
  out->payloads_ = payloads_.renumbered(kept);
  ++out->changes_;
  return out;
}

std::optional<base::PointOffset> PointStore::find(const model::PointId& id) const {
  return id_map_.find(id);
}

Result<std::string> PointStore::payload(base::PointOffset offset) const {
  auto text = payloads_.read(offset);
  if (text.ok()) return text;
  return text.status().with_context("point " + model::text_of_point(ids_[offset.value], original_id(offset)));
}

std::uint64_t PointStore::row_bytes() const {
  std::uint64_t bytes = kSmallColumnsBytes;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const ValueRows* const values = columns_[i].vectors.values.get();
    bytes += values == nullptr ? specs_[i].dim * sizeof(float) : values->memory_bytes() / std::max(row_count(), 1U);
  }
  return bytes;
}

std::uint64_t PointStore::unsealed_bytes() const {
  if (changes_ == files_->sealed_changes) return 0;
  return (row_count() - files_->sealed_rows) * row_bytes() + payloads_.unsealed_bytes() + 1;
}

std::uint64_t PointStore::resident_bytes() const {
  return row_count() * row_bytes() + original_texts_.memory_bytes() + original_ids_.memory_bytes() +
         id_map_.memory_bytes() + order_.memory_bytes() + payloads_.memory_bytes();
}

std::uint64_t PointStore::disk_bytes() const {
  std::uint64_t bytes = payloads_.disk_bytes() + (files_->table ? files_->table->size_bytes : 0);
  for (const RowsFile& rows : files_->rows) bytes += rows.file.size_bytes;
  return bytes;
}

}  // namespace alidade::storage
