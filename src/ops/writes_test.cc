// The handlers of writes: one command, and several in turn.
#include "ops/testing/memory_store.h"

namespace alidade::ops {
namespace {

using model::CollectionRef;

class WriteHandlers : public testing::MemoryStore {
 protected:
  WriteHandlers() { create("books"); }

  std::uint64_t count() {
    CountPoints request;
    request.collection = books_;
    return run(request).value();
  }
  /// A vector of another length than the collection has.
  static model::Command refused() {
    model::UpsertPoints command = point(9, 1, "{}");
    const float longer[] = {1, 2, 3};
    command.points.column("") = {};
    command.points.column("").set_row(0, longer, 3);
    return command;
  }

  const CollectionRef books_ = CollectionRef::by_name("books");
};

TEST_F(WriteHandlers, AWriteTellsItsNumber) {
  const auto first = run(WritePoints{books_, point(1, 1, "{}")});
  const auto second = run(WritePoints{books_, point(2, 1, "{}")});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->problem.ok() && second->problem.ok());
  EXPECT_LT(first->result.operation, second->result.operation);
  EXPECT_EQ(count(), 2U);
}

TEST_F(WriteHandlers, AnUnknownCollectionIsNoProblemOfTheWrite) {
  EXPECT_EQ(run(WritePoints{CollectionRef::by_name("ghost"), point(1, 1, "{}")}).status().code(), StatusCode::kNotFound);
}

TEST_F(WriteHandlers, ABatchStopsAtTheFirstThatFails) {
  UpdateBatch batch;
  batch.collection = books_;
  batch.commands = {point(1, 1, "{}"), refused(), point(2, 1, "{}")};
  const auto outcome = run(batch);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->problem.ok());
  EXPECT_EQ(outcome->results.size(), 2U);  // The one that failed has its result too.
  EXPECT_EQ(count(), 1U);                  // What went before stays, what comes after is not done.
}

TEST_F(WriteHandlers, AnEmptyBatchAsksForNothing) {
  UpdateBatch batch;
  batch.collection = CollectionRef::by_name("ghost");
  const auto outcome = run(batch);
  ASSERT_TRUE(outcome.ok());
  EXPECT_TRUE(outcome->problem.ok());
  EXPECT_TRUE(outcome->results.empty());
}

}  // namespace
}  // namespace alidade::ops
