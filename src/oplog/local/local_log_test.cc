#include "oplog/local/local_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "oplog/local/segment_format.h"
#include "oplog/local/verify.h"

namespace alidade::oplog {
namespace {

using base::LogPosition;
using env::FaultyEnv;
using env::MemoryEnv;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LocalLogTest : public ::testing::Test {
 protected:
  LocalLogTest() {
    EXPECT_TRUE(memory_.create_directory("/s").ok());
    EXPECT_TRUE(memory_.sync_directory("/").ok());
  }

  Status open(const LocalLog::Options& options = {}) {
    log_.reset();
    report_ = OpenReport();
    ALD_ASSIGN(log_, LocalLog::open(env_, "/s/log", options, &report_));
    return Status();
  }
  LogPosition append(std::string_view text) {
    const auto end = log_->append(base::as_bytes(text));
    EXPECT_TRUE(end.ok()) << end.status().to_string();
    return end.ok() ? *end : LogPosition();
  }
  LogPosition append_durable(std::string_view text) {
    const LogPosition end = append(text);
    EXPECT_TRUE(log_->wait_durable(end).ok());
    return end;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> found;
    const Status status = log_->read({}, [&](LogPosition, std::span<const std::byte> record) {
      found.emplace_back(base::as_text(record));
      return Status();
    });
    EXPECT_TRUE(status.ok()) << status.to_string();
    return found;
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    const auto entries = memory_.list_directory("/s/log");
    if (entries.ok()) {
      for (const auto& entry : *entries) names.push_back(entry.name);
    }
    return names;
  }
  void flip_bit(const std::string& path, std::uint64_t at) {
    auto content = env::read_file(memory_, path);
    ASSERT_TRUE(content.ok());
    const std::byte changed = static_cast<std::byte>((*content)[at]) ^ std::byte{0x10};
    ASSERT_TRUE(memory_.overwrite(path, at, {&changed, 1}).ok());
  }

  const std::string first_file_ = "/s/log/" + segment_file_name(0);
  MemoryEnv memory_;
  FaultyEnv env_{memory_};
  std::unique_ptr<LocalLog> log_;
  OpenReport report_;
};

TEST_F(LocalLogTest, AnEmptyLogHasNoFile) {
  ASSERT_TRUE(open().ok());
  EXPECT_FALSE(memory_.exists("/s/log"));
  EXPECT_EQ(log_->size_bytes(), 0u);
}

TEST_F(LocalLogTest, AReopenedLogHoldsNoFileOpenUntilItIsWritten) {
  ASSERT_TRUE(open().ok());
  append_durable("a");
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(memory_.open_file_count(), 0u);
  append("b");
  EXPECT_EQ(memory_.open_file_count(), 1u);
}

TEST_F(LocalLogTest, SegmentsDoubleUpToTheLargest) {
  ASSERT_TRUE(open({.first_segment_bytes = 1000, .max_segment_bytes = 4000}).ok());
  for (int i = 0; i < 100; ++i) append(std::string(200, 'x'));
  std::vector<std::uint64_t> sizes;
  const auto entries = memory_.list_directory("/s/log");
  for (const auto& entry : *entries) sizes.push_back(entry.size_bytes);
  ASSERT_GE(sizes.size(), 5u);
  EXPECT_LE(sizes[0], 1000u);
  EXPECT_GT(sizes[1], 1000u);
  EXPECT_LE(sizes[1], 2000u);
  EXPECT_GT(sizes[2], 2000u);
  EXPECT_LE(sizes[3], 4000u);
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(texts().size(), 100u);
  EXPECT_EQ(memory_.open_file_count(), 0u);
}

TEST_F(LocalLogTest, CutsATailThatIsTornAtAnyByte) {
  ASSERT_TRUE(open().ok());
  const LogPosition second = [&] {
    append("first");
    return append("second");
  }();
  append("the record that is torn");
  const std::uint64_t whole = log_->size_bytes();
  const std::uint64_t kept = kSegmentHeaderBytes + second.value;
  const auto content = env::read_file(memory_, first_file_);
  ASSERT_TRUE(content.ok());
  for (std::uint64_t size = kept; size < whole; ++size) {
    MemoryEnv disk;
    ASSERT_TRUE(disk.create_directory("/log").ok());
    const auto file = disk.open_writable("/log/" + segment_file_name(0), env::OpenMode::kCreateNew);
    ASSERT_TRUE((*file)->append(base::as_bytes(content->substr(0, size))).ok());
    OpenReport report;
    const auto log = LocalLog::open(disk, "/log", {}, &report);
    ASSERT_TRUE(log.ok()) << size << ": " << log.status().to_string();
    EXPECT_EQ(report.torn_tail_bytes, size - kept);
    EXPECT_EQ((*log)->end(), second);
    ASSERT_TRUE((*log)->append(base::as_bytes("next")).ok());
    ASSERT_TRUE(LocalLog::open(disk, "/log", {}).ok());
  }
}

TEST_F(LocalLogTest, AnyFlippedBitInADurableRecordIsDamageWithFileAndOffset) {
  ASSERT_TRUE(open().ok());
  const LogPosition first = append_durable("first record");
  append_durable("second record");
  append_durable("third record");
  log_.reset();
  for (std::uint64_t at = kSegmentHeaderBytes; at < kSegmentHeaderBytes + 2 * first.value; ++at) {
    flip_bit(first_file_, at);
    const Status status = open();
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << at;
    const bool in_first = at < kSegmentHeaderBytes + first.value;
    EXPECT_THAT(status.message(), HasSubstr(first_file_ + ": byte " +
                                            (in_first ? "64" : std::to_string(64 + first.value))));
    flip_bit(first_file_, at);
  }
  EXPECT_TRUE(open().ok());
  EXPECT_EQ(texts().size(), 3u);
}

// A block that the disk kept of a file that was there before: whole, with a right hash, at a right place.
TEST_F(LocalLogTest, ARecordOfAnotherHistoryIsNotTaken) {
  ASSERT_TRUE(open().ok());
  append("ONE");
  const std::uint64_t end_of_first = log_->end().value;
  append("of another history");
  log_.reset();
  const auto other = env::read_file(memory_, first_file_);
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(memory_.remove_file(first_file_).ok());
  ASSERT_TRUE(open().ok());
  append("one");
  ASSERT_EQ(log_->end().value, end_of_first);
  log_.reset();
  const std::string tail = other->substr(kSegmentHeaderBytes + end_of_first);
  {
    const auto file = memory_.open_writable(first_file_, env::OpenMode::kAppend);
    ASSERT_TRUE((*file)->append(base::as_bytes(tail)).ok());
  }
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(report_.torn_tail_bytes, tail.size());
  EXPECT_THAT(texts(), ElementsAre("one"));
}

TEST_F(LocalLogTest, DamageInAnOlderSegmentIsFoundByReading) {
  ASSERT_TRUE(open({.first_segment_bytes = 1000, .max_segment_bytes = 1000}).ok());
  for (int i = 0; i < 20; ++i) append(std::string(200, 'x'));
  log_.reset();
  flip_bit(first_file_, 300);
  ASSERT_TRUE(open().ok());
  const Status status =
      log_->read({}, [](LogPosition, std::span<const std::byte>) { return Status(); });
  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr(first_file_));
  EXPECT_EQ(verify_log_file(memory_, first_file_).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(verify_log(memory_, "/s/log").status().code(), StatusCode::kDataLoss);
}

TEST_F(LocalLogTest, ADamagedHeaderOrAMissingSegmentIsDamage) {
  ASSERT_TRUE(open({.first_segment_bytes = 1000, .max_segment_bytes = 1000}).ok());
  for (int i = 0; i < 20; ++i) append(std::string(200, 'x'));
  log_.reset();
  const auto names = files();
  ASSERT_GE(names.size(), 4u);
  for (const std::string& name : {names.front(), names.back()}) {
    for (std::uint64_t at = 0; at < kSegmentHeaderBytes; ++at) {
      flip_bit("/s/log/" + name, at);
      const Status status = open();
      EXPECT_EQ(status.code(), StatusCode::kDataLoss) << name << " " << at;
      EXPECT_THAT(status.message(), HasSubstr(name));
      flip_bit("/s/log/" + name, at);
    }
  }
  ASSERT_TRUE(memory_.cut("/s/log/" + names[1], 500).ok());
  EXPECT_THAT(open().message(), HasSubstr(names[1]));
  ASSERT_TRUE(memory_.remove_file("/s/log/" + names[1]).ok());
  EXPECT_EQ(open().code(), StatusCode::kDataLoss);
}

TEST_F(LocalLogTest, HalfMadeSegmentsAreDroppedAndThePositionKept) {
  ASSERT_TRUE(open({.first_segment_bytes = 1000, .max_segment_bytes = 1000}).ok());
  for (int i = 0; i < 3; ++i) append(std::string(200, 'x'));
  const LogPosition end = log_->end();
  for (const std::uint64_t size : {0U, 10U, 63U, 64U}) {
    log_.reset();
    const std::string path = "/s/log/" + segment_file_name(end.value);
    {
      const auto file = memory_.open_writable(path, env::OpenMode::kCreateNew);
      ASSERT_TRUE((*file)->append(base::Bytes(size)).ok());
    }
    ASSERT_TRUE(open().ok()) << size;
    EXPECT_EQ(report_.torn_file, path);
    EXPECT_EQ(log_->end(), end);
    EXPECT_FALSE(memory_.exists(path));
  }
  EXPECT_EQ(texts().size(), 3u);
}

TEST_F(LocalLogTest, ASealedLogKeepsItsPositionInASegmentWithoutRecords) {
  ASSERT_TRUE(open().ok());
  append_durable("first");
  const LogPosition covered = append("second");
  ASSERT_TRUE(log_->seal().ok());
  ASSERT_TRUE(log_->seal().ok());  // Nothing to seal.
  EXPECT_EQ(log_->durable_end(), covered);
  ASSERT_TRUE(log_->trim(covered).ok());
  const std::string path = "/s/log/" + segment_file_name(covered.value);
  EXPECT_THAT(files(), ElementsAre(segment_file_name(covered.value)));
  // A header that is not whole is written again, however often the log is opened.
  for (const std::uint64_t size : {0U, 10U, 63U}) {
    log_.reset();
    ASSERT_TRUE(memory_.cut(path, size).ok());
    for (int i = 0; i < 2; ++i) {
      const Status opened = open({.covered = covered});
      ASSERT_TRUE(opened.ok()) << size << ": " << opened.to_string();
      EXPECT_EQ(log_->end(), covered);
      EXPECT_EQ(report_.torn_file, i == 0 ? path : "");
    }
  }
  append_durable("third");
  ASSERT_TRUE(open({.covered = covered}).ok());
  EXPECT_THAT(texts(), ElementsAre("third"));
  log_.reset();
  ASSERT_TRUE(memory_.remove_file(path).ok());
  EXPECT_EQ(open({.covered = covered}).code(), StatusCode::kDataLoss);
}

TEST_F(LocalLogTest, AFailedSealLeavesALogThatGoesOn) {
  ASSERT_TRUE(open().ok());
  append_durable("first");
  env_.set_fault({.call = 1, .status = Status(StatusCode::kOutOfSpace, "full"), .only = "append"});
  EXPECT_FALSE(log_->seal().ok());
  env_.heal();
  append_durable("second");
  ASSERT_TRUE(open().ok());
  EXPECT_THAT(texts(), ElementsAre("first", "second"));
}

TEST_F(LocalLogTest, AFailedAppendIsUndone) {
  ASSERT_TRUE(open().ok());
  append_durable("first");
  for (const std::uint64_t part : {0U, 1U, 20U, 33U}) {
    env_.set_fault({.call = 1,
                    .status = Status(StatusCode::kOutOfSpace, "full"),
                    .short_write_bytes = part,
                    .only = "append"});
    EXPECT_EQ(log_->append(base::as_bytes("lost")).status().code(), StatusCode::kOutOfSpace);
    env_.heal();
    append("kept");
  }
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(report_.torn_tail_bytes, 0u);
  EXPECT_THAT(texts(), ElementsAre("first", "kept", "kept", "kept", "kept"));
}

TEST_F(LocalLogTest, AFailedAppendThatCannotBeUndoneMakesTheLogReadOnly) {
  ASSERT_TRUE(open().ok());
  append_durable("first");
  env_.set_fault({.call = 3, .repeat = FaultyEnv::Repeat::kFromThenOn, .short_write_bytes = 7});
  append("second");
  ASSERT_TRUE(log_->wait_durable(log_->end()).ok());
  EXPECT_EQ(log_->append(base::as_bytes("lost")).status().code(), StatusCode::kUnavailable);
  env_.heal();
  EXPECT_EQ(log_->append(base::as_bytes("refused")).status().code(), StatusCode::kUnavailable);
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(report_.torn_tail_bytes, 7u);
  EXPECT_THAT(texts(), ElementsAre("first", "second"));
}

TEST_F(LocalLogTest, RefusesARecordForWhichNoSpaceCanBeReserved) {
  ASSERT_TRUE(open().ok());
  append_durable("a");
  const auto full = FaultyEnv::Fault{.call = 1, .repeat = FaultyEnv::Repeat::kFromThenOn,
                                     .status = Status(StatusCode::kOutOfSpace, "full"), .only = "preallocate"};
  // What the open segment has reserved is there.
  env_.set_fault(full);
  append_durable("b");
  // A new segment is not made, and a reopened one is not written to: its sync might find no space.
  EXPECT_EQ(log_->append(base::Bytes(1 << 20)).status().code(), StatusCode::kOutOfSpace);
  EXPECT_EQ(files().size(), 1u);
  append_durable("c");
  env_.heal();
  ASSERT_TRUE(open().ok());
  env_.set_fault(full);
  EXPECT_EQ(log_->append(base::as_bytes("x")).status().code(), StatusCode::kOutOfSpace);
  env_.heal();
  append_durable("d");
  EXPECT_THAT(texts(), ElementsAre("a", "b", "c", "d"));
}

TEST_F(LocalLogTest, MakesDoWithASmallSegmentWhereALargeOneFindsNoSpace) {
  ASSERT_TRUE(open({.first_segment_bytes = 1000, .max_segment_bytes = 64000}).ok());
  append(std::string(900, 'a'));
  append(std::string(900, 'b'));
  env_.set_fault({.call = 1, .status = Status(StatusCode::kOutOfSpace, "full"), .only = "preallocate"});
  append(std::string(1500, 'c'));  // 4000 bytes are refused, 1000 are not enough, so it gets its own size.
  EXPECT_EQ(env_.failures(), 1u);
  append_durable("d");
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(texts().size(), 4u);
}

TEST_F(LocalLogTest, AFailedSyncIsFinal) {
  ASSERT_TRUE(open().ok());
  const LogPosition first = append_durable("first");
  const LogPosition second = append("second");
  env_.set_fault({.call = 1, .only = "sync"});
  EXPECT_EQ(log_->wait_durable(second).code(), StatusCode::kIo);
  env_.heal();
  EXPECT_EQ(log_->wait_durable(second).code(), StatusCode::kIo);
  EXPECT_TRUE(log_->wait_durable(first).ok());
  EXPECT_EQ(log_->append(base::as_bytes("third")).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(texts().size(), 2u);
}

TEST_F(LocalLogTest, RefusesALogThatEndsBeforeWhatACheckpointCovers) {
  ASSERT_TRUE(open().ok());
  append_durable("first");
  const LogPosition covered = append("lost, but in a checkpoint");
  log_.reset();
  memory_.crash(MemoryEnv::Unsynced::kLost);
  const Status refused = open({.covered = covered});
  EXPECT_EQ(refused.code(), StatusCode::kDataLoss);
  EXPECT_THAT(refused.message(), HasSubstr("durable records are missing"));
  // Nothing was changed: without the checkpoint's word it is a log like any other.
  ASSERT_TRUE(open().ok());
  EXPECT_THAT(texts(), ElementsAre("first"));
}

TEST_F(LocalLogTest, RefusesALogThatBeginsBehindWhatACheckpointCovers) {
  ASSERT_TRUE(open({.first_segment_bytes = 64, .max_segment_bytes = 64}).ok());
  append_durable("first");
  const LogPosition second = append_durable("second");
  append_durable("third");
  ASSERT_TRUE(log_->trim(second).ok());
  ASSERT_TRUE(open({.covered = second}).ok());
  const Status refused = open({.covered = LogPosition(0)});
  EXPECT_EQ(refused.code(), StatusCode::kDataLoss);
  EXPECT_THAT(refused.message(), HasSubstr("the log begins at position"));
}

TEST_F(LocalLogTest, RefusesASegmentOfAnotherLog) {
  ASSERT_TRUE(open({.identity = 7}).ok());
  append_durable("mine");
  ASSERT_TRUE(open({.identity = 7}).ok());
  const Status refused = open({.identity = 8});
  EXPECT_EQ(refused.code(), StatusCode::kDataLoss);
  EXPECT_THAT(refused.message(), HasSubstr("another collection's log"));
}

// A script of appends and waits is cut off by power loss behind every I/O call. Each record that
// was waited for is there afterwards, and what is there is a prefix of what was written.
TEST_F(LocalLogTest, PowerLossAtAnyCallKeepsAPrefixWithAllThatWasDurable) {
  for (const auto unsynced :
       {MemoryEnv::Unsynced::kLost, MemoryEnv::Unsynced::kKept, MemoryEnv::Unsynced::kArbitrary}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      for (std::uint64_t call = 1; call < 200; ++call) {
        MemoryEnv disk(seed * 1000 + call);
        ASSERT_TRUE(disk.create_directory("/s").ok());
        ASSERT_TRUE(disk.sync_directory("/").ok());
        FaultyEnv faulty(disk);
        faulty.set_fault({.call = call,
                          .repeat = FaultyEnv::Repeat::kFromThenOn,
                          .short_write_bytes = call * 7 % 64});
        std::vector<std::string> written;
        std::size_t durable = 0;
        const LocalLog::Options options{
            .first_segment_bytes = 600, .max_segment_bytes = 1200, .covered = {}};
        if (auto log = LocalLog::open(faulty, "/s/log", options); log.ok()) {
          for (std::size_t i = 0; i < 30; ++i) {
            const std::string text = std::to_string(i) + std::string(i * 13 % 150, 'r');
            const auto end = (*log)->append(base::as_bytes(text));
            if (!end.ok()) break;
            written.push_back(text);
            if (i % 3 == 0 && (*log)->wait_durable(*end).ok()) durable = written.size();
          }
        }
        const bool ended = faulty.failures() == 0;
        disk.crash(unsynced);
        const auto log = LocalLog::open(disk, "/s/log", options);
        ASSERT_TRUE(log.ok()) << "call " << call << " seed " << seed << ": "
                              << log.status().to_string();
        std::vector<std::string> found;
        const Status read = (*log)->read({}, [&](LogPosition, std::span<const std::byte> record) {
          found.emplace_back(base::as_text(record));
          return Status();
        });
        ASSERT_TRUE(read.ok()) << "call " << call << " seed " << seed << ": " << read.to_string();
        ASSERT_GE(found.size(), durable) << "call " << call << " seed " << seed;
        // A record whose append failed half-way may be whole on the disk; it is the only extra one.
        ASSERT_LE(found.size(), written.size() + 1);
        for (std::size_t i = 0; i < std::min(found.size(), written.size()); ++i)
          EXPECT_EQ(found[i], written[i]);
        ASSERT_TRUE((*log)->append(base::as_bytes("after")).ok());
        if (ended) break;
      }
    }
  }
}

TEST_F(LocalLogTest, VerifyCountsRecordsAndTellsATornTail) {
  EXPECT_EQ(verify_log(memory_, "/s/none")->record_count, 0u);
  ASSERT_TRUE(open().ok());
  append_durable("first");
  append_durable("second");
  const auto whole = verify_log(memory_, "/s/log");
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->record_count, 2u);
  EXPECT_EQ(whole->segment_count, 1u);
  EXPECT_EQ(whole->torn_tail_bytes, 0u);
  ASSERT_TRUE(memory_.cut(first_file_, log_->size_bytes() - 1).ok());
  EXPECT_EQ(verify_log(memory_, "/s/log")->record_count, 1u);
  EXPECT_GT(verify_log(memory_, "/s/log")->torn_tail_bytes, 0u);
  EXPECT_GT(verify_log_file(memory_, first_file_)->torn_tail_bytes, 0u);
  EXPECT_EQ(verify_log_file(memory_, "/s/other").status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace alidade::oplog
