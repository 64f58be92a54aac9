#include "storage/point_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "env/memory/memory_env.h"

namespace alidade::storage {
namespace {

using base::OpNumber;
using base::PointOffset;
using model::PointId;

/// What a point should be.
struct Expected {
  std::string payload;
  std::uint64_t version = 0;
  std::uint64_t first_seen = 0;
  std::vector<float> vector;  // Empty = absent.
  float norm = 1;
  std::string original_id;
};

class PointStoreTest : public ::testing::Test {
 protected:
  PointStoreTest() {
    EXPECT_TRUE(env_.create_directory("/s").ok());
    store_ = PointStore::create(env_, "/s", specs_).value();
  }

  void put(std::uint64_t number, const Expected& point) {
    const model::VectorView vectors[] = {{point.vector.empty() ? nullptr : point.vector.data(), nullptr, 1, 0}, {}};
    const float norms[] = {point.norm, 1};
    RowInput row{.id = PointId::from_number(number),
                 .original_id = point.original_id,
                 .version = OpNumber(point.version),
                 .first_seen = point.first_seen,
                 .payload = point.payload,
                 .vectors = std::span(vectors).first(store_->specs().size()),
                 .norms = std::span(norms).first(store_->specs().size())};
    store_->append(row);
    expected_[number] = point;
  }
  void put_simple(std::uint64_t number, const std::string& payload) {
    const auto value = static_cast<float>(number);
    put(number, {payload,
                 number + 1,
                 number + 100,
                 {value, value + 1, value + 2},
                 value + 0.5F,
                 number % 3 == 0 ? "text " + std::to_string(number) : ""});
  }
  void remove(std::uint64_t number) {
    store_->kill(*store_->find(PointId::from_number(number)));
    expected_.erase(number);
  }

  Status checkpoint() {
    auto checkpoint = store_->begin_checkpoint();
    Manifest next = manifest_;
    ++next.generation;
    ALD_ASSIGN(next.files, PointStore::write(*checkpoint, next.generation));
    ALD_RETURN_IF_ERROR(store_manifest(env_, "/s", next));
    store_->finish_checkpoint(*checkpoint);
    manifest_ = next;
    return remove_unreferenced(env_, "/s", manifest_);
  }
  Status reopen() {
    store_.reset();
    ALD_ASSIGN(manifest_, load_manifest(env_, "/s"));
    ALD_ASSIGN(store_, PointStore::open(env_, "/s", manifest_, specs_));
    return Status();
  }

  void expect_all(const PointStore& store) const {
    EXPECT_EQ(store.live_count(), expected_.size());
    EXPECT_EQ(store.live().count(), expected_.size());
    for (const auto& [number, point] : expected_) {
      const auto offset = store.find(PointId::from_number(number));
      ASSERT_TRUE(offset) << number;
      EXPECT_EQ(store.id(*offset), PointId::from_number(number));
      EXPECT_TRUE(store.is_live(*offset));
      const auto payload = store.payload(*offset);
      ASSERT_TRUE(payload.ok()) << payload.status().to_string();
      EXPECT_EQ(*payload, point.payload);
      EXPECT_EQ(store.version(*offset).value, point.version);
      EXPECT_EQ(store.first_seen(*offset), point.first_seen);
      EXPECT_EQ(store.original_id(*offset), point.original_id);
      ASSERT_EQ(store.has_vector(0, *offset), !point.vector.empty());
      if (point.vector.empty()) continue;
      const float* row = store.rows(0).row(offset->value);
      EXPECT_EQ(std::vector<float>(row, row + 3), point.vector);
      EXPECT_EQ(store.norm(0, *offset), point.norm);
    }
  }

  env::MemoryEnv env_;
  std::vector<VectorSpec> specs_ = {{"", 3, true}};
  std::unique_ptr<PointStore> store_;
  Manifest manifest_;
  std::map<std::uint64_t, Expected> expected_;
};

TEST_F(PointStoreTest, FindsWhatWasAppended) {
  for (std::uint64_t i = 0; i < 100; ++i) put_simple(i, i % 2 == 0 ? "" : R"({"a":1})");
  put(200, {"{}", 9, 8, {}, 1, "no vector"});
  expect_all(*store_);
  EXPECT_FALSE(store_->find(PointId::from_number(101)));
  EXPECT_FALSE(store_->find(PointId::from_uuid({0, 1})));
}

TEST_F(PointStoreTest, ANewVersionOfAPointKillsTheOldRow) {
  put_simple(7, "old");
  put_simple(7, "new");
  EXPECT_EQ(store_->row_count(), 2u);
  EXPECT_FALSE(store_->is_live(PointOffset(0)));
  expect_all(*store_);
}

TEST_F(PointStoreTest, KillingTwiceOrAnOldRowChangesNothing) {
  put_simple(7, "old");
  put_simple(7, "new");
  store_->kill(PointOffset(0));
  expect_all(*store_);
  remove(7);
  store_->kill(PointOffset(1));
  EXPECT_FALSE(store_->find(PointId::from_number(7)));
  EXPECT_EQ(store_->live_count(), 0u);
}

TEST_F(PointStoreTest, AnEmptyStoreHasNoFiles) {
  ASSERT_TRUE(checkpoint().ok());
  EXPECT_TRUE(manifest_.files.empty());
  ASSERT_TRUE(reopen().ok());
  EXPECT_EQ(store_->row_count(), 0u);
}

TEST_F(PointStoreTest, ReopensWhatACheckpointWrote) {
  for (std::uint64_t i = 0; i < 500; ++i) put_simple(i, "payload " + std::to_string(i));
  put(1000, {"", 1, 2, {}, 1, ""});
  remove(17);
  ASSERT_TRUE(checkpoint().ok());
  EXPECT_EQ(store_->unsealed_bytes(), 0u);
  expect_all(*store_);
  const Status opened = reopen();
  ASSERT_TRUE(opened.ok()) << opened.to_string();
  expect_all(*store_);
  EXPECT_EQ(store_->unsealed_bytes(), 0u);
  EXPECT_EQ(store_->row_count(), 501u);
}

TEST_F(PointStoreTest, KeepsOffsetsAndChangesOverManyCheckpoints) {
  for (std::uint64_t round = 0; round < 60; ++round) {
    for (std::uint64_t i = 0; i < 20; ++i) put_simple(round * 20 + i, "first " + std::to_string(i));
    for (std::uint64_t i = 0; i < round; ++i) {
      const std::uint64_t number = (i * 37 + round) % (round * 20);
      const auto offset = store_->find(PointId::from_number(number));
      if (!offset) continue;
      if (i % 5 == 0) {
        remove(number);
      } else if (i % 2 == 0) {
        put_simple(number, "again");
      } else {
        store_->set_payload(*offset, "changed", OpNumber(round + 5000));
        expected_[number].payload = "changed";
        expected_[number].version = round + 5000;
      }
    }
    ASSERT_TRUE(checkpoint().ok());
    // Rows, payload and table files, bounded however many checkpoints there were.
    EXPECT_LE(manifest_.files.size(), 35u);
    if (round % 7 == 0) {
      const auto rows = store_->row_count();
      ASSERT_TRUE(reopen().ok());
      EXPECT_EQ(store_->row_count(), rows);
    }
    expect_all(*store_);
  }
}

TEST_F(PointStoreTest, AChangeDuringACheckpointIsNotLost) {
  for (std::uint64_t i = 0; i < 50; ++i) put_simple(i, "before");
  auto checkpoint = store_->begin_checkpoint();
  store_->set_payload(*store_->find(PointId::from_number(3)), "during", OpNumber(99));
  expected_[3].payload = "during";
  expected_[3].version = 99;
  remove(4);
  put_simple(5, "moved");
  put_simple(60, "added");
  auto files = PointStore::write(*checkpoint, 1);
  ASSERT_TRUE(files.ok());
  store_->finish_checkpoint(*checkpoint);
  expect_all(*store_);
  EXPECT_GT(store_->unsealed_bytes(), 0u);
  manifest_.generation = 1;
  ASSERT_TRUE(this->checkpoint().ok());
  ASSERT_TRUE(reopen().ok());
  expect_all(*store_);
}

TEST_F(PointStoreTest, DeadPayloadsLeaveTheDisk) {
  const std::string large(1000, 'x');
  for (std::uint64_t i = 0; i < 500; ++i) put_simple(i, large);
  ASSERT_TRUE(checkpoint().ok());
  const std::uint64_t full = store_->disk_bytes();
  for (std::uint64_t i = 0; i < 400; ++i) remove(i);
  ASSERT_TRUE(checkpoint().ok());
  EXPECT_LT(store_->disk_bytes(), full / 3);
  expect_all(*store_);
  ASSERT_TRUE(reopen().ok());
  expect_all(*store_);
}

TEST_F(PointStoreTest, AVectorThatIsMadeAnewIsEmpty) {
  for (std::uint64_t i = 0; i < 10; ++i) put_simple(i, "p");
  ASSERT_TRUE(checkpoint().ok());
  ASSERT_TRUE(store_->remove_vector(""));
  EXPECT_FALSE(store_->remove_vector(""));
  store_->add_vector({"", 3, true});
  for (auto& [number, point] : expected_) point.vector.clear();
  put_simple(11, "with vector");
  expect_all(*store_);
  ASSERT_TRUE(checkpoint().ok());
  ASSERT_TRUE(reopen().ok());
  expect_all(*store_);
}

// Chroma takes vectors of any length; what was taken must be read again.
TEST_F(PointStoreTest, OpensVectorsOfMoreThanAMillionValues) {
  constexpr std::uint32_t kLong = (1U << 20) + 3;
  const std::vector<VectorSpec> specs = {{"", kLong, true}};
  auto store = PointStore::create(env_, "/s", specs).value();
  std::vector<float> values(kLong, 0.25F);
  values.back() = 7;
  const model::VectorView vectors[] = {{values.data(), nullptr, 1, 0}};
  const float norms[] = {2};
  store->append({.id = PointId::from_number(1), .original_id = "", .version = OpNumber(1), .first_seen = 1,
                 .payload = "", .vectors = vectors, .norms = norms});
  const auto checkpoint = store->begin_checkpoint();
  Manifest manifest;
  manifest.generation = 1;
  manifest.files = PointStore::write(*checkpoint, 1).value();
  const auto opened = PointStore::open(env_, "/s", manifest, specs);
  ASSERT_TRUE(opened.ok()) << opened.status().to_string();
  const float* row = (*opened)->rows(0).row(0);
  EXPECT_EQ(row[0], 0.25F);
  EXPECT_EQ(row[kLong - 1], 7);
}

}  // namespace
}  // namespace alidade::storage
