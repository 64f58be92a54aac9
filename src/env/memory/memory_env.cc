#include "env/memory/memory_env.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace alidade::env {

/// A file or a folder. Both have a current and a durable state.
struct MemoryEnv::Node {
  using Entries = std::map<std::string, std::shared_ptr<Node>>;
  bool is_directory = false;
  base::Bytes content;
  base::Bytes durable_content;
  std::size_t synced_prefix = 0;  // Up to here both contents are the same.
  Entries entries;
  Entries durable_entries;
  // What made the one of the other, in order; nullptr is a removal.
  std::vector<std::pair<std::string, std::shared_ptr<Node>>> unsynced_changes;

  void put(const std::string& name, const std::shared_ptr<Node>& child) {
    entries[name] = child;
    unsynced_changes.emplace_back(name, child);
  }
  void erase(const std::string& name) {
    if (entries.erase(name) > 0) unsynced_changes.emplace_back(name, nullptr);
  }
  void sync_entries() {
    durable_entries = entries;
    unsynced_changes.clear();
  }
  void cut(std::size_t size) {
    content.resize(size);
    synced_prefix = std::min(synced_prefix, size);
  }
  void sync() {
    durable_content.resize(synced_prefix);
    durable_content.insert(durable_content.end(),
                           content.begin() + static_cast<std::ptrdiff_t>(synced_prefix),
                           content.end());
    synced_prefix = content.size();
  }
};

struct MemoryEnv::State {
  mutable base::Mutex mutex;
  std::shared_ptr<Node> root = std::make_shared<Node>();
  std::set<std::string> locks;
  std::mt19937_64 random;
  std::int64_t now_us = 1'700'000'000'000'000;
  std::uint64_t epoch = 0;  // Counts crashes; a handle of an earlier epoch is dead.
  std::size_t open_files = 0;
};

namespace {

using Node = MemoryEnv::Node;
using State = MemoryEnv::State;

constexpr std::size_t kSectorBytes = 512;

Status no_such(const std::string& path) {
  return not_found("open '" + path + "': No such file or directory");
}
Status dead_handle() { return Status(StatusCode::kIo, "the file was open when the power went"); }

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (!part.empty() && part != ".") parts.push_back(part);
    start = end + 1;
  }
  return parts;
}

std::shared_ptr<Node> find_node(const State& state, const std::string& path) {
  std::shared_ptr<Node> node = state.root;
  for (const std::string& part : parts_of(path)) {
    const auto found = node->entries.find(part);
    if (found == node->entries.end()) return nullptr;
    node = found->second;
  }
  return node;
}

/// The folder that holds (or would hold) the path, and the last part of it.
struct Place {
  std::shared_ptr<Node> directory;
  std::string name;
};

Result<Place> find_place(const State& state, const std::string& path) {
  const auto parts = parts_of(path);
  if (parts.empty()) return invalid_argument("no file name: '" + path + "'");
  Place place{find_node(state, parent_directory(path)), parts.back()};
  if (place.directory == nullptr || !place.directory->is_directory) return no_such(path);
  return place;
}

class Handle {
 public:
  Handle(std::shared_ptr<State> state, std::shared_ptr<Node> node)
      : state_(std::move(state)), node_(std::move(node)), epoch_(state_->epoch) {
    ++state_->open_files;
  }
  ~Handle() {
    base::MutexLock lock(state_->mutex);
    --state_->open_files;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  bool alive() const { return epoch_ == state_->epoch; }
  base::Mutex& mutex() const { return state_->mutex; }
  Node& node() const { return *node_; }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::uint64_t epoch_;
};

class MemoryWritableFile final : public WritableFile {
 public:
  MemoryWritableFile(std::shared_ptr<State> state, std::shared_ptr<Node> node)
      : handle_(std::move(state), std::move(node)) {}

  Status append(std::span<const std::byte> bytes) override {
    return with(
        [&](Node& node) { node.content.insert(node.content.end(), bytes.begin(), bytes.end()); });
  }
  Status sync() override {
    return with([](Node& node) { node.sync(); });
  }
  Status preallocate(std::uint64_t) override {
    return with([](Node&) {});
  }
  Status truncate(std::uint64_t size_bytes) override {
    return with([&](Node& node) { node.cut(size_bytes); });
  }
  std::uint64_t size() const override {
    base::MutexLock lock(handle_.mutex());
    return handle_.node().content.size();
  }
  Status close() override {
    return with([](Node&) {});
  }

 private:
  template <typename Change>
  Status with(Change change) {
    base::MutexLock lock(handle_.mutex());
    if (!handle_.alive()) return dead_handle();
    change(handle_.node());
    return Status();
  }
  Handle handle_;
};

class MemoryReadableFile final : public RandomAccessFile {
 public:
  MemoryReadableFile(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path)
      : handle_(std::move(state), std::move(node)), path_(std::move(path)) {}

  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    base::MutexLock lock(handle_.mutex());
    if (!handle_.alive()) return dead_handle();
    const base::Bytes& content = handle_.node().content;
    if (offset > content.size() || out.size() > content.size() - offset) {
      return data_loss(path_ + ": the file ends at byte " + std::to_string(content.size()));
    }
    if (!out.empty()) std::memcpy(out.data(), content.data() + offset, out.size());
    return Status();
  }
  std::uint64_t size() const override {
    base::MutexLock lock(handle_.mutex());
    return handle_.node().content.size();
  }

 private:
  Handle handle_;
  std::string path_;
};

class MemoryLock final : public FileLock {
 public:
  MemoryLock(std::shared_ptr<State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)), epoch_(state_->epoch) {}
  ~MemoryLock() override {
    base::MutexLock lock(state_->mutex);
    if (epoch_ == state_->epoch) state_->locks.erase(path_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
  std::uint64_t epoch_;
};

/// The unsynced pieces of 512 bytes each reach the disk or not; the file's size grows to the last
/// one that did, or to all of them. A lost piece reads as zeros, or as what was durable there.
void keep_any_content(Node& node, std::mt19937_64& random) {
  if (node.synced_prefix == node.content.size() && node.durable_content == node.content) return;
  base::Bytes left = node.durable_content;
  if (random() % 2 == 0 && node.content.size() < left.size()) left.resize(node.content.size());
  // All and nothing are as likely as everything between, however many pieces there are.
  const std::uint64_t odds = random() % 5;
  for (std::size_t at = node.synced_prefix / kSectorBytes * kSectorBytes; at < node.content.size();
       at += kSectorBytes) {
    if (random() % 4 >= odds) continue;
    const std::size_t end = std::min(at + kSectorBytes, node.content.size());
    if (left.size() < end) left.resize(end);
    std::memcpy(left.data() + at, node.content.data() + at, end - at);
  }
  if (random() % 4 == 0 && left.size() < node.content.size()) left.resize(node.content.size());
  node.content = std::move(left);
}

/// Each name takes what it was at some time since the last sync.
void keep_any_entries(Node& node, std::mt19937_64& random) {
  std::map<std::string, std::vector<std::shared_ptr<Node>>> changes;
  for (auto& [name, child] : node.unsynced_changes) changes[name].push_back(child);
  Node::Entries left = node.durable_entries;
  const std::uint64_t odds = random() % 5;
  for (const auto& [name, children] : changes) {
    if (random() % 4 >= odds) continue;
    const auto& child = children[random() % children.size()];
    if (child == nullptr) {
      left.erase(name);
    } else {
      left[name] = child;
    }
  }
  node.entries = std::move(left);
}

using Copies = std::map<const Node*, std::shared_ptr<Node>>;

/// A node that has several names stays one node.
std::shared_ptr<Node> copy_node(const std::shared_ptr<Node>& node, Copies& copies) {
  if (node == nullptr) return nullptr;
  std::shared_ptr<Node>& copy = copies[node.get()];
  if (copy != nullptr) return copy;
  copy = std::make_shared<Node>(*node);
  const std::shared_ptr<Node> result = copy;
  for (auto& [name, child] : result->entries) child = copy_node(child, copies);
  for (auto& [name, child] : result->durable_entries) child = copy_node(child, copies);
  for (auto& [name, child] : result->unsynced_changes) child = copy_node(child, copies);
  return result;
}

/// What is left below a folder; it is the durable state then.
void crash_node(Node& node, MemoryEnv::Unsynced unsynced, std::mt19937_64& random) {
  switch (unsynced) {
    case MemoryEnv::Unsynced::kLost:
      node.content = node.durable_content;
      node.entries = node.durable_entries;
      break;
    case MemoryEnv::Unsynced::kKept:
      break;
    case MemoryEnv::Unsynced::kArbitrary:
      keep_any_content(node, random);
      keep_any_entries(node, random);
      break;
  }
  node.synced_prefix = 0;
  node.sync();
  node.sync_entries();
  for (const auto& [name, child] : node.entries) crash_node(*child, unsynced, random);
}

}  // namespace

MemoryEnv::MemoryEnv(std::uint64_t seed) : state_(std::make_shared<State>()) {
  state_->root->is_directory = true;
  state_->random.seed(seed);
}

MemoryEnv::~MemoryEnv() = default;

void MemoryEnv::crash(Unsynced unsynced) {
  base::MutexLock lock(state_->mutex);
  crash_node(*state_->root, unsynced, state_->random);
  state_->locks.clear();
  ++state_->epoch;
}

std::unique_ptr<MemoryEnv> MemoryEnv::clone(std::uint64_t seed) const {
  auto copy = std::make_unique<MemoryEnv>(seed);
  base::MutexLock lock(state_->mutex);
  Copies copies;
  copy->state_->root = copy_node(state_->root, copies);
  copy->state_->now_us = state_->now_us;
  return copy;
}

void MemoryEnv::advance(std::chrono::microseconds by) {
  base::MutexLock lock(state_->mutex);
  state_->now_us += by.count();
}

std::size_t MemoryEnv::open_file_count() const {
  base::MutexLock lock(state_->mutex);
  return state_->open_files;
}

Status MemoryEnv::overwrite(const std::string& path,
                            std::uint64_t offset,
                            std::span<const std::byte> bytes) {
  base::MutexLock lock(state_->mutex);
  const auto node = find_node(*state_, path);
  if (node == nullptr) return no_such(path);
  if (offset + bytes.size() > node->content.size())
    return invalid_argument("behind the end of the file");
  std::copy(bytes.begin(), bytes.end(),
            node->content.begin() + static_cast<std::ptrdiff_t>(offset));
  node->synced_prefix = 0;
  node->sync();
  return Status();
}

Status MemoryEnv::cut(const std::string& path, std::uint64_t size_bytes) {
  base::MutexLock lock(state_->mutex);
  const auto node = find_node(*state_, path);
  if (node == nullptr) return no_such(path);
  node->cut(size_bytes);
  node->sync();
  return Status();
}

Result<std::unique_ptr<WritableFile>> MemoryEnv::open_writable(const std::string& path,
                                                               OpenMode mode) {
  base::MutexLock lock(state_->mutex);
  ALD_ASSIGN(const Place place, find_place(*state_, path));
  std::shared_ptr<Node> node = find_node(*state_, path);
  if (node != nullptr && (mode == OpenMode::kCreateNew || node->is_directory)) {
    return Status(node->is_directory ? StatusCode::kIo : StatusCode::kAlreadyExists,
                  "open '" + path + "': File exists");
  }
  if (node == nullptr) {
    node = std::make_shared<Node>();
    place.directory->put(place.name, node);
  }
  return std::unique_ptr<WritableFile>(std::make_unique<MemoryWritableFile>(state_, node));
}

Result<std::unique_ptr<RandomAccessFile>> MemoryEnv::open_readable(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  const auto node = find_node(*state_, path);
  if (node == nullptr) return no_such(path);
  if (node->is_directory) return Status(StatusCode::kIo, "open '" + path + "': Is a directory");
  return std::unique_ptr<RandomAccessFile>(
      std::make_unique<MemoryReadableFile>(state_, node, path));
}

Status MemoryEnv::rename(const std::string& from, const std::string& to) {
  base::MutexLock lock(state_->mutex);
  ALD_ASSIGN(const Place source, find_place(*state_, from));
  ALD_ASSIGN(const Place target, find_place(*state_, to));
  const auto found = source.directory->entries.find(source.name);
  if (found == source.directory->entries.end()) return no_such(from);
  const std::shared_ptr<Node> node = found->second;
  source.directory->erase(source.name);
  target.directory->put(target.name, node);
  return Status();
}

Status MemoryEnv::remove_file(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  ALD_ASSIGN(const Place place, find_place(*state_, path));
  const auto found = place.directory->entries.find(place.name);
  if (found == place.directory->entries.end()) return no_such(path);
  if (found->second->is_directory)
    return Status(StatusCode::kIo, "unlink '" + path + "': Is a directory");
  place.directory->erase(place.name);
  return Status();
}

Status MemoryEnv::create_directory(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  if (const auto node = find_node(*state_, path); node != nullptr) {
    if (node->is_directory) return Status();
    return Status(StatusCode::kAlreadyExists, "mkdir '" + path + "': File exists");
  }
  ALD_ASSIGN(const Place place, find_place(*state_, path));
  auto node = std::make_shared<Node>();
  node->is_directory = true;
  place.directory->put(place.name, node);
  return Status();
}

Status MemoryEnv::remove_directory_tree(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  const auto place = find_place(*state_, path);
  if (place.ok()) place->directory->erase(place->name);
  return Status();
}

Status MemoryEnv::sync_directory(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  const auto node = find_node(*state_, path);
  if (node == nullptr || !node->is_directory) return no_such(path);
  node->sync_entries();
  return Status();
}

Result<std::vector<DirectoryEntry>> MemoryEnv::list_directory(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  const auto node = find_node(*state_, path);
  if (node == nullptr || !node->is_directory) return no_such(path);
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, child] : node->entries) {
    entries.push_back({name, child->is_directory, child->content.size()});
  }
  return entries;
}

bool MemoryEnv::exists(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  return find_node(*state_, path) != nullptr;
}

Result<std::unique_ptr<FileLock>> MemoryEnv::lock_file(const std::string& path) {
  base::MutexLock lock(state_->mutex);
  ALD_ASSIGN(const Place place, find_place(*state_, path));
  if (!state_->locks.insert(path).second) {
    return Status(StatusCode::kAlreadyExists, "'" + path + "' is locked by another process");
  }
  if (find_node(*state_, path) == nullptr)
    place.directory->put(place.name, std::make_shared<Node>());
  return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(state_, path));
}

std::int64_t MemoryEnv::now_us() {
  base::MutexLock lock(state_->mutex);
  return state_->now_us;
}

std::chrono::steady_clock::time_point MemoryEnv::monotonic_now() {
  return std::chrono::steady_clock::time_point(std::chrono::microseconds(now_us()));
}

std::uint64_t MemoryEnv::random_u64() {
  base::MutexLock lock(state_->mutex);
  return state_->random();
}

}  // namespace alidade::env
