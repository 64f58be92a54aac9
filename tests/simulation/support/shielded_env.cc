#include "simulation/support/shielded_env.h"

namespace alidade::simulation {
namespace {

using Shield = ShieldedEnv::Shield;

class Inside {
 public:
  explicit Inside(const Shield& shield) : shield_(shield) { shield_(true); }
  ~Inside() { shield_(false); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  const Shield& shield_;
};

class ShieldedWritableFile final : public env::WritableFile {
 public:
  ShieldedWritableFile(std::unique_ptr<env::WritableFile> file, const Shield& shield)
      : file_(std::move(file)), shield_(shield) {}
  ~ShieldedWritableFile() override {
    const Inside inside(shield_);
    file_.reset();
  }

  Status append(std::span<const std::byte> bytes) override {
    const Inside inside(shield_);
    return file_->append(bytes);
  }
  Status sync() override {
    const Inside inside(shield_);
    return file_->sync();
  }
  Status preallocate(std::uint64_t size_bytes) override {
    const Inside inside(shield_);
    return file_->preallocate(size_bytes);
  }
  Status truncate(std::uint64_t size_bytes) override {
    const Inside inside(shield_);
    return file_->truncate(size_bytes);
  }
  std::uint64_t size() const override { return file_->size(); }
  Status close() override {
    const Inside inside(shield_);
    return file_->close();
  }

 private:
  std::unique_ptr<env::WritableFile> file_;
  const Shield& shield_;
};

class ShieldedReadableFile final : public env::RandomAccessFile {
 public:
  ShieldedReadableFile(std::unique_ptr<env::RandomAccessFile> file, const Shield& shield)
      : file_(std::move(file)), shield_(shield) {}

  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    const Inside inside(shield_);
    return file_->read_at(offset, out);
  }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<env::RandomAccessFile> file_;
  const Shield& shield_;
};

}  // namespace

Result<std::unique_ptr<env::WritableFile>> ShieldedEnv::open_writable(const std::string& path,
                                                                      env::OpenMode mode) {
  const Inside inside(shield_);
  ALD_ASSIGN(auto file, base_.open_writable(path, mode));
  return std::unique_ptr<env::WritableFile>(
      std::make_unique<ShieldedWritableFile>(std::move(file), shield_));
}

Result<std::unique_ptr<env::RandomAccessFile>> ShieldedEnv::open_readable(const std::string& path) {
  const Inside inside(shield_);
  ALD_ASSIGN(auto file, base_.open_readable(path));
  return std::unique_ptr<env::RandomAccessFile>(
      std::make_unique<ShieldedReadableFile>(std::move(file), shield_));
}

Status ShieldedEnv::rename(const std::string& from, const std::string& to) {
  const Inside inside(shield_);
  return base_.rename(from, to);
}
Status ShieldedEnv::remove_file(const std::string& path) {
  const Inside inside(shield_);
  return base_.remove_file(path);
}
Status ShieldedEnv::create_directory(const std::string& path) {
  const Inside inside(shield_);
  return base_.create_directory(path);
}
Status ShieldedEnv::remove_directory_tree(const std::string& path) {
  const Inside inside(shield_);
  return base_.remove_directory_tree(path);
}
Status ShieldedEnv::sync_directory(const std::string& path) {
  const Inside inside(shield_);
  return base_.sync_directory(path);
}
Result<std::vector<env::DirectoryEntry>> ShieldedEnv::list_directory(const std::string& path) {
  const Inside inside(shield_);
  return base_.list_directory(path);
}
bool ShieldedEnv::exists(const std::string& path) {
  const Inside inside(shield_);
  return base_.exists(path);
}
Result<std::unique_ptr<env::FileLock>> ShieldedEnv::lock_file(const std::string& path) {
  const Inside inside(shield_);
  return base_.lock_file(path);
}
std::int64_t ShieldedEnv::now_us() { return base_.now_us(); }
std::chrono::steady_clock::time_point ShieldedEnv::monotonic_now() { return base_.monotonic_now(); }
std::uint64_t ShieldedEnv::random_u64() { return base_.random_u64(); }

}  // namespace alidade::simulation
