#include "simulation/support/data_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "base/hash.h"
#include "oplog/local/local_log.h"
#include "query/filter/filter.h"
#include "query/search.h"

namespace alidade::simulation {
namespace {

using model::PointId;

// Small segments, so that a log of some kilobytes has several of them.
constexpr std::uint64_t kFirstSegmentBytes = 1024;
constexpr std::uint64_t kMaxSegmentBytes = 2048;
constexpr std::uint32_t kBooks = 1100;  // Enough for a graph (segment::kMinGraphRows).

void read_below(env::Env& env, const std::string& directory, FileTree& files) {
  const auto entries = env.list_directory(directory);
  if (!entries.ok()) return;
  for (const auto& entry : *entries) {
    const std::string path = env::join_path(directory, entry.name);
    if (entry.is_directory) {
      read_below(env, path, files);
    } else if (entry.name != "LOCK" && entry.name != "RESERVE") {  // Neither has content.
      const auto text = env::read_file(env, path);
      if (!text.ok()) continue;
      const auto bytes = base::as_bytes(*text);
      files[path] = base::Bytes(bytes.begin(), bytes.end());
    }
  }
}

std::string point_text(const segment::Segment& segment, base::PointOffset offset) {
  const auto record = segment.record(offset, model::PayloadSelector::all(),
                                     model::VectorSelector::all(), segment::VectorForm::kOriginal);
  if (!record.ok()) return "!" + record.status().message();
  std::string text = fmt::format("{} v{} {}", record->payload.value_or("-"), record->version,
                                 record->original_id);
  for (const auto& vector : *record->vectors) {
    text += fmt::format(
        " {}:{:x}", vector.name,
        base::hash64(std::as_bytes(std::span<const float>(std::get<std::vector<float>>(vector.value)))));
  }
  return text;
}

std::string count_text(const segment::Segment& segment, const model::Filter& filter) {
  const auto prepared = query::PreparedFilter::prepare(filter, segment);
  if (!prepared.ok()) return "!" + prepared.status().message();
  const auto selection = prepared->select({});
  return selection.ok() ? std::to_string(selection->count) : "!" + selection.status().message();
}

model::Filter matches(const std::string& key, model::MatchScalar value) {
  model::Filter filter;
  filter.must.push_back(
      model::FieldCondition{*model::JsonPath::parse(key), {model::MatchValue{std::move(value)}}});
  return filter;
}

std::string search_text(const segment::Segment& segment, const std::string& name, float angle) {
  const segment::VectorField* field = segment.find_vector(name);
  if (field == nullptr || !field->spec) return "no vector";
  std::vector<float> values(field->params.size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(angle + static_cast<float>(i));
  }
  query::ResolvedQuery query;
  query.kind = query::Nearest{query::share(values)};
  query.using_vector = name;
  query.limit = 5;
  query.params.hnsw_ef = 600;  // On so few rows the graph then finds what a scan finds.
  const auto hits = query::search(segment, query, 1, {});
  if (!hits.ok()) return "!" + hits.status().message();
  std::string text;
  for (const auto& hit : hits->points) {
    text += fmt::format("{}={} ", segment.id(hit.offset).to_string(), hit.score);
  }
  return text;
}

/// Commands with values that follow from a seed.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string payload() {
    static constexpr const char* kColors[] = {"red", "green", "blue"};
    const auto value = random_() % 1000;
    return fmt::format(R"({{"n":{},"color":"{}","free":{},"text":"{:0150}"}})", value,
                       kColors[random_() % 3], value % 7, random_());
  }
  std::vector<float> vector(std::size_t dim) {
    std::vector<float> values(dim);
    for (float& value : values) value = static_cast<float>(random_() % 2001) / 1000.0F - 1.0F;
    return values;
  }
  void add_point(model::PointBatch& batch, PointId id, std::string original) {
    const std::size_t row = batch.ids.size();
    batch.ids.push_back(id);
    batch.original_ids.push_back(std::move(original));
    const auto first = vector(8);
    batch.column("").set_row(row, first.data(), 8);
    if (random_() % 4 != 0) {
      const auto second = vector(4);
      batch.column("b").set_row(row, second.data(), 4);
    }
    batch.payloads.push_back(payload());
  }
  model::UpsertPoints upsert(std::uint64_t first, std::uint64_t count) {
    model::UpsertPoints command;
    for (std::uint64_t id = first; id < first + count; ++id) {
      add_point(command.points, PointId::from_number(id), "");
    }
    return command;
  }
  model::UpsertPoints upsert_texts(const std::string& prefix, std::uint64_t count) {
    model::UpsertPoints command;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto named = model::point_id_from_text(prefix + std::to_string(i));
      add_point(command.points, named.id, named.original);
    }
    return command;
  }
  /// One of the small changes that follow a checkpoint.
  model::Command change() {
    const std::vector<PointId> ids = {PointId::from_number(random_() % kBooks),
                                      PointId::from_number(random_() % kBooks)};
    // Of the last block of payloads only: a change that builds on a damaged payload stops the shard.
    const std::vector<PointId> late = {PointId::from_number(kBooks - 1 - random_() % 50)};
    switch (random_() % 4) {
      case 0:
        return model::SetPayload{{late, std::nullopt}, R"({"n":5,"added":true})", std::nullopt};
      case 1:
        return model::DeletePoints{{ids, std::nullopt}, std::nullopt, false};
      default:
        return upsert(random_() % (kBooks + 50), 1);
    }
  }

 private:
  std::mt19937_64 random_;
};

model::CollectionConfig books_config() {
  model::CollectionConfig config;
  config.vectors[""] = {8, model::Distance::kCosine, std::nullopt};
  config.vectors["b"] = {4, model::Distance::kEuclid, std::nullopt};
  config.optimizers.indexing_threshold = 1;
  return config;
}

void must(const Status& status) { ASSERT_TRUE(status.ok()) << status.to_string(); }

void write(OpenStore& store,
           const std::string& name,
           const model::Command& command,
           model::Durability durability = model::Durability::kSynced) {
  const auto outcome = store.shard(name)->submit(command, durability, {});
  // A change of ids that are gone by now is refused in part.
  if (outcome.problem.code() == StatusCode::kNotFound) return;
  must(outcome.problem);
}

std::uint64_t log_end(env::Env& disk, const std::string& shard_folder) {
  std::uint64_t end = 0;
  const auto entries = disk.list_directory(shard_folder + "/log");
  if (!entries.ok() || entries->empty()) return 0;
  end = std::stoull(entries->back().name) + entries->back().size_bytes - 64;
  return end;
}

}  // namespace

FileTree read_tree(env::Env& env, const std::string& directory) {
  FileTree files;
  read_below(env, directory, files);
  return files;
}

std::unique_ptr<env::MemoryEnv> make_disk(const FileTree& files) {
  auto disk = std::make_unique<env::MemoryEnv>();
  for (const auto& [path, content] : files) {
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      must(disk->create_directory(path.substr(0, slash)));
    }
    const auto file = disk->open_writable(path, env::OpenMode::kCreateNew);
    must(file.status());
    must((*file)->append(content));
    must((*file)->sync());
    must(disk->sync_directory(env::parent_directory(path)));
  }
  return disk;
}

namespace {

/// Threads that thousands of stores share: starting two for each would cost more than opening it.
shard::Background& idle_background() {
  // Never syncs by itself either: what a record names as durable must follow from the seed.
  static shard::Background background{{.sync_interval = std::chrono::hours(1)}};
  background.set_paused(true);
  return background;
}

}  // namespace

OpenStore::OpenStore(env::Env& disk, const std::string& directory)
    : log_(observe::LogLevel::kWarn, [] { return std::int64_t{0}; },
           [this](std::string_view line) {
             base::MutexLock lock(mutex_);
             lines_ += line;
           }) {
  shard::ShardOptions options;
  options.first_log_segment_bytes = kFirstSegmentBytes;
  options.max_log_segment_bytes = kMaxSegmentBytes;
  options.disk_reserve_bytes = 0;  // An empty file of which nothing can be damaged.
  auto opened = collection::Catalogue::open({disk, log_, idle_background(), options}, directory);
  status_ = opened.status();
  if (opened.ok()) catalogue_ = std::move(*opened);
}

OpenStore::~OpenStore() = default;

std::shared_ptr<shard::Shard> OpenStore::shard(const std::string& name) {
  const auto found = catalogue_->find(model::CollectionRef::by_name(name));
  if (!found.ok()) return nullptr;
  const auto shard = (*found)->shard();
  return shard.ok() ? *shard : nullptr;
}

std::string OpenStore::log_text() const {
  base::MutexLock lock(mutex_);
  return lines_;
}

Answers answers_of(OpenStore& store, const std::string& name) {
  Answers answers;
  const auto found = store.catalogue().find(model::CollectionRef::by_name(name));
  answers.error = found.status();
  if (!found.ok()) return answers;
  const auto shard = (*found)->shard();
  answers.error = shard.status();
  if (!shard.ok()) return answers;
  const auto view = (*shard)->read_view();
  const segment::Segment& segment = view.segment();
  segment.live().for_each([&](std::size_t row) {
    const base::PointOffset offset(static_cast<std::uint32_t>(row));
    answers.points[segment.id(offset).to_string()] = point_text(segment, offset);
  });
  auto& queries = answers.queries;
  queries["count"] = std::to_string(segment.live_count());
  queries["count color=red"] = count_text(segment, matches("color", std::string("red")));
  queries["count n=5"] = count_text(segment, matches("n", std::int64_t{5}));
  queries["count free=3"] = count_text(segment, matches("free", std::int64_t{3}));
  queries["search"] = search_text(segment, "", 0.3F);
  queries["search again"] = search_text(segment, "", 2.0F);
  queries["search b"] = search_text(segment, "b", 1.0F);
  std::string fields;
  for (const auto& [field, schema] : segment.payload_indexes().schema()) {
    fields += field + ":" + std::to_string(segment.payload_indexes().points_count(field)) + " ";
  }
  queries["indexes"] = fields;
  return answers;
}

std::string difference(const Answers& expected, const Answers& found) {
  if (!found.error.ok()) return "";
  const auto compare = [](const auto& wanted, const auto& got) -> std::string {
    for (const auto& [key, value] : got) {
      const auto right = wanted.find(key);
      if (right == wanted.end()) return fmt::format("'{}' is there: {}", key, value);
      if (value != right->second && !value.starts_with('!')) {
        return fmt::format("'{}' is {} instead of {}", key, value, right->second);
      }
    }
    for (const auto& [key, value] : wanted) {
      if (!got.contains(key)) return fmt::format("'{}' is missing", key);
    }
    return "";
  };
  const std::string points = compare(expected.points, found.points);
  return points.empty() ? compare(expected.queries, found.queries) : points;
}

std::vector<std::string> errors_of(const Answers& answers) {
  std::vector<std::string> errors;
  if (!answers.error.ok()) errors.push_back(answers.error.message());
  for (const auto* part : {&answers.points, &answers.queries}) {
    for (const auto& [key, value] : *part) {
      if (value.starts_with('!')) errors.push_back(value.substr(1));
    }
  }
  return errors;
}

Library make_library(std::uint64_t seed) {
  Library library;
  env::MemoryEnv disk;
  Writer writer(seed);
  const auto folder_of = [](OpenStore& store, const std::string& name) {
    const auto found = store.catalogue().find(model::CollectionRef::by_name(name));
    return (*found)->directory() + "/shard-0";
  };
  {
    OpenStore store(disk);
    must(store.status());
    must(store.catalogue().create(model::CollectionRef::by_name("books"), books_config()).status());
    model::CollectionConfig notes;
    notes.vectors[""] = {0, model::Distance::kDot, std::nullopt};
    notes.vectors["b"] = {4, model::Distance::kManhattan, std::nullopt};
    notes.automatic_indexes = true;
    must(store.catalogue().create(model::CollectionRef::by_name("notes"), notes).status());
    must(store.catalogue().create(model::CollectionRef::by_name("shelf"), notes).status());
    must(store.catalogue().change_aliases(
        {{collection::AliasChange::Kind::kCreate, "library", "books"}}));
    must(store.catalogue().create_tenant("tenant"));
    must(store.catalogue().create_database("tenant", "database"));
    library.books_folder = folder_of(store, "books");
    library.notes_folder = folder_of(store, "notes");
    library.shelf_folder = folder_of(store, "shelf");

    write(store, "books", model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}});
    write(store, "books", model::CreateFieldIndex{"color", {model::FieldType::kKeyword, {}}});
    for (std::uint64_t first = 0; first < kBooks; first += 100) {
      write(store, "books", writer.upsert(first, 100));
    }
    while (store.shard("books")->maintain()) {
    }
    must(store.shard("books")->checkpoint());
    for (int i = 0; i < 20; ++i) write(store, "books", writer.change());
    library.before_second_checkpoint = read_tree(disk, library.books_folder);
    must(store.shard("books")->checkpoint());

    const auto remember = [&](const std::string& name) {
      library.history[name].push_back(answers_of(store, name));
    };
    for (std::uint64_t i = 0; i < 12; ++i) {
      write(store, "notes", writer.upsert_texts("note", 3 + i % 2));
      remember("notes");
    }
    write(store, "shelf", writer.upsert_texts("volume", 30));
    remember("shelf");
    must(store.shard("shelf")->checkpoint());
    write(store, "shelf", writer.upsert(7, 5));
    remember("shelf");

    remember("books");
    library.books_positions.push_back(log_end(disk, library.books_folder));
    for (int i = 0; i < 36; ++i) {
      const auto durability =
          i % 5 == 4 ? model::Durability::kLogged : model::Durability::kSynced;
      write(store, "books", writer.change(), durability);
      const std::uint64_t end = log_end(disk, library.books_folder);
      if (end == library.books_positions.back()) continue;
      remember("books");
      library.books_positions.push_back(end);
    }
    for (const char* name : {"books", "notes", "shelf"}) {
      library.answers[name] = answers_of(store, name);
    }
  }
  library.files = read_tree(disk, kRoot);
  return library;
}

}  // namespace alidade::simulation
