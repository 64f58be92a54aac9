// An answer that waits for the disk: what is counted of its operation, and when.
#include <memory>
#include <string>

#include "auth/keys.h"
#include "observe/held_answer.h"
#include "observe/metric_names.h"
#include "observe/metrics.h"
#include "ops/testing/memory_store.h"

namespace alidade::ops {
namespace {

class HeldAnswers : public testing::MemoryStore {
 protected:
  HeldAnswers() {
    create("books");
    context_.face = "test";
    context_.identity = std::make_shared<const auth::Identity>(
        auth::Identity{auth::Identity::Kind::kApiKey, auth::GlobalRight::kManage, {}, ""});
    context_.held_answer = std::make_shared<observe::HeldAnswer>([this](const Status& outcome) {
      sent_ += "sender: " + outcome.to_string();
    });
  }

  std::uint64_t counted(const std::string& operation, const std::string& code) {
    return metrics_.counter(observe::kOperationsTotal, {{"face", "test"}, {"operation", operation}, {"code", code}})
        .value();
  }
  observe::HeldAnswer& held() { return *context_.held_answer; }

  const CollectionRef books_ = CollectionRef::by_name("books");
  auth::KeyRing keys_;
  observe::Metrics metrics_;
  observe::Log quiet_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  Dispatcher dispatcher_{services(), keys_, metrics_, quiet_};
  observe::OpContext context_;
  std::string sent_;  ///< Who was told what.
};

TEST_F(HeldAnswers, AWriteIsCountedWhenItsAnswerIsReleased) {
  ASSERT_TRUE(dispatcher_.run(context_, WritePoints{books_, point(1, 1, "{}")}).ok());
  ASSERT_TRUE(held().is_held());
  EXPECT_EQ(counted("upsert_points", "kOk"), 0U);
  // A look at the collection before the answer is sent is not the operation that waits.
  ASSERT_TRUE(dispatcher_.run(context_, GetCollection{books_}).ok());
  EXPECT_EQ(counted("get_collection", "kOk"), 1U);
  held().start();
  EXPECT_EQ(sent_, "sender: " + Status().to_string());
  EXPECT_EQ(counted("upsert_points", "kOk"), 1U);
  EXPECT_EQ(counted("get_collection", "kOk"), 1U);
}

TEST_F(HeldAnswers, AnUnwaitedWriteAndARefusedOneAreNotHeld) {
  WritePoints write{books_, point(1, 1, "{}"), model::Durability::kLogged};
  ASSERT_TRUE(dispatcher_.run(context_, write).ok());
  EXPECT_FALSE(held().is_held());
  EXPECT_EQ(counted("upsert_points", "kOk"), 1U);
  EXPECT_FALSE(dispatcher_.run(context_, WritePoints{CollectionRef::by_name("ghost"), point(1, 1, "{}")}).ok());
  EXPECT_FALSE(held().is_held());
}

TEST_F(HeldAnswers, AFailedWaitIsToldToTheWatcherAndThenToTheSender) {
  const Status failure(StatusCode::kUnavailable, "the disk");
  held().hold([failure](const std::shared_ptr<observe::HeldAnswer>& answer) { answer->release(failure); });
  held().watch([this](const Status& outcome) { sent_ += "watcher: " + outcome.to_string() + ", "; });
  held().start();
  EXPECT_EQ(sent_, "watcher: " + failure.to_string() + ", sender: " + failure.to_string());
}

}  // namespace
}  // namespace alidade::ops
