#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/env.h"

namespace alidade::simulation {

/// Another Env; tells a shield when a call into it begins and ends. A MemoryEnv allocates where a
/// real disk does not, so allocations must not fail in there.
class ShieldedEnv final : public env::Env {
 public:
  using Shield = std::function<void(bool is_inside)>;
  ShieldedEnv(env::Env& base, Shield shield) : base_(base), shield_(std::move(shield)) {}

  Result<std::unique_ptr<env::WritableFile>> open_writable(const std::string& path,
                                                           env::OpenMode mode) override;
  Result<std::unique_ptr<env::RandomAccessFile>> open_readable(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove_file(const std::string& path) override;
  Status create_directory(const std::string& path) override;
  Status remove_directory_tree(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::vector<env::DirectoryEntry>> list_directory(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<std::unique_ptr<env::FileLock>> lock_file(const std::string& path) override;
  std::int64_t now_us() override;
  std::chrono::steady_clock::time_point monotonic_now() override;
  std::uint64_t random_u64() override;

 private:
  env::Env& base_;
  const Shield shield_;
};

}  // namespace alidade::simulation
