// Everything that may happen to a shard at once, for ThreadSanitizer and AddressSanitizer: writers,
// readers, checkpoints, a graph that grows and is thrown away, indexes that come and go. Readers
// check that they never see a change in part; a watchdog ends the program when nobody gets on.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/json.h"
#include "env/memory/memory_env.h"
#include "query/search.h"
#include "shard/shard.h"

namespace alidade::shard {
namespace {

using model::PointId;

constexpr std::uint64_t kIds = 600;
constexpr std::uint64_t kBatch = 20;  // Ids [k × kBatch, (k + 1) × kBatch) are written together.
constexpr std::uint32_t kStressDim = 8;

bool is_long_form() {
  const char* text = std::getenv("ALIDADE_LONG");
  return text != nullptr && std::string_view(text) == "1";
}

std::uint64_t first_seed() {
  const char* text = std::getenv("ALIDADE_SEED");
  return text == nullptr ? 20261126 : std::strtoull(text, nullptr, 10);
}

class ShardStress {
 public:
  explicit ShardStress(std::uint64_t seed)
      : seed_(seed),
        log_(observe::LogLevel::kOff, [] { return std::int64_t{0}; }),
        background_(Background::Options{.sync_interval = std::chrono::milliseconds(5)}),
        // Small enough that the maintenance thread writes checkpoints all the time.
        runtime_{env_, log_, background_, ShardOptions{.checkpoint_log_bytes = 64 << 10, .min_dead_bytes = 4096}} {
    config_.vectors[""] = {kStressDim, model::Distance::kEuclid, std::nullopt};
    config_.hnsw = {8, 32, 0};
    config_.optimizers.indexing_threshold = 1;
    EXPECT_TRUE(env_.create_directory("data").ok());
    open();
  }

  void run(std::chrono::milliseconds length) {
    std::vector<std::thread> threads;
    const auto start = [&](void (ShardStress::*work)(std::mt19937_64&), std::uint64_t salt) {
      threads.emplace_back([this, work, salt] {
        std::mt19937_64 random(seed_ + salt);
        while (!stop_.load()) {
          (this->*work)(random);
          progress_.fetch_add(1);
        }
      });
    };
    for (std::uint64_t i = 0; i < 3; ++i) start(&ShardStress::write, i);
    for (std::uint64_t i = 0; i < 2; ++i) start(&ShardStress::read_batch, 10 + i);
    for (std::uint64_t i = 0; i < 2; ++i) start(&ShardStress::search, 20 + i);
    start(&ShardStress::disturb, 30);
    watch(length);
    stop_ = true;
    for (auto& thread : threads) thread.join();
  }

  void reopen_and_compare() {
    const auto before = points();
    // The background thread may be at work on it; two shards over one folder are no restart.
    const std::weak_ptr<Shard> closing = shard_;
    shard_.reset();
    while (!closing.expired()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    open();
    ASSERT_NE(shard_, nullptr);
    EXPECT_EQ(points(), before);
  }

 private:
  void open() {
    auto opened = Shard::open(runtime_, "data", config_);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    shard_ = *opened;
  }

  void watch(std::chrono::milliseconds length) {
    const auto end = std::chrono::steady_clock::now() + length;
    auto last_change = std::chrono::steady_clock::now();
    std::uint64_t last = 0;
    while (std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (const std::uint64_t now = progress_.load(); now != last) {
        last = now;
        last_change = std::chrono::steady_clock::now();
      } else if (std::chrono::steady_clock::now() - last_change > std::chrono::seconds(30)) {
        std::fprintf(stderr, "nobody got on for 30 s, seed=%llu\n", static_cast<unsigned long long>(seed_));
        std::abort();
      }
    }
  }

  static model::PointBatch batch_of(std::uint64_t batch, std::uint64_t stamp) {
    model::PointBatch points;
    const std::vector<float> row(kStressDim, static_cast<float>(stamp));
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      points.ids.push_back(PointId::from_number(batch * kBatch + i));
      points.column("").set_row(i, row.data(), kStressDim);
      points.payloads.push_back("{\"stamp\":" + std::to_string(stamp) + "}");
    }
    return points;
  }

  std::vector<PointId> ids_of(std::uint64_t batch) const { return batch_of(batch, 0).ids; }

  void write(std::mt19937_64& random) {
    const std::uint64_t batch = random() % (kIds / kBatch);
    const std::uint64_t stamp = 1 + random() % (1 << 20);
    model::Command command = model::UpsertPoints{batch_of(batch, stamp), model::UpdateMode::kUpsert, std::nullopt};
    if (const std::uint64_t kind = random() % 10; kind == 0) {
      command = model::DeletePoints{{ids_of(batch), std::nullopt}, std::nullopt, false};
    } else if (kind == 1) {
      command = model::MergePoints{batch_of(batch, stamp), model::UpdateMode::kUpsert};
    } else if (kind == 2) {
      command = model::SetPayload{{ids_of(batch), std::nullopt}, "{\"note\":" + std::to_string(stamp) + "}", std::nullopt};
    }
    const auto durability = random() % 2 == 0 ? model::Durability::kSynced : model::Durability::kLogged;
    const Outcome outcome = shard_->submit(command, durability, {});
    // A point that is not there is a problem of its set-payload only.
    EXPECT_TRUE(outcome.problem.ok() || outcome.problem.code() == StatusCode::kNotFound)
        << outcome.problem.to_string();
  }

  /// The payload of a row, whose vector must carry the same stamp.
  static std::string checked_payload(const segment::Segment& segment, base::PointOffset offset) {
    const auto record = segment.record(offset, model::PayloadSelector::all(), model::VectorSelector::all(),
                                       segment::VectorForm::kStored);
    if (!record.ok()) return record.status().to_string();
    const auto payload = base::json::parse(*record->payload);
    const base::json::Value* stamp = payload.ok() ? payload->find("stamp") : nullptr;
    if (stamp == nullptr || record->vectors->size() != 1) return "in part: " + *record->payload;
    for (const float value : std::get<std::vector<float>>(record->vectors->front().value)) {
      if (value != static_cast<float>(stamp->as_int())) return "half changed: " + *record->payload;
    }
    return *record->payload;
  }

  void read_batch(std::mt19937_64& random) {
    const std::uint64_t batch = random() % (kIds / kBatch);
    const auto view = shard_->read_view();
    std::set<std::string> seen;
    for (const PointId& id : ids_of(batch)) {
      const auto offset = view.segment().find(id);
      seen.insert(offset ? checked_payload(view.segment(), *offset) : "-");
    }
    EXPECT_EQ(seen.size(), 1U) << *seen.begin() << " and " << *seen.rbegin();
    EXPECT_TRUE(seen.begin()->starts_with("{") || *seen.begin() == "-") << *seen.begin();
  }

  void search(std::mt19937_64& random) {
    query::ResolvedQuery query;
    query.kind = query::Nearest{query::share(std::vector<float>(kStressDim, static_cast<float>(random() % (1 << 20))))};
    query.params.exact = random() % 2 == 0;
    const auto view = shard_->read_view();
    const auto hits = query::search(view.segment(), query, 1, {});
    ASSERT_TRUE(hits.ok()) << hits.status().to_string();
    EXPECT_EQ(hits->points.size(), std::min<std::uint64_t>(query.limit, view.segment().live_count()));
    for (const auto& hit : hits->points) EXPECT_TRUE(view.segment().live().test(hit.offset.value));
  }

  void disturb(std::mt19937_64& random) {
    switch (random() % 6) {
      case 0: EXPECT_TRUE(shard_->checkpoint().ok()); break;
      case 1: {
        model::CollectionConfig changed = config_;
        changed.hnsw.m = 4 + static_cast<std::uint32_t>(random() % 8);  // Throws the graph away.
        shard_->set_config(changed);
        break;
      }
      case 2:
        EXPECT_TRUE(shard_->submit(model::CreateFieldIndex{"stamp", {model::FieldType::kInteger, {}}},
                                   model::Durability::kSynced, {}).problem.ok());
        break;
      case 3:
        EXPECT_TRUE(shard_->submit(model::DeleteFieldIndex{"stamp"}, model::Durability::kLogged, {}).problem.ok());
        break;
      case 4: EXPECT_TRUE(shard_->compact().ok()); break;
      default: EXPECT_LE(shard_->stats().points_count, kIds);
    }
  }

  std::map<std::uint64_t, std::string> points() const {
    std::map<std::uint64_t, std::string> out;
    const auto view = shard_->read_view();
    for (std::uint64_t id = 0; id < kIds; ++id) {
      const auto offset = view.segment().find(PointId::from_number(id));
      if (offset) out[id] = checked_payload(view.segment(), *offset);
    }
    return out;
  }

  const std::uint64_t seed_;
  env::MemoryEnv env_;
  observe::Log log_;
  Background background_;
  Runtime runtime_;
  model::CollectionConfig config_;
  std::shared_ptr<Shard> shard_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> progress_ = 0;
};

TEST(ShardStress, ReadersNeverSeeAChangeInPartAndARestartLosesNothing) {
  const int rounds = is_long_form() ? 300 : 2;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t seed = first_seed() + static_cast<std::uint64_t>(round);
    SCOPED_TRACE("seed=" + std::to_string(seed));
    ShardStress stress(seed);
    stress.run(std::chrono::milliseconds(400));
    stress.reopen_and_compare();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace alidade::shard
