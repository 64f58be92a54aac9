#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "oplog/log.h"

/// What every back-end of Log keeps. A back-end derives a LogFixture and says
///   INSTANTIATE_TYPED_TEST_SUITE_P(LocalLog, OpLogConformance, MyFixture);
namespace alidade::oplog {

/// A place that outlives the logs opened on it. Its concrete class has a default constructor.
class LogFixture {
 public:
  virtual ~LogFixture() = default;
  /// Opens what the place holds; the log before it is closed.
  virtual Result<std::unique_ptr<Log>> open() = 0;
  /// Whether power_loss() works.
  virtual bool can_lose_power() const = 0;
  /// Drops what is not durable. The log that is open is of no use afterwards.
  virtual void power_loss() = 0;
};

template <typename Fixture>
class OpLogConformance : public ::testing::Test {
 protected:
  using Record = std::pair<std::uint64_t, std::string>;

  void SetUp() override { reopen(); }
  void reopen() {
    log_.reset();
    auto opened = fixture_.open();
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    log_ = std::move(opened).value();
  }
  base::LogPosition append(const std::string& text) {
    const auto end = log_->append(base::as_bytes(text));
    EXPECT_TRUE(end.ok()) << end.status().to_string();
    return end.ok() ? *end : base::LogPosition();
  }
  std::vector<Record> read(base::LogPosition from = {}) const {
    std::vector<Record> records;
    const Status status =
        log_->read(from, [&](base::LogPosition end, std::span<const std::byte> record) {
          records.emplace_back(end.value, base::as_text(record));
          return Status();
        });
    EXPECT_TRUE(status.ok()) << status.to_string();
    return records;
  }

  Fixture fixture_;
  std::unique_ptr<Log> log_;
};

TYPED_TEST_SUITE_P(OpLogConformance);

TYPED_TEST_P(OpLogConformance, BeginsEmpty) {
  EXPECT_EQ(this->log_->end().value, 0u);
  EXPECT_EQ(this->log_->durable_end().value, 0u);
  EXPECT_THAT(this->read(), ::testing::IsEmpty());
  EXPECT_TRUE(this->log_->wait_durable({}).ok());
  EXPECT_TRUE(this->log_->trim({}).ok());
}

TYPED_TEST_P(OpLogConformance, ReadsWhatWasAppendedInOrder) {
  std::vector<std::pair<std::uint64_t, std::string>> written;
  std::uint64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string text =
        "record " + std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x');
    const auto end = this->append(text);
    EXPECT_GT(end.value, last);
    EXPECT_EQ(this->log_->end(), end);
    last = end.value;
    written.emplace_back(end.value, text);
  }
  EXPECT_EQ(this->read(), written);
  this->reopen();
  EXPECT_EQ(this->read(), written);
  EXPECT_EQ(this->log_->end().value, last);
}

TYPED_TEST_P(OpLogConformance, KeepsEmptyAndLargeRecords) {
  const std::string large(3 << 20, 'l');
  this->append("");
  this->append(large);
  this->append("");
  this->reopen();
  const auto records = this->read();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].second, "");
  EXPECT_EQ(records[1].second, large);
  EXPECT_EQ(records[2].second, "");
}

TYPED_TEST_P(OpLogConformance, ReadsOnlyBehindAPosition) {
  const auto first = this->append("a");
  const auto second = this->append("b");
  const auto third = this->append("c");
  EXPECT_EQ(this->read(first).size(), 2u);
  EXPECT_EQ(this->read(second),
            (std::vector<std::pair<std::uint64_t, std::string>>{{third.value, "c"}}));
  EXPECT_THAT(this->read(third), ::testing::IsEmpty());
}

TYPED_TEST_P(OpLogConformance, TheVisitorsErrorEndsReading) {
  this->append("a");
  this->append("b");
  int calls = 0;
  const Status status = this->log_->read({}, [&](base::LogPosition, std::span<const std::byte>) {
    ++calls;
    return invalid_argument("enough");
  });
  EXPECT_EQ(status.message(), "enough");
  EXPECT_EQ(calls, 1);
}

TYPED_TEST_P(OpLogConformance, WhatWasWaitedForIsDurable) {
  const auto first = this->append("a");
  this->append("b");
  ASSERT_TRUE(this->log_->wait_durable(first).ok());
  EXPECT_GE(this->log_->durable_end(), first);
  if (!this->fixture_.can_lose_power()) return;
  const auto third = this->append("c");
  ASSERT_TRUE(this->log_->wait_durable(third).ok());
  this->append("d");
  this->fixture_.power_loss();
  this->reopen();
  const auto records = this->read();
  ASSERT_GE(records.size(), 3u);
  EXPECT_EQ(records[2].second, "c");
}

TYPED_TEST_P(OpLogConformance, RefusesToWaitForThePositionOfNoRecord) {
  const auto end = this->append("a");
  EXPECT_EQ(this->log_->wait_durable(base::LogPosition(end.value + 1)).code(),
            StatusCode::kInvalidArgument);
}

TYPED_TEST_P(OpLogConformance, PositionsGoOnAfterTrimAndReopen) {
  base::LogPosition last;
  for (int i = 0; i < 50; ++i) last = this->append(std::string(100'000, 't'));
  ASSERT_TRUE(this->log_->wait_durable(last).ok());
  const std::uint64_t size_before = this->log_->size_bytes();
  ASSERT_TRUE(this->log_->trim(last).ok());
  EXPECT_LT(this->log_->size_bytes(), size_before);
  this->reopen();
  EXPECT_EQ(this->log_->end(), last);
  EXPECT_THAT(this->read(last), ::testing::IsEmpty());
  EXPECT_GT(this->append("next").value, last.value);
  ASSERT_EQ(this->read(last).size(), 1u);
}

TYPED_TEST_P(OpLogConformance, TrimKeepsWhatIsBehindThePosition) {
  std::vector<base::LogPosition> ends;
  for (int i = 0; i < 50; ++i) ends.push_back(this->append(std::string(50'000, 't')));
  ASSERT_TRUE(this->log_->wait_durable(ends.back()).ok());
  for (std::size_t i = 0; i < ends.size(); i += 7) {
    ASSERT_TRUE(this->log_->trim(ends[i]).ok());
    EXPECT_EQ(this->read(ends[i]).size(), ends.size() - 1 - i);
  }
}

TYPED_TEST_P(OpLogConformance, TrimForgetsAllThatWasSealed) {
  ASSERT_TRUE(this->log_->seal().ok());  // Without a record.
  this->append(std::string(1000, 's'));
  const base::LogPosition last = this->append("sealed");
  ASSERT_TRUE(this->log_->seal().ok());
  EXPECT_EQ(this->log_->durable_end(), last);
  this->append("behind");
  ASSERT_TRUE(this->log_->trim(last).ok());
  EXPECT_LT(this->log_->size_bytes(), 1000u);
  for (int i = 0; i < 2; ++i) {
    const auto records = this->read();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].second, "behind");
    this->reopen();
  }
}

TYPED_TEST_P(OpLogConformance, ManyThreadsMayWaitWhileOneAppends) {
  constexpr int kRecords = 200;
  std::atomic<std::uint64_t> appended = 0;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      std::uint64_t seen = 0;
      while (seen != ~std::uint64_t{0}) {
        seen = appended.load();
        const base::LogPosition target(seen == ~std::uint64_t{0} ? this->log_->end().value : seen);
        EXPECT_TRUE(this->log_->wait_durable(target).ok());
        EXPECT_GE(this->log_->durable_end(), target);
      }
    });
  }
  for (int i = 0; i < kRecords; ++i) appended.store(this->append(std::string(3000, 'w')).value);
  appended.store(~std::uint64_t{0});
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(this->read().size(), static_cast<std::size_t>(kRecords));
}

REGISTER_TYPED_TEST_SUITE_P(OpLogConformance,
                            BeginsEmpty,
                            ReadsWhatWasAppendedInOrder,
                            KeepsEmptyAndLargeRecords,
                            ReadsOnlyBehindAPosition,
                            TheVisitorsErrorEndsReading,
                            WhatWasWaitedForIsDurable,
                            RefusesToWaitForThePositionOfNoRecord,
                            PositionsGoOnAfterTrimAndReopen,
                            TrimKeepsWhatIsBehindThePosition,
                            TrimForgetsAllThatWasSealed,
                            ManyThreadsMayWaitWhileOneAppends);

}  // namespace alidade::oplog
