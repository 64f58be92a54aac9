// The same scripted run on the real file system, but every system call that may be interrupted is,
// once, and every transfer is short. Nothing of that may be seen. The linker puts the functions
// below in the place of the real ones (--wrap, see CMakeLists.txt).
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "simulation/support/perform.h"
#include "simulation/support/reproduce.h"

namespace {

bool g_interrupting = false;
std::map<std::string, int>* g_interrupted = nullptr;
bool g_repeated = false;  // This call was interrupted before.

/// Whether this call is to fail with EINTR: each call does so once.
bool interrupt(const char* name) {
  if (!g_interrupting) return false;
  g_repeated = !g_repeated;
  if (!g_repeated) return false;
  ++(*g_interrupted)[name];
  errno = EINTR;
  return true;
}

/// Transfers are cut to a few bytes, large ones to a third, so that a run ends.
std::size_t shortened(std::size_t size) {
  return g_interrupting && size > 1 ? std::max<std::size_t>(1, size / 3) : size;
}

}  // namespace

extern "C" {
int __real_open(const char* path, int flags, ...);
ssize_t __real_pread(int fd, void* buffer, size_t size, off_t offset);
ssize_t __real_pwrite(int fd, const void* buffer, size_t size, off_t offset);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_ftruncate(int fd, off_t size);
int __real_fallocate(int fd, int mode, off_t offset, off_t size);
int __real_flock(int fd, int operation);

int __wrap_open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return interrupt("open") ? -1 : __real_open(path, flags, mode);
}
ssize_t __wrap_pread(int fd, void* buffer, size_t size, off_t offset) {
  return interrupt("pread") ? -1 : __real_pread(fd, buffer, shortened(size), offset);
}
ssize_t __wrap_pwrite(int fd, const void* buffer, size_t size, off_t offset) {
  return interrupt("pwrite") ? -1 : __real_pwrite(fd, buffer, shortened(size), offset);
}
int __wrap_fsync(int fd) { return interrupt("fsync") ? -1 : __real_fsync(fd); }
int __wrap_fdatasync(int fd) { return interrupt("fdatasync") ? -1 : __real_fdatasync(fd); }
int __wrap_ftruncate(int fd, off_t size) {
  return interrupt("ftruncate") ? -1 : __real_ftruncate(fd, size);
}
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size) {
  return interrupt("fallocate") ? -1 : __real_fallocate(fd, mode, offset, size);
}
int __wrap_flock(int fd, int operation) {
  return interrupt("flock") ? -1 : __real_flock(fd, operation);
}
}

namespace alidade::simulation {
namespace {

class InterruptedCallsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/interrupted-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    g_interrupted = &interrupted_;
  }
  void TearDown() override {
    g_interrupting = false;
    g_interrupted = nullptr;
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  std::map<std::string, int> interrupted_;
};

TEST_F(InterruptedCallsTest, AreNotSeen) {
  std::map<Place, ExpectedShard> expected;
  std::optional<ExpectedCatalogue> names;
  {
    Store store(env::posix_env(), folder_ + "/data");
    g_interrupting = true;
    ASSERT_TRUE(store.open().ok());
    for (const Action& action : scripted_workload()) {
      const Status answer = perform(store, action);
      ASSERT_TRUE(answer.ok() || answer.code() == StatusCode::kNotFound)
          << describe(action) << ": " << answer.to_string();
      if (const auto* create = std::get_if<CreateCollection>(&action)) {
        expected[create->place] = empty_shard(create->config);
      } else if (const auto* write = std::get_if<Write>(&action)) {
        expected[write->place].apply(write->command);
      }
    }
    g_interrupting = false;
    const auto found = store.read_catalogue();
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    names = *found;
  }
  // A torn tail, so that the log is cut at the next start.
  std::string log;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (entry.path().extension() == ".log") log = std::max(log, entry.path().string());
  }
  // tidy: allow, because the file is damaged behind the Env's back.
  FILE* file = std::fopen(log.c_str(), "ab");
  ASSERT_NE(file, nullptr);
  std::fputs("a part of a record", file);
  std::fclose(file);

  g_interrupting = true;
  Store store(env::posix_env(), folder_ + "/data");
  ASSERT_TRUE(store.open().ok());
  const auto found = store.read_catalogue();
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  EXPECT_EQ(difference(*names, *found), "");
  for (const auto& [place, uuid] : found->collections) {
    const auto rows = read_shard(**store.find_shard(place));
    ASSERT_TRUE(rows.ok()) << rows.status().to_string();
    EXPECT_EQ(difference(expected.at(place), *rows), "") << place.second;
  }
  g_interrupting = false;
  for (const char* call :
       {"open", "pread", "pwrite", "fsync", "fdatasync", "ftruncate", "fallocate", "flock"}) {
    EXPECT_GT(interrupted_[call], 0) << call << " was never interrupted";
    std::printf("%s interrupted %d times\n", call, interrupted_[call]);
  }
}

}  // namespace
}  // namespace alidade::simulation
