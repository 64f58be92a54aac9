// The writes of a workload.
#include <fmt/format.h>

#include "simulation/support/workload.h"

namespace alidade::simulation {
namespace {

using model::PointId;

constexpr std::uint64_t kIds = 14;
constexpr std::uint64_t kFirstBulkId = 1000;
constexpr std::uint32_t kOpenDim = 3;  // What an open dimension becomes.

model::VectorParams vector_of(std::uint32_t size, model::Distance distance) {
  model::VectorParams params;
  params.size = size;
  params.distance = distance;
  return params;
}

}  // namespace

model::CollectionConfig plain_config() {
  model::CollectionConfig config;
  config.vectors[""] = vector_of(4, model::Distance::kEuclid);
  config.optimizers.indexing_threshold = 0;
  return config;
}

model::CollectionConfig named_config() {
  model::CollectionConfig config;
  config.vectors["a"] = vector_of(3, model::Distance::kDot);
  config.vectors["b"] = vector_of(2, model::Distance::kCosine);
  return config;
}

model::CollectionConfig automatic_config() {
  model::CollectionConfig config;
  config.vectors[""] = vector_of(0, model::Distance::kEuclid);
  config.automatic_indexes = true;
  return config;
}

model::CollectionConfig graph_config() {
  model::CollectionConfig config = plain_config();
  config.hnsw.m = 4;
  config.hnsw.ef_construct = 8;
  config.optimizers.indexing_threshold = 1;
  return config;
}

std::vector<float> CommandMaker::values(std::uint32_t dim) {
  std::vector<float> values(dim);
  for (float& value : values) value = static_cast<float>(below(19)) - 9.0F;
  values[0] += 20.0F;  // Never a zero row, whose length nobody could give back.
  return values;
}

std::string CommandMaker::payload() {
  const std::uint64_t unique = ++counter_;
  switch (below(5)) {
    case 0: return fmt::format(R"({{"v":{}}})", unique);
    case 1: return fmt::format(R"({{"v":{},"s":"s{}"}})", unique, below(3));
    case 2: return fmt::format(R"({{"v":{},"n":{}}})", unique, below(4));
    case 3:  // More than a sector, so that it can be torn.
      return fmt::format(R"({{"v":{},"n":{},"long":"{}"}})", unique, below(4),
                         std::string(600 + below(900), static_cast<char>('a' + unique % 26)));
    default: return fmt::format(R"({{"n":{},"s":"s{}","v":{}}})", below(4), below(3), unique);
  }
}

void CommandMaker::add_vectors(const model::CollectionConfig& config,
                               model::PointBatch& batch,
                               std::size_t i) {
  for (const auto& [name, params] : config.vectors) {
    if (config.vectors.size() > 1 && below(4) == 0) continue;
    const auto row = values(params.size == 0 ? kOpenDim : params.size);
    batch.column(name).set_row(i, row.data(), static_cast<std::uint32_t>(row.size()));
  }
}

model::PointBatch CommandMaker::batch(const model::CollectionConfig& config,
                                      std::vector<PointId> ids) {
  model::PointBatch batch;
  batch.ids = std::move(ids);
  for (std::size_t i = 0; i < batch.ids.size(); ++i) {
    batch.payloads.push_back(payload());
    add_vectors(config, batch, i);
  }
  for (auto& column : batch.vectors) column.present.resize(batch.size());
  return batch;
}

model::UpsertPoints CommandMaker::upsert(const model::CollectionConfig& config,
                                         std::size_t count) {
  std::vector<PointId> ids;
  std::vector<std::string> originals;
  for (const std::uint64_t first = below(kIds); ids.size() < count;) {
    const std::uint64_t number = (first + ids.size()) % kIds;
    const bool is_text = number % 5 == 4;
    const auto text = model::point_id_from_text(fmt::format("text {}", number));
    ids.push_back(is_text ? text.id : PointId::from_number(number));
    originals.push_back(is_text ? text.original : "");
  }
  model::UpsertPoints command;
  command.points = batch(config, std::move(ids));
  command.points.original_ids = std::move(originals);
  return command;
}

model::UpsertPoints CommandMaker::bulk(const model::CollectionConfig& config, std::size_t count) {
  std::vector<PointId> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(PointId::from_number(kFirstBulkId + i));
  model::UpsertPoints command;
  command.points = batch(config, std::move(ids));
  command.points.payloads.clear();
  return command;
}

model::PointSelector CommandMaker::some_of(const Points& present) {
  model::PointSelector selector;
  selector.ids.emplace();
  for (const auto& [id, point] : present) {
    if (below(present.size()) < 2) selector.ids->push_back(id);
  }
  if (selector.ids->empty()) selector.ids->push_back(present.begin()->first);
  return selector;
}

model::PointSelector CommandMaker::by_filter() {
  model::FieldCondition condition;
  model::MatchValue match;
  if (below(2) == 0) {
    condition.key = *model::JsonPath::parse("s");
    match.value = fmt::format("s{}", below(3));
  } else {
    condition.key = *model::JsonPath::parse("n");
    match.value = static_cast<std::int64_t>(below(4));
  }
  condition.tests.push_back(match);
  model::PointSelector selector;
  selector.filter.emplace();
  selector.filter->must.push_back(condition);
  return selector;
}

model::Command CommandMaker::any(const model::CollectionConfig& config, const Points& present) {
  const std::uint64_t kind = present.size() < 3 ? 0 : below(20);
  const auto select = [&] { return below(3) == 0 ? by_filter() : some_of(present); };
  switch (kind) {
    case 9: {
      model::UpsertPoints command = upsert(config, 2);
      command.mode = model::UpdateMode::kInsertOnly;
      return command;
    }
    case 10:
    case 11: {
      model::MergePoints command;
      command.points = upsert(config, 1 + below(3)).points;
      if (below(2) == 0) command.points.payloads[0] = R"({"n":null,"m":1})";
      if (below(3) == 0) command.mode = model::UpdateMode::kUpdateOnly;
      return command;
    }
    case 12: {
      model::UpdateVectors command;
      command.points = batch(config, *some_of(present).ids);
      command.points.payloads.clear();
      return command;
    }
    case 13: {
      if (config.vectors.size() < 2) return model::ClearPayload{some_of(present)};
      return model::DeleteVectors{some_of(present), {"a"}};
    }
    case 14: return model::SetPayload{select(), payload(), std::nullopt};
    case 15: return model::OverwritePayload{select(), payload()};
    case 16: return model::DeletePayload{select(), {*model::JsonPath::parse("n")}};
    case 17: {
      if (below(3) == 0) return model::DeleteFieldIndex{"n"};
      return below(2) == 0
                 ? model::CreateFieldIndex{"n", {model::FieldType::kInteger, {}}}
                 : model::CreateFieldIndex{"s", {model::FieldType::kKeyword, {}}};
    }
    case 18:
    case 19: {
      model::DeletePoints command;
      command.selector = select();
      return command;
    }
    default: return upsert(config, 1 + below(4));
  }
}

}  // namespace alidade::simulation
