// A read view is a value. One thread holds views open and does everything that changes a shard meanwhile: nothing waits
// for a view (this thread would wait for itself), and each view answers as on the day it was taken.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "env/bounded/bounded_env.h"
#include "env/memory/memory_env.h"
#include "query/filter/filter.h"
#include "query/search.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

using model::PointId;

constexpr std::uint32_t kViewDim = 8;

std::vector<float> vector_of(std::uint64_t id, std::uint64_t turn) {
  std::vector<float> values(kViewDim);
  for (std::uint32_t d = 0; d < kViewDim; ++d) {
    values[d] = static_cast<float>((id * 37 + turn * 101 + d * d * 17) % 97) / 97.0F + 0.01F;
  }
  return values;
}

class ReadViewTest : public testing::Test {
 protected:
  ReadViewTest()
      : env_(disk_, {.max_open_files = 8}),
        log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }, [](std::string_view) {}),
        background_({.runner = Background::Runner::kCaller}),
        runtime_{env_, log_, background_, {.min_dead_bytes = 1}} {
    config_.vectors[""] = {kViewDim, model::Distance::kCosine, std::nullopt};
    config_.optimizers.indexing_threshold = 1;
    EXPECT_TRUE(disk_.create_directory("data").ok());
    EXPECT_TRUE(disk_.sync_directory(".").ok());
    auto opened = Shard::open(runtime_, "data", config_);
    EXPECT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
    for (const auto& [field, type] : std::vector<std::pair<std::string, model::FieldType>>{
             {"n", model::FieldType::kInteger}, {"x", model::FieldType::kFloat}, {"k", model::FieldType::kKeyword},
             {"b", model::FieldType::kBool}, {"g", model::FieldType::kGeo}, {"u", model::FieldType::kUuid}}) {
      submit(model::CreateFieldIndex{field, {type, {}}});
    }
    const auto phrases = base::json::parse(R"({"type":"text","phrase_matching":true})");
    submit(model::CreateFieldIndex{"t", {model::FieldType::kText, *phrases}});
  }

  void submit(model::Command command) {
    const Outcome outcome = shard_->submit(command, model::Durability::kSynced, {});
    ASSERT_TRUE(outcome.problem.ok()) << outcome.problem.to_string();
  }

  static std::string payload_of(std::uint64_t id, std::uint64_t turn) {
    return fmt::format(
        R"({{"b":{},"g":{{"lat":{},"lon":{}}},"k":["k{}","turn{}"],"n":{},"t":"red apples {} and pears","u":"{:08x}-0000-4000-8000-000000000000","x":{}.5}})",
        id % 2 == 0, id % 80, turn, id % 10, turn, id, turn, id, turn);
  }

  void upsert(std::uint64_t first, std::uint64_t count, std::uint64_t turn) {
    model::UpsertPoints command;
    for (std::uint64_t i = 0; i < count; ++i) {
      command.points.ids.push_back(PointId::from_number(first + i));
      command.points.column("").set_row(i, vector_of(first + i, turn).data(), kViewDim);
      command.points.payloads.push_back(payload_of(first + i, turn));
    }
    submit(std::move(command));
  }

  void remove(std::uint64_t first, std::uint64_t count) {
    std::vector<PointId> ids;
    for (std::uint64_t i = 0; i < count; ++i) ids.push_back(PointId::from_number(first + i));
    submit(model::DeletePoints{{std::move(ids), std::nullopt}, std::nullopt});
  }

  static model::PointSelector points(std::vector<std::uint64_t> numbers) {
    std::vector<PointId> ids;
    for (const std::uint64_t number : numbers) ids.push_back(PointId::from_number(number));
    return {std::move(ids), std::nullopt};
  }

  static model::Filter field_filter(const std::string& key, model::FieldTest test) {
    model::Filter filter;
    filter.must.emplace_back(model::FieldCondition{*model::JsonPath::parse(key), {std::move(test)}});
    return filter;
  }

  static std::string selected(const segment::Segment& segment, const model::Filter& filter) {
    const auto prepared = query::PreparedFilter::prepare(filter, segment);
    EXPECT_TRUE(prepared.ok());
    const auto selection = prepared->select({});
    EXPECT_TRUE(selection.ok());
    std::string ids;
    selection->rows.for_each([&](std::size_t row) {
      ids += " " + segment.id(base::PointOffset(static_cast<std::uint32_t>(row))).to_string();
    });
    return fmt::format("{} of{}", selection->count, ids);
  }

  static std::string ordered(const segment::Segment& segment, const std::string& path) {
    std::string out;
    auto cursor = segment.payload_indexes().ordered(path, index::OrderDirection::kDescending, std::nullopt);
    if (cursor == nullptr) return "no order";
    while (const auto entry = cursor->next()) {
      if (entry->offset.value < segment.row_count() && segment.live().test(entry->offset.value)) {
        out += " " + segment.id(entry->offset).to_string();
      }
    }
    return out;
  }

  /// Everything that a view can be asked for.
  static std::string everything(const Shard::ReadView& view) {
    const segment::Segment& segment = view.segment();
    std::string out = fmt::format("{} points\n", segment.live_count());
    for (std::size_t row = segment.live().find_next(0); row < segment.live().size();
         row = segment.live().find_next(row + 1)) {
      const base::PointOffset offset(static_cast<std::uint32_t>(row));
      EXPECT_EQ(segment.find(segment.id(offset)), offset);
      const auto record = segment.record(offset, model::PayloadSelector::all(), model::VectorSelector::all(),
                                         segment::VectorForm::kOriginal);
      if (!record.ok()) return record.status().to_string();
      out += fmt::format("{} v{} first {} {} {}\n", record->id.to_string(), record->version, segment.first_seen(offset),
                         *record->payload, fmt::join(std::get<std::vector<float>>(record->vectors->front().value), ","));
    }
    for (const std::uint64_t turn : {0, 1, 2}) {
      const model::FieldTest tests[] = {model::MatchValue{fmt::format("turn{}", turn)},
                                        model::MatchExcept{{fmt::format("turn{}", turn)}},
                                        model::MatchPrefix{fmt::format("turn{}", turn)}};
      for (const auto& test : tests) out += selected(segment, field_filter("k", test)) + "\n";
      out += selected(segment, field_filter("t", model::MatchText{model::MatchText::Mode::kPhrase,
                                                                  fmt::format("apples {}", turn)})) + "\n";
      model::NumberRange range;
      range.gte = model::Number{static_cast<std::int64_t>(turn * 100)};
      out += selected(segment, field_filter("n", range)) + selected(segment, field_filter("x", range)) + "\n";
    }
    out += selected(segment, field_filter("b", model::MatchValue{true})) + "\n";
    out += ordered(segment, "n") + ordered(segment, "x") + "\n";
    const auto facets = segment.payload_indexes().facet("k", segment.live(), 100, {});
    if (facets.ok() && *facets) {
      for (const auto& entry : **facets) out += fmt::format("{}={} ", std::get<std::string>(entry.value), entry.count);
    }
    for (const auto& [path, schema] : segment.payload_indexes().schema()) {
      out += fmt::format("{}: {} ", path, segment.payload_indexes().points_count(path));
    }
    for (const std::uint64_t id : {3, 70, 500}) out += nearest(segment, id);
    return out;
  }

  /// The nearest by the scan: how far a graph is built may not change what a view holds, but which rows a walk finds.
  static std::string nearest(const segment::Segment& segment, std::uint64_t id) {
    query::ResolvedQuery query;
    query.kind = query::Nearest{query::share(vector_of(id, 0))};
    query.limit = 20;
    query.params.exact = true;
    const auto hits = query::search(segment, query, 1, {});
    if (!hits.ok()) return hits.status().to_string();
    std::string out = "\nnearest";
    for (const auto& hit : hits->points) out += fmt::format(" {}={}", segment.id(hit.offset).to_string(), hit.score);
    return out;
  }

  /// How many of the exact nearest rows the graph of the view finds, of those of some queries.
  static double recall(const Shard::ReadView& view) {
    std::size_t found = 0;
    std::size_t wanted = 0;
    for (std::uint64_t id = 1; id < 400; id += 20) {
      segment::VectorQuery query;
      const auto values = vector_of(id, 0);
      const auto prepared = view.segment().prepare_query(*view.segment().find_vector(""), values);
      query.query = &prepared;
      query.ef = 64;
      const auto walked = view.segment().search(query, nullptr, view.segment().live_count(), {});
      query.exact = true;
      const auto exact = view.segment().search(query, nullptr, view.segment().live_count(), {});
      for (const auto& row : *exact) {
        EXPECT_TRUE(view.segment().live().test(row.offset.value));
        const auto same = [&](const segment::ScoredOffset& other) { return other.similarity >= row.similarity; };
        found += std::any_of(walked->begin(), walked->end(), same) ? 1 : 0;
        ++wanted;
      }
    }
    return static_cast<double>(found) / static_cast<double>(wanted);
  }

  env::MemoryEnv disk_;
  env::BoundedEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
};

TEST_F(ReadViewTest, StaysAsItIsWhileEverythingChanges) {
  struct Held {
    std::string when;
    Shard::ReadView view;
    std::string answers;
  };
  std::vector<Held> held;
  const auto hold = [&](std::string when) {
    auto view = shard_->read_view();
    std::string answers = everything(view);
    held.push_back({std::move(when), std::move(view), std::move(answers)});
  };
  const auto compare = [&](const std::string& now) {
    for (const Held& one : held) ASSERT_EQ(everything(one.view), one.answers) << one.when << ", after " << now;
  };
  hold("empty");
  upsert(1, 1500, 0);
  hold("written");
  background_.run_maintenance();  // The graph.
  hold("with a graph");
  ASSERT_TRUE(shard_->checkpoint().ok());
  hold("with files");
  compare("a checkpoint");
  upsert(1, 300, 1);       // Replaced.
  upsert(2000, 200, 1);    // New.
  remove(400, 100);
  compare("writes");
  hold("written again");
  submit(model::SetPayload{points({7, 600}), R"({"k":"turn2","n":901})", {}});
  submit(model::ClearPayload{points({8})});
  submit(model::DeletePayload{points({9}), {*model::JsonPath::parse("t")}});
  compare("changed payloads");
  ASSERT_TRUE(shard_->checkpoint().ok());
  hold("with more files");
  submit(model::DeleteFieldIndex{"x"});
  submit(model::CreateFieldIndex{"n", {model::FieldType::kFloat, {}}});
  compare("other indexes");
  auto other_graph = config_;
  other_graph.hnsw.m = 8;
  shard_->set_config(other_graph);
  background_.run_maintenance();
  compare("another graph");
  hold("before compaction");
  upsert(1, 1200, 2);
  ASSERT_TRUE(shard_->compact().ok());
  EXPECT_EQ(shard_->read_view().segment().row_count(), shard_->read_view().segment().live_count());
  compare("a compaction");
  remove(1, 3000);
  ASSERT_TRUE(shard_->checkpoint().ok());
  compare("deleting all");
  shard_->close();
  shard_.reset();
  compare("the end of the shard");
}

TEST_F(ReadViewTest, SearchesWellWhileTheGraphGoesOnWithoutIt) {
  upsert(1, 1500, 0);
  background_.run_maintenance(12);
  const auto view = shard_->read_view();
  const auto graphed = view.segment().find_vector("")->graphed_rows;
  ASSERT_GT(graphed, 0U);
  ASSERT_LT(graphed, 1500U);
  remove(graphed + 1, 200);  // Live in the view, and never in the graph.
  upsert(5000, 2500, 0);     // In the graph, and not in the view.
  background_.run_maintenance();
  ASSERT_EQ(shard_->read_view().segment().find_vector("")->graphed_rows, 4000U);
  EXPECT_EQ(view.segment().find_vector("")->graphed_rows, graphed);
  EXPECT_GT(recall(view), 0.95);
  EXPECT_GT(recall(shard_->read_view()), 0.95);
}

TEST_F(ReadViewTest, OfAcknowledgedWritesIsComplete) {
  for (std::uint64_t id = 1; id < 200; ++id) {
    upsert(id, 1, 0);
    ASSERT_TRUE(shard_->read_view().segment().find(PointId::from_number(id)));
    remove(id, 1);
    ASSERT_FALSE(shard_->read_view().segment().find(PointId::from_number(id)));
  }
}

// Memory: what a view keeps of the past ends with it. Many states, each held for a moment.
TEST_F(ReadViewTest, LeavesNothingBehind) {
  upsert(1, 1000, 0);
  std::optional<Shard::ReadView> last;
  const auto first = shard_->stats().resident_bytes;
  for (std::uint64_t turn = 1; turn < 50; ++turn) {
    last = shard_->read_view();
    submit(model::SetPayload{points({turn}), R"({"n":1})", {}});
  }
  EXPECT_LT(shard_->stats().resident_bytes, first + (std::uint64_t{1} << 20));
}

}  // namespace
}  // namespace alidade::shard
