// Which files are open, and that nobody who uses them notices.
#include "env/bounded/bounded_env.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/bytes.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "env/recording/recording_env.h"

namespace alidade::env {
namespace {

using base::as_bytes;

class BoundedEnvTest : public testing::Test {
 protected:
  explicit BoundedEnvTest(std::size_t limit = 3)
      : env_(recording_, {.max_open_files = limit, .on_exhausted = [this](const Status&) { ++exhausted_; }}) {}

  std::unique_ptr<WritableFile> create(const std::string& path, std::string_view text = "") {
    auto file = env_.open_writable(path, OpenMode::kCreateNew);
    EXPECT_TRUE(file.ok()) << file.status().to_string();
    EXPECT_TRUE(text.empty() || (*file)->append(as_bytes(text)).ok());
    return std::move(*file);
  }
  std::unique_ptr<RandomAccessFile> open(const std::string& path) {
    auto file = env_.open_readable(path);
    EXPECT_TRUE(file.ok()) << file.status().to_string();
    return std::move(*file);
  }
  static std::string read(const RandomAccessFile& file) {
    std::string text(file.size(), '\0');
    const Status status = file.read_at(0, std::as_writable_bytes(std::span(text)));
    return status.ok() ? text : status.to_string();
  }
  std::uint64_t opens() { return faulty_.calls_by_name()["open"]; }
  std::uint64_t syncs() {
    std::uint64_t count = 0;
    for (const auto& entry : recording_.trace()) count += entry.kind == TraceEntry::Kind::kSync ? 1 : 0;
    return count;
  }
  /// From now on the base has no descriptor to give.
  void take_descriptors(std::uint64_t from_call = 1, FaultyEnv::Repeat repeat = FaultyEnv::Repeat::kFromThenOn) {
    faulty_.set_fault({.call = from_call, .repeat = repeat,
                       .status = Status(StatusCode::kResourceExhausted, "Too many open files"), .only = "open"});
  }

  MemoryEnv memory_;
  FaultyEnv faulty_{memory_};
  RecordingEnv recording_{faulty_};
  std::atomic<int> exhausted_ = 0;
  BoundedEnv env_;
};

TEST_F(BoundedEnvTest, ClosesTheFileThatWasUsedLongestAgo) {
  for (const char* path : {"a", "b", "c", "d"}) create(path, path)->close().ignore();
  const auto a = open("a");
  const auto b = open("b");
  const auto c = open("c");
  EXPECT_EQ(read(*a), "a");
  EXPECT_EQ(read(*b), "b");
  EXPECT_EQ(read(*c), "c");
  EXPECT_EQ(read(*a), "a");
  const auto d = open("d");  // In place of b.
  EXPECT_EQ(env_.open_file_count(), 3U);
  EXPECT_EQ(memory_.open_file_count(), 3U);
  const std::uint64_t before = opens();
  EXPECT_EQ(read(*a), "a");
  EXPECT_EQ(read(*c), "c");
  EXPECT_EQ(read(*d), "d");
  EXPECT_EQ(opens(), before);
  EXPECT_EQ(read(*b), "b");  // In place of a.
  EXPECT_EQ(opens(), before + 1);
  EXPECT_EQ(read(*c), "c");
  EXPECT_EQ(read(*d), "d");
  EXPECT_EQ(read(*b), "b");
  EXPECT_EQ(opens(), before + 1);
  EXPECT_EQ(read(*a), "a");
  EXPECT_EQ(opens(), before + 2);
}

TEST_F(BoundedEnvTest, KeepsTheBoundHoweverManyFilesAreHeld) {
  std::vector<std::unique_ptr<WritableFile>> files;
  for (int i = 0; i < 100; ++i) files.push_back(create("f" + std::to_string(i), "one "));
  for (int round = 0; round < 3; ++round) {
    for (const auto& file : files) EXPECT_TRUE(file->append(as_bytes("more ")).ok());
    EXPECT_LE(memory_.open_file_count(), 3U);
  }
  for (auto& file : files) EXPECT_TRUE(file->close().ok());
  EXPECT_EQ(memory_.open_file_count(), 0U);
  EXPECT_EQ(env_.open_file_count(), 0U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*read_file(env_, "f" + std::to_string(i)), "one more more more ");
}

TEST_F(BoundedEnvTest, SyncsWhatIsWrittenBeforeItIsClosed) {
  EXPECT_TRUE(env_.sync_directory(".").ok());
  const auto a = create("a", "text");
  const auto b = create("b");
  const auto c = create("c");
  EXPECT_TRUE(env_.sync_directory(".").ok());
  EXPECT_EQ(syncs(), 0U);
  const auto d = create("d");  // a goes.
  EXPECT_EQ(syncs(), 1U);
  // What is synced is not opened again for it.
  const std::uint64_t before = opens();
  EXPECT_TRUE(a->sync().ok());
  EXPECT_EQ(opens(), before);
  EXPECT_EQ(syncs(), 1U);
  memory_.crash(MemoryEnv::Unsynced::kLost);
  EXPECT_EQ(*read_file(memory_, "a"), "text");
}

TEST_F(BoundedEnvTest, AFailedSyncOfAFileThatIsClosedIsToldToItsUser) {
  const auto a = create("a", "text");
  const auto b = create("b");
  const auto c = create("c");
  faulty_.set_fault({.call = 1, .only = "sync"});
  const auto d = create("d");
  faulty_.heal();
  EXPECT_EQ(a->sync().code(), StatusCode::kIo);
  EXPECT_TRUE(a->append(as_bytes("more")).ok());
  EXPECT_EQ(a->sync().code(), StatusCode::kIo);  // For good.
  EXPECT_TRUE(b->sync().ok());
}

TEST_F(BoundedEnvTest, WithoutDescriptorsAnotherFileIsClosed) {
  const auto a = create("a", "a");
  const auto b = create("b", "b");
  take_descriptors(1, FaultyEnv::Repeat::kOnce);
  const auto c = create("c", "c");
  EXPECT_EQ(memory_.open_file_count(), 2U);
  EXPECT_EQ(exhausted_, 0);
  EXPECT_TRUE(a->append(as_bytes("a")).ok());
  EXPECT_TRUE(a->sync().ok());
  EXPECT_EQ(*read_file(memory_, "a"), "aa");
}

TEST_F(BoundedEnvTest, WithoutDescriptorsAndFilesToCloseTheCallFailsAndChangesNothing) {
  const auto a = create("a", "text");
  create("other", "other")->close().ignore();
  take_descriptors();
  EXPECT_EQ(env_.open_writable("b", OpenMode::kCreateNew).status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(exhausted_, 1);
  EXPECT_FALSE(env_.exists("b"));
  EXPECT_EQ(env_.open_readable("other").status().code(), StatusCode::kResourceExhausted);
  // a was closed for them and cannot be opened; a log cuts back what it takes for a half record.
  EXPECT_EQ(a->append(as_bytes("more")).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(a->size(), 4U);
  EXPECT_TRUE(a->truncate(4).ok());
  EXPECT_TRUE(a->sync().ok());
  faulty_.heal();
  EXPECT_TRUE(a->append(as_bytes("more")).ok());
  EXPECT_EQ(*read_file(env_, "a"), "textmore");
}

TEST_F(BoundedEnvTest, AFileOutlivesItsNameAlsoWhenItWasClosed) {
  EXPECT_TRUE(env_.create_directory("d").ok());
  create("d/a", "a")->close().ignore();
  create("e", "e")->close().ignore();
  const auto a = open("d/a");
  const auto e = open("e");
  const auto written = create("d/w", "w");
  std::vector<std::unique_ptr<WritableFile>> others;
  for (int i = 0; i < 6; ++i) others.push_back(create("o" + std::to_string(i)));
  EXPECT_TRUE(env_.remove_directory_tree("d").ok());
  EXPECT_TRUE(env_.rename("o0", "e").ok());
  for (int i = 6; i < 12; ++i) others.push_back(create("o" + std::to_string(i)));
  EXPECT_EQ(read(*a), "a");
  EXPECT_EQ(read(*e), "e");
  EXPECT_TRUE(written->append(as_bytes("w")).ok());
}

TEST_F(BoundedEnvTest, NoticesThatAFileWasChangedByOthers) {
  const auto a = create("a", "text");
  const auto b = create("b");
  const auto c = create("c");
  const auto d = create("d");
  ASSERT_TRUE(memory_.cut("a", 2).ok());
  EXPECT_EQ(a->append(as_bytes("x")).code(), StatusCode::kDataLoss);
  ASSERT_TRUE(memory_.remove_file("b").ok());
  const auto e = create("e");
  const auto f = create("f");
  const auto g = create("g");
  EXPECT_EQ(b->append(as_bytes("x")).code(), StatusCode::kNotFound);
  EXPECT_FALSE(memory_.exists("b"));
}

/// Many threads, few files: what each appends and reads is its own, and a file that is used is not closed.
TEST_F(BoundedEnvTest, ServesManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 300;
  create("shared", "shared")->close().ignore();
  const auto shared = open("shared");
  std::vector<std::unique_ptr<WritableFile>> files;
  for (int i = 0; i < kThreads; ++i) files.push_back(create("f" + std::to_string(i)));
  std::atomic<bool> ends = false;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      WritableFile& file = *files[static_cast<std::size_t>(i)];
      for (int round = 0; round < kRounds; ++round) {
        if (!file.append(as_bytes("0123456789")).ok() || !file.sync().ok()) ++failures;
        if (read(*shared) != "shared") ++failures;
        const std::string mine = "t" + std::to_string(i);
        if (!write_file_atomically(env_, mine, as_bytes("x")).ok()) ++failures;
        const auto opened = env_.open_readable(mine);
        if (!opened.ok() || read(**opened) != "x" || !env_.remove_file(mine).ok() || read(**opened) != "x") ++failures;
      }
    });
  }
  std::thread syncer([&] {  // Beside the one that appends, as a log's waiters do.
    while (!ends) {
      for (const auto& file : files) {
        if (!file->sync().ok()) ++failures;
      }
    }
  });
  for (auto& thread : threads) thread.join();
  ends = true;
  syncer.join();
  EXPECT_EQ(failures, 0);
  memory_.crash(MemoryEnv::Unsynced::kKept);
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_EQ(read_file(memory_, "f" + std::to_string(i))->size(), std::size_t{10} * kRounds);
  }
}

}  // namespace
}  // namespace alidade::env
