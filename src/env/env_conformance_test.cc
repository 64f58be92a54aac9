// What every Env keeps, run on the real file system and on the one in memory, bare and wrapped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "env/bounded/bounded_env.h"
#include "env/env.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "env/recording/recording_env.h"

namespace alidade::env {
namespace {

using base::as_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct OnDisk {
  OnDisk() {
    char folder[] = "/tmp/alidade_env_test.XXXXXX";
    directory = ::mkdtemp(folder);
  }
  ~OnDisk() { posix_env().remove_directory_tree(directory).ignore(); }
  Env& env() { return posix_env(); }
  std::string directory;
};
struct InMemory {
  Env& env() { return memory; }
  MemoryEnv memory;
  std::string directory = "/";
};
struct Wrapped {
  Env& env() { return recording; }
  MemoryEnv memory;
  FaultyEnv faulty{memory};
  RecordingEnv recording{faulty};
  std::string directory = "/";
};

template <typename Place>
class EnvConformance : public ::testing::Test {
 protected:
  Env& env() { return place_.env(); }
  std::string path(const std::string& name) { return join_path(place_.directory, name); }
  void write(const std::string& name, std::string_view text) {
    const auto file = env().open_writable(path(name), OpenMode::kAppend);
    ASSERT_TRUE(file.ok()) << file.status().to_string();
    ASSERT_TRUE((*file)->append(as_bytes(text)).ok());
    ASSERT_TRUE((*file)->sync().ok());
    ASSERT_TRUE((*file)->close().ok());
  }
  Place place_;
};

/// Every file is closed when another one is opened.
struct Bounded {
  Env& env() { return bounded; }
  MemoryEnv memory;
  BoundedEnv bounded{memory, {.max_open_files = 1, .on_exhausted = {}}};
  std::string directory = "/";
};

using Places = ::testing::Types<OnDisk, InMemory, Wrapped, Bounded>;
TYPED_TEST_SUITE(EnvConformance, Places);

TYPED_TEST(EnvConformance, ReadsWhatWasAppended) {
  this->write("a", "hello ");
  this->write("a", "world");
  EXPECT_EQ(*read_file(this->env(), this->path("a")), "hello world");
  EXPECT_EQ(read_file(this->env(), this->path("a"), 5).status().code(), StatusCode::kTooLarge);
  const auto file = this->env().open_readable(this->path("a"));
  EXPECT_EQ((*file)->size(), 11u);
  base::Bytes part(5);
  ASSERT_TRUE((*file)->read_at(6, part).ok());
  EXPECT_EQ(base::as_text(part), "world");
  const Status behind = (*file)->read_at(7, part);
  EXPECT_EQ(behind.code(), StatusCode::kDataLoss);
  EXPECT_THAT(behind.message(), HasSubstr(this->path("a")));
}

TYPED_TEST(EnvConformance, CreatesOnlyNewFilesWhenAskedTo) {
  ASSERT_TRUE(this->env().open_writable(this->path("a"), OpenMode::kCreateNew).ok());
  EXPECT_EQ(this->env().open_writable(this->path("a"), OpenMode::kCreateNew).status().code(),
            StatusCode::kAlreadyExists);
}

TYPED_TEST(EnvConformance, TruncatedFilesContinueAtTheirEnd) {
  const auto file = this->env().open_writable(this->path("a"), OpenMode::kCreateNew);
  ASSERT_TRUE((*file)->preallocate(1 << 20).ok());
  ASSERT_TRUE((*file)->append(as_bytes("0123456789")).ok());
  EXPECT_EQ((*file)->size(), 10u);
  ASSERT_TRUE((*file)->truncate(4).ok());
  ASSERT_TRUE((*file)->append(as_bytes("ab")).ok());
  EXPECT_EQ((*file)->size(), 6u);
  EXPECT_EQ(*read_file(this->env(), this->path("a")), "0123ab");
}

TYPED_TEST(EnvConformance, SaysWhatIsMissing) {
  EXPECT_EQ(this->env().open_readable(this->path("none")).status().code(), StatusCode::kNotFound);
  EXPECT_THAT(this->env().open_readable(this->path("none")).status().message(), HasSubstr("none"));
  EXPECT_EQ(this->env().list_directory(this->path("none")).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(this->env().remove_file(this->path("none")).code(), StatusCode::kNotFound);
  EXPECT_EQ(this->env().rename(this->path("none"), this->path("b")).code(), StatusCode::kNotFound);
  EXPECT_EQ(this->env().sync_directory(this->path("none")).code(), StatusCode::kNotFound);
  EXPECT_EQ(this->env().open_writable(this->path("none/a"), OpenMode::kAppend).status().code(),
            StatusCode::kNotFound);
  EXPECT_FALSE(this->env().exists(this->path("none")));
  EXPECT_TRUE(this->env().remove_directory_tree(this->path("none")).ok());
}

TYPED_TEST(EnvConformance, ListsFoldersByName) {
  ASSERT_TRUE(this->env().create_directory(this->path("d")).ok());
  ASSERT_TRUE(this->env().create_directory(this->path("d")).ok());
  ASSERT_TRUE(this->env().create_directory(this->path("d/sub")).ok());
  this->write("d/b", "22");
  this->write("d/a", "1");
  const auto entries = this->env().list_directory(this->path("d"));
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[0].size_bytes, 1u);
  EXPECT_EQ((*entries)[1].name, "b");
  EXPECT_FALSE((*entries)[1].is_directory);
  EXPECT_EQ((*entries)[2].name, "sub");
  EXPECT_TRUE((*entries)[2].is_directory);
  ASSERT_TRUE(this->env().remove_directory_tree(this->path("d")).ok());
  EXPECT_FALSE(this->env().exists(this->path("d")));
  this->write("file", "x");
  EXPECT_EQ(this->env().create_directory(this->path("file")).code(), StatusCode::kAlreadyExists);
}

TYPED_TEST(EnvConformance, RenameReplaces) {
  this->write("old", "old");
  this->write("new", "new");
  ASSERT_TRUE(this->env().rename(this->path("new"), this->path("old")).ok());
  EXPECT_EQ(*read_file(this->env(), this->path("old")), "new");
  EXPECT_FALSE(this->env().exists(this->path("new")));
  ASSERT_TRUE(write_file_atomically(this->env(), this->path("old"), as_bytes("third")).ok());
  EXPECT_EQ(*read_file(this->env(), this->path("old")), "third");
  EXPECT_FALSE(this->env().exists(this->path("old.tmp")));
}

TYPED_TEST(EnvConformance, ALockIsHeldOnceAndGivenBack) {
  auto lock = this->env().lock_file(this->path("LOCK"));
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(this->env().lock_file(this->path("LOCK")).status().code(), StatusCode::kAlreadyExists);
  lock = not_found("given back");
  EXPECT_TRUE(this->env().lock_file(this->path("LOCK")).ok());
}

TYPED_TEST(EnvConformance, AnOpenFileOutlivesItsName) {
  this->write("a", "text");
  const auto file = this->env().open_readable(this->path("a"));
  ASSERT_TRUE(this->env().remove_file(this->path("a")).ok());
  base::Bytes bytes(4);
  ASSERT_TRUE((*file)->read_at(0, bytes).ok());
  EXPECT_EQ(base::as_text(bytes), "text");
}

TYPED_TEST(EnvConformance, ClockAndRandomnessAnswer) {
  EXPECT_GT(this->env().now_us(), 0);
  const auto before = this->env().monotonic_now();
  EXPECT_LE(before, this->env().monotonic_now());
  EXPECT_NE(this->env().random_u64(), this->env().random_u64());
}

TEST(Paths, AreTakenApartAndJoined) {
  EXPECT_EQ(parent_directory("/a/b"), "/a");
  EXPECT_EQ(parent_directory("/a"), "/");
  EXPECT_EQ(parent_directory("a"), ".");
  EXPECT_EQ(join_path("/a", "b"), "/a/b");
  EXPECT_EQ(join_path("/", "b"), "/b");
  EXPECT_EQ(join_path("", "b"), "b");
}

}  // namespace
}  // namespace alidade::env
