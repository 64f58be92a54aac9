// Dead rows go: by themselves, slice by slice beside writes, and when a compaction is asked for. No answer changes.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <random>

#include "base/json.h"
#include "env/memory/memory_env.h"
#include "query/filter/filter.h"
#include "query/search.h"
#include "shard/shard.h"
#include "storage/manifest.h"

namespace alidade::shard {
namespace {

using env::MemoryEnv;
using model::PointId;

constexpr std::uint32_t kDim = 8;

class CompactionTest : public testing::Test {
 protected:
  explicit CompactionTest(std::uint64_t min_dead_bytes = ~std::uint64_t{0})
      : log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = Background::Runner::kCaller}),
        runtime_{env_, log_, background_, {.min_dead_bytes = min_dead_bytes}} {
    config_.vectors[""] = {kDim, model::Distance::kCosine, std::nullopt};
    config_.vectors["other"] = {3, model::Distance::kEuclid, std::nullopt};
    config_.optimizers.indexing_threshold = 1;
    EXPECT_TRUE(env_.create_directory("data").ok());
    EXPECT_TRUE(env_.sync_directory(".").ok());
    open();
    for (const auto& [field, type] : std::map<std::string, model::FieldType>{
             {"n", model::FieldType::kInteger}, {"x", model::FieldType::kFloat}, {"k", model::FieldType::kKeyword},
             {"b", model::FieldType::kBool}, {"g", model::FieldType::kGeo}, {"d", model::FieldType::kDatetime},
             {"u", model::FieldType::kUuid}}) {
      submit(model::CreateFieldIndex{field, {type, {}}});
    }
    const auto phrases = base::json::parse(R"({"type":"text","phrase_matching":true})");
    submit(model::CreateFieldIndex{"t", {model::FieldType::kText, *phrases}});
  }

  void open() {
    shard_.reset();
    auto opened = Shard::open(runtime_, "data", config_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
  }

  void submit(model::Command command) {
    const Outcome outcome = shard_->submit(command, model::Durability::kSynced, {});
    ASSERT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
  }

  void upsert(std::uint64_t first, std::uint64_t count) {
    model::UpsertPoints command;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t id = first + i;
      const std::uint64_t v = random_() % 1000;
      command.points.ids.push_back(PointId::from_number(id));
      float values[kDim];
      for (float& value : values) value = static_cast<float>(random_() % 2001) / 1000 - 1;
      command.points.column("").set_row(i, values, kDim);
      if (v % 3 == 0) command.points.column("other").set_row(i, values, 3);
      command.points.payloads.push_back(fmt::format(
          R"({{"n":{},"x":{}.5,"k":["key {}","all"],"b":{},"g":{{"lon":{},"lat":{}}},"d":"2024-01-{:02}T00:00:00Z",)"
          R"("u":"00000000-0000-0000-0000-{:012}","t":"the word{} of many","empty":{}}})",
          v, v, v % 50, v % 2 == 0, v % 100, v % 80, v % 28 + 1, v % 300, v % 40, v % 5 == 0 ? "null" : "1"));
    }
    submit(command);
  }
  void remove(std::uint64_t id) {
    submit(model::DeletePoints{{std::vector{PointId::from_number(id)}, std::nullopt}, std::nullopt, false});
  }

  static model::Filter filter_of(const std::string& key, model::FieldTest test) {
    model::Filter filter;
    model::FieldCondition condition;
    condition.key = *model::JsonPath::parse(key);
    condition.tests.push_back(std::move(test));
    filter.must.emplace_back(std::move(condition));
    return filter;
  }

  /// Everything that a reader can ask for, as one text.
  std::string answers() const {
    std::string out;
    const auto view = shard_->read_view();
    const segment::Segment& segment = view.segment();
    std::map<PointId, base::PointOffset> order;
    segment.live().for_each([&](std::size_t i) {
      const base::PointOffset offset(static_cast<std::uint32_t>(i));
      order[segment.id(offset)] = offset;
      EXPECT_EQ(segment.find(segment.id(offset)), offset);
    });
    for (const auto& [id, offset] : order) {
      const auto record = segment.record(offset, model::PayloadSelector::all(), {model::VectorSelector::Kind::kAll, {}},
                                         segment::VectorForm::kOriginal);
      if (!record.ok()) return record.status().to_string();
      out += fmt::format("{} v{} seen {} {}", id.to_string(), record->version, segment.first_seen(offset),
                         *record->payload);
      for (const auto& vector : *record->vectors) out += fmt::format(" {}:{}", vector.name, fmt::join(std::get<std::vector<float>>(vector.value), ","));
      out += '\n';
    }
    const auto& indexes = segment.payload_indexes();
    for (const auto& [path, schema] : indexes.schema()) {
      out += fmt::format("{}: {} points;", path, indexes.points_count(path));
      if (const auto counts = *indexes.facet(path, segment.live(), 1000, observe::OpContext())) {
        for (const auto& entry : *counts) {
          out += ' ';
          std::visit([&](const auto& value) { out += fmt::format("{}", value); }, entry.value);
          out += fmt::format("={}", entry.count);
        }
      }
      out += '\n';
    }
    const auto count = [&](const std::string& name, const model::Filter& filter) {
      const auto prepared = query::PreparedFilter::prepare(filter, segment);
      ASSERT_TRUE(prepared.ok()) << name << ": " << prepared.status().to_string();
      const auto selected = prepared->select({});
      ASSERT_TRUE(selected.ok()) << name << ": " << selected.status().to_string();
      out += fmt::format("{}: {}\n", name, selected->count);
    };
    count("phrase", filter_of("t", model::MatchText{model::MatchText::Mode::kPhrase, "word7 of"}));
    count("word", filter_of("t", model::MatchText{model::MatchText::Mode::kAll, "many word3"}));
    count("not keys", filter_of("k", model::MatchExcept{{std::string("key 1"), std::string("all")}}));
    count("null", filter_of("k", model::NullFlag{false}));
    return out;
  }

  std::vector<std::uint64_t> nearest(const std::vector<float>& vector, bool exact) const {
    query::ResolvedQuery query;
    query.kind = query::Nearest{query::share(vector)};
    query.limit = 10;
    query.params.exact = exact;
    const auto view = shard_->read_view();
    const auto hits = query::search(view.segment(), query, 1, {});
    EXPECT_TRUE(hits.ok()) << hits.status().to_string();
    std::vector<std::uint64_t> ids;
    for (const auto& hit : hits->points) ids.push_back(view.segment().id(hit.offset).number());
    return ids;
  }
  /// Share of the ten nearest that the graph finds.
  double recall() {
    std::size_t found = 0;
    constexpr int kQueries = 30;
    for (int q = 0; q < kQueries; ++q) {
      std::vector<float> query(kDim);
      for (float& value : query) value = static_cast<float>(random_() % 2001) / 1000 - 1;
      const auto truth = nearest(query, true);
      for (const std::uint64_t id : nearest(query, false)) found += static_cast<std::size_t>(std::count(truth.begin(), truth.end(), id));
    }
    return static_cast<double>(found) / (10 * kQueries);
  }

  std::uint32_t rows() const { return shard_->read_view().segment().row_count(); }
  std::uint64_t live() const { return shard_->read_view().segment().live_count(); }

  MemoryEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::mt19937_64 random_{7};
  std::shared_ptr<Shard> shard_;
};

class AutomaticTest : public CompactionTest {
 protected:
  AutomaticTest() : CompactionTest(1) {}
};

TEST_F(CompactionTest, ChangesNoAnswerAndLeavesNoDeadRow) {
  for (std::uint64_t i = 0; i < 12; ++i) {
    upsert(i * 100, 200);
    if (i == 5) {
      ASSERT_TRUE(shard_->checkpoint().ok());
    }
  }
  for (std::uint64_t id = 0; id < 1300; id += 3) remove(id);
  submit(model::SetPayload{{std::vector{PointId::from_number(1)}, std::nullopt}, R"({"n":5000,"k":"late"})", std::nullopt});
  background_.run_maintenance();
  const std::string before = answers();
  ASSERT_GT(rows(), live());
  ASSERT_TRUE(shard_->compact().ok());
  EXPECT_EQ(rows(), live());
  EXPECT_EQ(answers(), before);
  EXPECT_GE(recall(), 0.95);
  // What comes next finds its place, in the state and in the files.
  upsert(0, 50);
  remove(400);
  const std::string after = answers();
  for (int i = 0; i < 2; ++i) {
    open();
    EXPECT_EQ(answers(), after);
    EXPECT_GE(recall(), 0.95);
    ASSERT_TRUE(shard_->compact().ok());
    EXPECT_EQ(answers(), after);
  }
}

// Writers may wait for one while the compaction keeps other threads from it.
TEST_F(CompactionTest, WritesTheCheckpointThatIsDueBeforeItsOwn) {
  upsert(0, 200);
  upsert(0, 200);
  runtime_.options.checkpoint_log_bytes = 1;
  open();
  ASSERT_TRUE(shard_->compact().ok());
  const auto manifest = storage::load_manifest(env_, "data");
  ASSERT_TRUE(manifest.ok()) << manifest.status().to_string();
  EXPECT_EQ(manifest->generation, 2U);
}

TEST_F(CompactionTest, LeavesNothingOfDeletedRowsInAnyFile) {
  model::UpsertPoints command;
  const float values[kDim] = {1};
  for (std::uint64_t i = 0; i < 30; ++i) {
    command.points.ids.push_back(PointId::from_number(i));
    command.points.column("").set_row(i, values, kDim);
    command.points.payloads.push_back(R"({"k":"secret-keyword","t":"secret-word here","free":"secret-text"})");
  }
  submit(command);
  ASSERT_TRUE(shard_->checkpoint().ok());
  const auto holds_secret = [&] {
    for (const char* folder : {"data", "data/log"}) {
      const auto entries = env_.list_directory(folder);
      EXPECT_TRUE(entries.ok());
      for (const auto& entry : *entries) {
        if (entry.is_directory) continue;
        const auto text = env::read_file(env_, env::join_path(folder, entry.name), std::size_t{1} << 30);
        EXPECT_TRUE(text.ok());
        if (text->find("secret") != std::string::npos) return true;
      }
    }
    return false;
  };
  ASSERT_TRUE(holds_secret());
  upsert(0, 30);
  ASSERT_TRUE(shard_->compact().ok());
  EXPECT_FALSE(holds_secret());
}

TEST_F(AutomaticTest, DropsDeadRowsBesideWrites) {
  upsert(0, 1500);
  for (int i = 0; i < 200; ++i) {
    // A slice of a renumbering may stand between any two of these.
    upsert(random_() % 1400, 30);
    if (i % 3 == 0) {
      const std::uint64_t id = random_() % 1500;
      remove(id);
      upsert(id, 1);
    }
    if (i % 7 == 0) submit(model::ClearPayload{{std::vector{PointId::from_number(random_() % 1400)}, std::nullopt}});
    if (i % 50 == 20) {
      ASSERT_TRUE(shard_->checkpoint().ok());
    }
    background_.run_maintenance(2);
    ASSERT_EQ(live(), 1500U);
  }
  background_.run_maintenance();
  EXPECT_LE(rows(), 2 * live());
  EXPECT_GE(recall(), 0.95);
  const std::string before = answers();
  open();
  EXPECT_EQ(answers(), before);
}

TEST_F(AutomaticTest, WritesTheCheckpointsThatFallDueMeanwhile) {
  upsert(0, 1200);
  upsert(0, 1200);
  upsert(0, 400);
  background_.run_maintenance(3);  // The renumbering has begun.
  ASSERT_GT(shard_->replay_bytes(), 0U);
  shard_->want_checkpoint();
  background_.run_maintenance(1);
  EXPECT_EQ(shard_->replay_bytes(), 0U);
  EXPECT_GT(rows(), 2 * live()) << "the renumbering should go on";
  const std::string before = answers();
  background_.run_maintenance();
  EXPECT_LE(rows(), 2 * live());
  EXPECT_EQ(answers(), before);
}

TEST_F(AutomaticTest, AVectorThatGetsItsDimensionMeanwhile) {
  config_.vectors["late"] = {0, model::Distance::kDot, std::nullopt};
  open();
  upsert(0, 1200);
  upsert(0, 1200);
  upsert(0, 400);
  background_.run_maintenance(3);  // The renumbering has begun.
  model::UpsertPoints command;
  command.points.ids = {PointId::from_number(3)};
  const float values[kDim] = {1, 2};
  command.points.column("").set_row(0, values, kDim);
  command.points.column("late").set_row(0, values, 2);
  submit(command);
  const std::string before = answers();
  background_.run_maintenance();
  EXPECT_LE(rows(), 2 * live());
  EXPECT_EQ(answers(), before);
}

TEST_F(AutomaticTest, ADroppedShardIsNotCompacted) {
  upsert(0, 10);
  upsert(0, 10);
  shard_->close();
  EXPECT_EQ(shard_->compact().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace alidade::shard
