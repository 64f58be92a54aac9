#include "storage/payload_store.h"

#include <algorithm>
#include <cstring>

namespace alidade::storage {
namespace {

// The first chunk is small, as most collections are; the largest bounds what is allocated ahead.
constexpr std::size_t kFirstChunkBytes = 4 << 10;
constexpr std::size_t kLastChunkBytes = 1 << 20;

Status lost_payload(const PayloadSource& source, const PayloadRef& ref) {
  const std::string what = "the payload is lost: it could not be read when a change built on it";
  if (source.file == nullptr) return data_loss(what);
  return data_loss(source.file->path() + ": byte " + std::to_string(kBlockFileHeaderBytes + ref.position) + ": " +
                   what);
}

}  // namespace

std::uint64_t PayloadArena::add(std::string_view text) {
  if (chunks_->empty() || size_ - used_ < text.size()) {
    const std::size_t doubled = chunks_->empty() ? kFirstChunkBytes : size_ * 2;
    const std::size_t size = std::max(text.size(), std::min(doubled, kLastChunkBytes));
    chunks_.write().push_back(std::make_shared_for_overwrite<char[]>(size));
    size_ = size;
    used_ = 0;
    memory_bytes_ += size;
  }
  std::memcpy(chunks_->back().get() + used_, text.data(), text.size());
  const std::uint64_t position = (std::uint64_t{chunks_->size() - 1} << 32) | used_;
  used_ += text.size();
  return position;
}

std::string_view PayloadArena::view(std::uint64_t position, std::uint32_t length) const {
  return {(*chunks_)[position >> 32].get() + (position & 0xFFFFFFFFU), length};
}

Result<std::string> read_payload(const PayloadSource& source, const PayloadRef& ref) {
  if (source.arena) return std::string(source.arena->view(ref.position, ref.length));
  std::string text(ref.length, '\0');
  ALD_RETURN_IF_ERROR(source.file->read(ref.position, std::as_writable_bytes(std::span(text))));
  return text;
}

PayloadStore::PayloadStore() : sources_(1) {}

void PayloadStore::append(std::string_view text) { refs_.push_back(add(text)); }

void PayloadStore::append_lost(base::PointOffset from) {
  const auto row = static_cast<std::uint32_t>(refs_.size());
  refs_.push_back(refs_[from.value]);
  const PayloadRef& ref = refs_.back();
  if (ref.slot != 0) sources_[ref.slot].live_bytes += ref.length;
  lose(base::PointOffset(row));
}

void PayloadStore::lose(base::PointOffset row) { lost_.write().insert(row.value); }

void PayloadStore::set(base::PointOffset row, std::string_view text) {
  const PayloadRef ref = add(text);
  release(refs_[row.value]);
  refs_.write(row.value) = ref;
  if (lost_->contains(row.value)) lost_.write().erase(row.value);
}

void PayloadStore::clear(base::PointOffset row) {
  release(refs_[row.value]);
  refs_.write(row.value) = PayloadRef();
  if (lost_->contains(row.value)) lost_.write().erase(row.value);
}

Result<std::string> PayloadStore::read(base::PointOffset row) const {
  const PayloadRef& ref = refs_[row.value];
  if (!lost_->empty() && lost_->contains(row.value)) return lost_payload(sources_[ref.slot], ref);
  if (ref.slot == 0) return std::string();
  return read_payload(sources_[ref.slot], ref);
}

PayloadRef PayloadStore::add(std::string_view text) {
  if (text.empty()) return PayloadRef();
  if (open_slot_ == 0) open_slot_ = new_slot({PayloadArena(), nullptr, 0});
  PayloadSource& source = sources_[open_slot_];
  source.live_bytes += text.size();
  return {open_slot_, static_cast<std::uint32_t>(text.size()), source.arena->add(text)};
}

void PayloadStore::release(const PayloadRef& ref) {
  if (ref.slot != 0) sources_[ref.slot].live_bytes -= ref.length;
}

std::uint32_t PayloadStore::new_slot(PayloadSource source) {
  for (std::uint32_t slot = 1; slot < sources_.size(); ++slot) {
    if (sources_[slot].arena || sources_[slot].file != nullptr) continue;
    sources_[slot] = std::move(source);
    return slot;
  }
  sources_.push_back(std::move(source));
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

void PayloadStore::seal() { open_slot_ = 0; }

void PayloadStore::finish(std::shared_ptr<const BlockFileReader> file,
                          const std::vector<PayloadMove>& moves,
                          const std::vector<std::uint32_t>& rewritten_slots) {
  const std::uint32_t new_file_slot = file == nullptr ? 0 : new_slot({std::nullopt, std::move(file), 0});
  for (const PayloadMove& move : moves) {
    if (refs_[move.row.value] != move.from) continue;  // Changed or deleted since the checkpoint began.
    PayloadRef& ref = refs_.write(move.row.value);
    ref.slot = new_file_slot;
    ref.position = move.position;
    sources_[new_file_slot].live_bytes += ref.length;
  }
  for (const std::uint32_t slot : rewritten_slots) sources_[slot] = PayloadSource();
}

std::uint32_t PayloadStore::add_file(std::shared_ptr<const BlockFileReader> file) {
  return new_slot({std::nullopt, std::move(file), 0});
}

void PayloadStore::set_refs(const std::vector<PayloadRef>& refs) {
  refs_ = {};
  refs_.append(refs);
  for (const PayloadRef& ref : refs) {
    if (ref.slot != 0) sources_[ref.slot].live_bytes += ref.length;
  }
}

PayloadStore PayloadStore::renumbered(const base::RowMap& rows) const {
  PayloadStore out;
  out.sources_ = sources_;
  out.open_slot_ = open_slot_;
  for (PayloadSource& source : out.sources_) source.live_bytes = 0;
  std::vector<PayloadRef> refs;
  refs.reserve(rows.size());
  for (const std::uint32_t row : rows.rows()) {
    if (lost_->contains(row)) out.lost_.write().insert(static_cast<std::uint32_t>(refs.size()));
    refs.push_back(refs_[row]);
  }
  out.set_refs(refs);
  return out;
}

std::uint64_t PayloadStore::unsealed_bytes() const {
  std::uint64_t bytes = 0;
  for (const PayloadSource& source : sources_) {
    // Dead texts count too: they hold memory until the next checkpoint.
    if (source.arena) bytes += source.arena->memory_bytes();
  }
  return bytes;
}

std::uint64_t PayloadStore::memory_bytes() const {
  return unsealed_bytes() + refs_.memory_bytes();
}

std::uint64_t PayloadStore::disk_bytes() const {
  std::uint64_t bytes = 0;
  for (const PayloadSource& source : sources_) {
    if (source.file != nullptr) bytes += source.file->file().size_bytes;
  }
  return bytes;
}

}  // namespace alidade::storage
