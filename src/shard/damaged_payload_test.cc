// A payload block goes bad under a shard: before a change that builds on it, and between the logging of such a
// change and the next start. The other points serve, and whatever was logged applies.
#include <gtest/gtest.h>


#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "model/json_path.h"
#include "shard/shard.h"
#include "shard/verify.h"

namespace alidade::shard {
namespace {

using env::MemoryEnv;
using model::PointId;

constexpr std::uint64_t kPoints = 200;
// 200 payloads of 1 kB are four blocks of 64 KiB. The first points are in the first one, this one is in the second.
constexpr std::uint64_t kVictim = 100;
constexpr std::uint64_t kSecondBlock = 64 + (64 << 10);

class DamagedPayloadTest : public testing::Test {
 protected:
  DamagedPayloadTest()
      : log_(observe::LogLevel::kError, [] { return std::int64_t{0}; },
             [this](std::string_view line) { log_text_ += line; }),
        background_({.runner = Background::Runner::kCaller, .sync_interval = {}}) {
    config_.vectors[""] = {4, model::Distance::kDot, std::nullopt};
    EXPECT_TRUE(env_.create_directory("data").ok());
    EXPECT_TRUE(env_.sync_directory(".").ok());
    open();
    for (std::uint64_t id = 1; id <= kPoints; ++id) {
      EXPECT_TRUE(submit(upsert(id, payload_text(id))).problem.ok());
    }
    EXPECT_TRUE(submit(model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}}).problem.ok());
    EXPECT_TRUE(shard_->checkpoint().ok());
    // No payload is in memory, and no block was looked at.
    open();
  }

  Status try_open(env::Env& env) {
    shard_.reset();
    auto opened = Shard::open(Runtime{env, log_, background_, ShardOptions{}}, "data", config_);
    if (opened.ok()) shard_ = *opened;
    return opened.status();
  }
  void open() {
    const Status opened = try_open(env_);
    ASSERT_TRUE(opened.ok()) << opened.to_string();
  }

  Outcome submit(const model::Command& command) { return shard_->submit(command, model::Durability::kSynced, {}); }

  static std::string payload_text(std::uint64_t id) {
    return R"({"n":)" + std::to_string(id) + R"(,"t":")" + std::string(1000, 'x') + "\"}";
  }

  static model::UpsertPoints upsert(std::uint64_t id, std::string payload) {
    model::UpsertPoints command;
    const float row[4] = {1, 0, 0, static_cast<float>(id)};
    command.points.ids = {PointId::from_number(id)};
    command.points.column("").set_row(0, row, 4);
    command.points.payloads = {std::move(payload)};
    return command;
  }

  /// The same members for each id in turn, with or without vectors.
  static model::MergePoints merge(const std::vector<std::uint64_t>& ids, bool with_vectors) {
    model::MergePoints command;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      command.points.ids.push_back(PointId::from_number(ids[i]));
      command.points.payloads.push_back(R"({"turn)" + std::to_string(i) + R"(":true})");
      const float row[4] = {2, 0, 0, static_cast<float>(i)};
      if (with_vectors) command.points.column("").set_row(i, row, 4);
    }
    return command;
  }

  static model::PointSelector one(std::uint64_t id) { return {std::vector{PointId::from_number(id)}, std::nullopt}; }

  std::string payload_path() {
    const auto entries = env_.list_directory("data");
    for (const auto& entry : *entries) {
      if (entry.name.starts_with("payload") && !entry.name.starts_with("payload_index")) return "data/" + entry.name;
    }
    ADD_FAILURE() << "no payload file";
    return "";
  }

  void write_to_second_block(std::string_view text) {
    ASSERT_TRUE(env_.overwrite(payload_path(), kSecondBlock + 5000, base::as_bytes(text)).ok());
  }
  void damage() { write_to_second_block("damaged"); }
  void heal() { write_to_second_block("xxxxxxx"); }

  Result<std::string> payload(std::uint64_t id) const {
    const auto view = shard_->read_view();
    const auto offset = view.segment().find(PointId::from_number(id));
    if (!offset) return Status(StatusCode::kNotFound, "no such point");
    return view.segment().payload_text(*offset);
  }

  void expect_named(const Status& status, std::uint64_t id) {
    EXPECT_EQ(status.code(), StatusCode::kDataLoss) << status.to_string();
    EXPECT_NE(status.message().find("point " + std::to_string(id) + ": " + payload_path() + ": byte "),
              std::string::npos)
        << status.message();
  }

  /// How often the index finds the value.
  std::uint64_t found(std::int64_t n) const {
    const auto view = shard_->read_view();
    const auto cursor =
        view.segment().payload_indexes().ordered("n", index::OrderDirection::kAscending, std::nullopt);
    std::uint64_t count = 0;
    while (const auto entry = cursor->next()) {
      const bool live = view.segment().live().test(entry->offset.value);
      const auto* value = std::get_if<std::int64_t>(&entry->key);
      count += live && value != nullptr && *value == n ? 1 : 0;
    }
    return count;
  }

  MemoryEnv env_;
  std::string log_text_;
  observe::Log log_;
  Background background_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
};

TEST_F(DamagedPayloadTest, ARequestWithRepeatedIdsIsRefusedWholeAndNamesThePoint) {
  damage();
  for (const bool with_vectors : {false, true}) {
    const auto before = shard_->submit(upsert(1000, ""), model::Durability::kSynced, {}).result.operation;
    const Outcome outcome = submit(merge({1, 2, 1, kVictim}, with_vectors));
    expect_named(outcome.problem, kVictim);
    EXPECT_EQ(*payload(1), payload_text(1));
    // The shard goes on, and nothing of the request took a number.
    EXPECT_EQ(submit(upsert(1000, "")).result.operation.value, before.value + 1);
    open();
    EXPECT_EQ(shard_->stats().points_count, kPoints + 1);
    EXPECT_EQ(*payload(1), payload_text(1));
    EXPECT_EQ(*payload(2), payload_text(2));
    expect_named(payload(kVictim).status(), kVictim);
  }
}

TEST_F(DamagedPayloadTest, ARequestWithRepeatedIdsDoesTheSameFromTheStateAndFromTheLog) {
  for (const bool with_vectors : {false, true}) {
    EXPECT_TRUE(submit(merge({1, 2, 1, kVictim, 1, 777, 777}, with_vectors)).problem.ok());
    const auto all = [&] {
      std::string text;
      for (const std::uint64_t id : {1, 2, 100, 777}) text += *payload(id) + "\n";
      return text;
    };
    const std::string before = all();
    EXPECT_NE(before.find("\"turn0\":true,\"turn2\":true,\"turn4\":true"), std::string::npos) << before;
    EXPECT_NE(before.find("{\"turn5\":true,\"turn6\":true}"), std::string::npos) << before;
    open();
    EXPECT_EQ(all(), before);
    EXPECT_EQ(shard_->stats().points_count, kPoints + 1);
    EXPECT_EQ(found(kVictim), 1U);
    EXPECT_EQ(found(1), 1U);
  }
}

class LoggedChangeTest : public DamagedPayloadTest, public testing::WithParamInterface<int> {
 protected:
  /// Every kind of change that builds on a payload.
  static model::Command command(int kind) {
    switch (kind) {
      case 0: return merge({1, 2, 1, kVictim}, false);
      case 1: return merge({1, 2, 1, kVictim, kVictim}, true);
      case 2: return model::SetPayload{one(kVictim), R"({"turn0":true})", std::nullopt};
      case 3: return model::DeletePayload{one(kVictim), {*model::JsonPath::parse("t")}};
      case 4: return model::DeleteVectors{one(kVictim), {""}};
      default: return model::CreateFieldIndex{"t", {model::FieldType::kKeyword, {}}};
    }
  }
};

INSTANTIATE_TEST_SUITE_P(EveryKind, LoggedChangeTest, testing::Range(0, 6));

TEST_P(LoggedChangeTest, AppliesWhenTheBlockGoesBadAfterwards) {
  ASSERT_TRUE(submit(command(GetParam())).problem.ok());
  damage();
  open();
  EXPECT_EQ(shard_->stats().points_count, kPoints);
  expect_named(payload(kVictim).status(), kVictim);
  EXPECT_NE(log_text_.find("100"), std::string::npos) << log_text_;
  EXPECT_NE(log_text_.find(payload_path()), std::string::npos) << log_text_;
  EXPECT_TRUE(payload(1).ok());
  EXPECT_EQ(found(1), 1U);

  // It stays lost, also when the block reads well again: nobody knows what the change made of it.
  ASSERT_TRUE(shard_->checkpoint().ok());
  heal();
  open();
  EXPECT_EQ(payload(kVictim).status().code(), StatusCode::kDataLoss);
  bool is_named = false;
  for (const Status& told : verify_shard(env_, "data", config_, "").damages) {
    is_named = is_named || told.message().find("point 100: ") != std::string::npos;
  }
  EXPECT_TRUE(is_named);

  // A new payload ends it.
  EXPECT_TRUE(submit(model::OverwritePayload{one(kVictim), R"({"n":100})"}).problem.ok());
  EXPECT_EQ(*payload(kVictim), R"({"n":100})");
  EXPECT_EQ(found(kVictim), 1U);
  open();
  EXPECT_EQ(*payload(kVictim), R"({"n":100})");
  ASSERT_TRUE(shard_->checkpoint().ok());
  open();
  EXPECT_EQ(*payload(kVictim), R"({"n":100})");
  // The new index lacks every point of the block; the other changes built on this one.
  EXPECT_EQ(verify_shard(env_, "data", config_, "").damages.empty(), GetParam() != 5);
}

TEST_F(DamagedPayloadTest, OnlyDamageGivesAPayloadUpAFailingDiskDoesNot) {
  ASSERT_TRUE(submit(merge({1, kVictim}, false)).problem.ok());
  env::FaultyEnv failing(env_);
  ASSERT_TRUE(try_open(failing).ok());
  const std::uint64_t calls = failing.calls_by_name()["read"];
  bool refused = false;
  for (std::uint64_t call = 1; call <= calls; ++call) {
    failing.set_fault({.call = call, .only = "read"});
    const Status opened = try_open(failing);
    refused = refused || !opened.ok();
    EXPECT_EQ(log_text_.find("is given up"), std::string::npos) << log_text_;
    failing.heal();
  }
  EXPECT_TRUE(refused);
  open();
  EXPECT_NE(payload(kVictim)->find("turn1"), std::string::npos);
}

TEST_F(DamagedPayloadTest, ARequestCanReplaceAndDeleteWhatCannotBeRead) {
  damage();
  expect_named(submit(model::SetPayload{one(kVictim), R"({"a":1})", std::nullopt}).problem, kVictim);
  EXPECT_TRUE(submit(model::OverwritePayload{one(kVictim), R"({"n":7000})"}).problem.ok());
  EXPECT_EQ(*payload(kVictim), R"({"n":7000})");
  EXPECT_EQ(found(kVictim), 0U);
  EXPECT_EQ(found(7000), 1U);
  EXPECT_TRUE(submit(model::ClearPayload{one(kVictim + 1)}).problem.ok());
  EXPECT_EQ(*payload(kVictim + 1), "");
  EXPECT_TRUE(submit(upsert(kVictim + 2, R"({"n":8000})")).problem.ok());
  EXPECT_TRUE(submit(model::DeletePoints{one(kVictim + 3), std::nullopt, false}).problem.ok());
  open();
  EXPECT_EQ(*payload(kVictim), R"({"n":7000})");
  EXPECT_EQ(*payload(kVictim + 1), "");
  EXPECT_EQ(*payload(kVictim + 2), R"({"n":8000})");
  EXPECT_EQ(shard_->stats().points_count, kPoints - 1);
}

TEST_F(DamagedPayloadTest, ACheckpointKeepsTheFileOfAPayloadThatCannotBeRead) {
  damage();
  // Most of the file is dead, so the checkpoint would copy the rest.
  for (std::uint64_t id = 1; id <= kPoints; ++id) {
    if (id % 10 == 0) continue;
    EXPECT_TRUE(submit(model::DeletePoints{one(id), std::nullopt, false}).problem.ok());
  }
  const Status written = shard_->checkpoint();
  ASSERT_TRUE(written.ok()) << written.to_string();
  open();
  EXPECT_EQ(*payload(10), payload_text(10));
  EXPECT_EQ(*payload(200), payload_text(200));
  EXPECT_EQ(payload(kVictim).status().code(), StatusCode::kDataLoss);
}

TEST_F(DamagedPayloadTest, IndexesThatMustBeBuiltAgainLeaveTheRowOut) {
  shard_.reset();
  const auto entries = env_.list_directory("data");
  for (const auto& entry : *entries) {
    if (!entry.name.starts_with("payload_index")) continue;
    ASSERT_TRUE(env_.overwrite("data/" + entry.name, 100, base::as_bytes("damaged")).ok());
  }
  damage();
  open();
  EXPECT_EQ(found(1), 1U);
  EXPECT_EQ(found(kVictim), 0U);
  expect_named(payload(kVictim).status(), kVictim);
}

}  // namespace
}  // namespace alidade::shard
