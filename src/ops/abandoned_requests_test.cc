// Nobody waits for these requests any more: loops over rows end, and nothing is logged.
#include <gtest/gtest.h>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "observe/row_check.h"
#include "ops/dispatcher.h"

namespace alidade::ops {
namespace {

using model::PointId;
using observe::OpContext;

constexpr std::uint64_t kPoints = 3000;  // A few times as many as a loop does between two looks.
static_assert(kPoints > 2 * observe::RowCheck::kRows);

class AbandonedRequestsTest : public testing::TestWithParam<StatusCode> {
 protected:
  AbandonedRequestsTest()
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_({.runner = shard::Background::Runner::kCaller, .sync_interval = {}}) {
    auto opened = collection::Catalogue::open({env_, log_, background_, {}}, "data");
    EXPECT_TRUE(opened.ok());
    catalogue_ = std::move(*opened);
    model::CollectionConfig config;
    config.vectors[""] = {4, model::Distance::kDot, std::nullopt};
    EXPECT_TRUE(catalogue_->create(kBooks, config).ok());
    model::UpsertPoints command;
    for (std::uint64_t id = 0; id < kPoints; ++id) {
      const float row[4] = {1, 0, 0, static_cast<float>(id)};
      command.points.ids.push_back(PointId::from_number(id));
      command.points.payloads.push_back(R"({"n":)" + std::to_string(id) + R"(,"m":1})");
      command.points.column("").set_row(id, row, 4);
    }
    ids_ = command.points.ids;
    upsert_ = command;
    EXPECT_TRUE(write(command, OpContext()).ok());
    EXPECT_TRUE(write(model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}}, OpContext()).ok());
    if (GetParam() == StatusCode::kCancelled) {
      abandoned_.stop_flag()->store(true);
    } else {
      abandoned_.set_deadline(base::Deadline::after(std::chrono::milliseconds(-1)));
    }
  }

  Status write(model::Command command, OpContext context) {
    const auto outcome = handle(services(), context, WritePoints{kBooks, std::move(command), {}});
    return outcome.ok() ? outcome->problem : outcome.status();
  }

  template <typename Request>
  void expect_ended(const Request& request) {
    OpContext nobody = abandoned_;
    EXPECT_EQ(handle(services(), nobody, request).status().code(), GetParam());
    OpContext somebody;
    EXPECT_TRUE(handle(services(), somebody, request).ok());
  }

  std::uint64_t last_operation() {
    OpContext context;
    // A refused write takes no number.
    return handle(services(), context, WritePoints{kBooks, model::DeletePoints{{std::vector<PointId>(), std::nullopt}, std::nullopt, false}, {}})
        ->result.operation.value;
  }

  /// The write is not done at all by the abandoned request, and wholly by the next.
  void expect_not_logged(const model::Command& command) {
    const std::uint64_t before = last_operation();
    EXPECT_EQ(write(command, abandoned_).code(), GetParam());
    EXPECT_EQ(last_operation(), before + 1);
    EXPECT_TRUE(write(command, OpContext()).ok());
  }

  Services services() { return {*catalogue_, env_, 0}; }
  /// A condition that no index answers, true for all.
  static model::Filter every_row() {
    model::Filter filter;
    filter.must.push_back(model::Condition{model::IsEmptyCondition{*model::JsonPath::parse("missing")}});
    return filter;
  }

  static inline const model::CollectionRef kBooks = model::CollectionRef::by_name("books");
  env::MemoryEnv env_;
  observe::Log log_;
  shard::Background background_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::vector<PointId> ids_;
  model::UpsertPoints upsert_;
  OpContext abandoned_;
};

INSTANTIATE_TEST_SUITE_P(Reasons, AbandonedRequestsTest,
                         testing::Values(StatusCode::kCancelled, StatusCode::kDeadlineExceeded),
                         [](const auto& reason) {
                           return std::string(reason.param == StatusCode::kCancelled ? "Cancelled" : "TooLate");
                         });

TEST_P(AbandonedRequestsTest, ReadsEnd) {
  expect_ended(RetrievePoints{kBooks, ids_, {}, {}});
  ScrollPoints scroll;
  scroll.collection = kBooks;
  expect_ended(scroll);
  scroll.limit = kPoints;
  scroll.filter = every_row();
  expect_ended(scroll);
  scroll.filter = std::nullopt;
  scroll.order_by = model::OrderBy{*model::JsonPath::parse("n"), model::Direction::Kind::kAscending, std::nullopt};
  expect_ended(scroll);
  expect_ended(CountPoints{kBooks, every_row(), true});
  GetRecords get;
  get.collection = kBooks;
  get.limit = 1;
  expect_ended(get);
  get.limit = std::nullopt;
  expect_ended(get);
  get.ids = ids_;
  expect_ended(get);
}

TEST_P(AbandonedRequestsTest, WritesEndBeforeTheyAreLogged) {
  model::PointSelector by_ids{ids_, std::nullopt};
  model::PointSelector by_filter{std::nullopt, every_row()};
  expect_not_logged(model::SetPayload{by_ids, R"({"a":1})", std::nullopt});
  expect_not_logged(model::SetPayload{by_filter, R"({"a":2})", std::nullopt});
  expect_not_logged(model::OverwritePayload{by_filter, R"({"n":2})"});
  expect_not_logged(model::DeletePayload{by_ids, {*model::JsonPath::parse("a")}});
  expect_not_logged(model::DeleteVectors{by_filter, {""}});
  expect_not_logged(upsert_);
  model::UpsertPoints conditional = upsert_;
  conditional.update_filter = every_row();
  expect_not_logged(conditional);
  model::MergePoints merge;
  merge.points = upsert_.points;
  expect_not_logged(merge);
  // An index takes two numbers.
  const std::uint64_t before = last_operation();
  EXPECT_EQ(write(model::CreateFieldIndex{"m", {model::FieldType::kInteger, {}}}, abandoned_).code(), GetParam());
  EXPECT_EQ(last_operation(), before + 1);
  expect_not_logged(model::DeletePoints{by_filter, std::nullopt, false});
}

/// A small write is through before anybody asks, also when its client hung up after sending it.
TEST_P(AbandonedRequestsTest, ASmallWriteIsDone) {
  EXPECT_TRUE(write(model::SetPayload{{std::vector{ids_[0]}, std::nullopt}, R"({"a":1})", std::nullopt}, abandoned_).ok());
}

}  // namespace
}  // namespace alidade::ops
