#include <stdlib.h>

#include "env/memory/memory_env.h"
#include "oplog/local/local_log.h"
#include "oplog/oplog_conformance.h"

namespace alidade::oplog {
namespace {

class OnMemory final : public LogFixture {
 public:
  OnMemory() {
    env_.create_directory("/shard").ignore();
    env_.sync_directory("/").ignore();
  }
  Result<std::unique_ptr<Log>> open() override {
    ALD_ASSIGN(auto log, LocalLog::open(env_, "/shard/log", {}));
    return std::unique_ptr<Log>(std::move(log));
  }
  bool can_lose_power() const override { return true; }
  void power_loss() override { env_.crash(env::MemoryEnv::Unsynced::kLost); }

 private:
  env::MemoryEnv env_;
};

class OnDisk final : public LogFixture {
 public:
  OnDisk() {
    char folder[] = "/tmp/alidade_log_test.XXXXXX";
    directory_ = ::mkdtemp(folder);
  }
  ~OnDisk() override { env_.remove_directory_tree(directory_).ignore(); }
  Result<std::unique_ptr<Log>> open() override {
    ALD_ASSIGN(auto log, LocalLog::open(env_, directory_ + "/log", {}));
    return std::unique_ptr<Log>(std::move(log));
  }
  bool can_lose_power() const override { return false; }
  void power_loss() override {}

 private:
  env::Env& env_ = env::posix_env();
  std::string directory_;
};

using Places = ::testing::Types<OnMemory, OnDisk>;
INSTANTIATE_TYPED_TEST_SUITE_P(LocalLog, OpLogConformance, Places);

}  // namespace
}  // namespace alidade::oplog
