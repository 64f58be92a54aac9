#include "simulation/support/doubts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace alidade::simulation {
namespace {

constexpr char kGone[] = "-";
/// Some UUID that nobody was told: a collection whose creation was answered with an error.
constexpr char kUnknown[] = "?";

std::string text_of(const Place& place) {
  return fmt::format("collection {}/{}/{}", place.first.first, place.first.second, place.second);
}

}  // namespace

Doubts::Entities Doubts::entities(const ExpectedCatalogue& names) {
  Entities entities;
  for (const auto& [place, uuid] : names.collections) entities[text_of(place)] = uuid.to_string();
  for (const auto& [uuid, threshold] : names.thresholds) {
    entities["threshold " + uuid.to_string()] = std::to_string(threshold);
  }
  for (const auto& [alias, uuid] : names.aliases) entities["alias " + alias] = uuid.to_string();
  for (const auto& tenant : names.tenants) entities["tenant " + tenant] = "there";
  for (const auto& [tenant, name] : names.databases) {
    entities["database " + tenant + "/" + name] = "there";
  }
  return entities;
}

std::string Doubts::run(Store& store,
                        const Action& action,
                        const std::function<void(bool)>& quiet,
                        const Performer& performer) {
  if (const auto* write = std::get_if<Write>(&action)) {
    if (!names_.collections.contains(write->place)) return "";  // Its creation failed.
  }
  answer_ = performer(store, action);
  quiet(true);
  std::string wrong;
  if (const auto* write = std::get_if<Write>(&action)) {
    wrong = after_write(store, *write);
  } else if (changes_names(action)) {
    wrong = after_names(store, action);
  }
  if (wrong.empty()) wrong = check_memory(store);
  quiet(false);
  return wrong.empty() ? "" : describe(action) + " (" + answer_.to_string() + "): " + wrong;
}

std::string Doubts::after_write(Store& store, const Write& write) {
  const base::Uuid uuid = names_.collections.at(write.place);
  Rows& rows = rows_.at(uuid);
  ExpectedShard after = rows.now;
  after.apply(write.command);
  // 404 for one id of a request: the known ones are changed, as in Qdrant.
  if (answer_.ok() || answer_.kind() == ErrorKind::kPointNotFound) {
    if (read_only_.contains(uuid)) return "acknowledged by a shard that was read-only";
    rows.now = after;
    if (write.durability == model::Durability::kSynced) rows.since_durable.clear();
    rows.since_durable.push_back(std::move(after));
    return "";
  }
  const bool for_want_of_memory = answer_.message().find("not enough memory") != std::string::npos;
  if (answer_.kind() == ErrorKind::kShardReadOnly && !for_want_of_memory) {
    if (!read_only_.insert(uuid).second) return "";
  } else if (!for_want_of_memory) {
    return "";  // Refused; memory must be as it was.
  }
  // Logged, but perhaps not durable, or there was no memory for the answer: it may be there or not,
  // now and later.
  rows.doubtful.push_back(rows.now);
  rows.doubtful.push_back(after);
  const auto shard = store.find_shard(write.place);
  if (!shard.ok()) return shard.status().to_string();
  const auto actual = read_shard(**shard);
  if (actual.ok() && difference(after, *actual).empty()) rows.now = std::move(after);
  return "";
}

std::string Doubts::after_names(Store& store, const Action& action) {
  const auto actual = store.read_catalogue();
  if (!actual.ok()) return actual.status().to_string();
  const ExpectedCatalogue before = std::exchange(names_, *actual);
  if (is_refusal(answer_)) return difference(before, names_);
  base::Uuid created;
  if (const auto* create = std::get_if<CreateCollection>(&action)) {
    const auto found = names_.collections.find(create->place);
    if (found == names_.collections.end()) {
      allowed_[text_of(create->place)].insert({kGone, kUnknown});
      return answer_.ok() ? "the collection is not there" : difference(before, names_);
    }
    created = found->second;
    const ExpectedShard empty = empty_shard(create->config);
    rows_.try_emplace(created, Rows{empty, {empty}, {}});
  }
  const auto states = outcomes(before, action, created);
  if (answer_.ok()) {
    if (states.empty()) return "acknowledged, and there is nothing to change";
    allow(before, names_, true);
    return difference(states.back(), names_);
  }
  bool fits = before == names_;
  for (const ExpectedCatalogue& state : states) {
    allow(before, state, false);
    fits = fits || state == names_;
  }
  return fits ? "" : "in memory: " + difference(before, names_);
}

void Doubts::allow(const ExpectedCatalogue& before, const ExpectedCatalogue& after, bool is_certain) {
  const Entities old_values = entities(before);
  const Entities new_values = entities(after);
  Entities all = old_values;
  all.insert(new_values.begin(), new_values.end());
  const auto value_in = [](const Entities& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::string(kGone) : found->second;
  };
  for (const auto& [name, unused] : all) {
    const std::string old_value = value_in(old_values, name);
    const std::string new_value = value_in(new_values, name);
    if (old_value == new_value) continue;
    auto& allowed = allowed_[name];
    if (is_certain) allowed.clear();
    if (!is_certain && allowed.empty()) allowed.insert(old_value);
    allowed.insert(new_value);
  }
}

std::string Doubts::check(const Store& store, bool power_lost) const {
  const auto names = store.read_catalogue();
  if (!names.ok()) return names.status().to_string();
  if (std::string wrong = check_names(*names); !wrong.empty()) return wrong;
  for (const auto& [place, uuid] : names->collections) {
    const auto shard = store.find_shard(place);
    if (!shard.ok()) return shard.status().to_string();
    const auto actual = read_shard(**shard);
    if (!actual.ok()) return place.second + ": " + actual.status().to_string();
    const std::string wrong = check_rows(uuid, *actual, power_lost);
    if (!wrong.empty()) return place.second + ": " + wrong;
  }
  return "";
}

std::string Doubts::check_names(const ExpectedCatalogue& actual) const {
  Entities values = entities(actual);
  for (const auto& [name, allowed] : allowed_) values.try_emplace(name, kGone);
  const Entities fresh = entities(ExpectedCatalogue::fresh());
  for (const auto& [name, value] : values) {
    if (name.starts_with("threshold ") && value != kGone) {
      const auto uuid = base::Uuid::parse(name.substr(name.find(' ') + 1));
      if (!rows_.contains(*uuid)) continue;  // Of a collection that kUnknown stands for.
    }
    const auto allowed = allowed_.find(name);
    if (allowed == allowed_.end()) {
      if (fresh.contains(name)) continue;
      return name + " came from nowhere";
    }
    if (allowed->second.contains(value)) continue;
    const auto uuid = base::Uuid::parse(value);
    if (allowed->second.contains(kUnknown) && uuid && !rows_.contains(*uuid)) continue;
    return fmt::format("{} is {}, not {}", name, value, fmt::join(allowed->second, " or "));
  }
  return "";
}

std::string Doubts::check_rows(const base::Uuid& uuid,
                               const ExpectedShard& actual,
                               bool power_lost) const {
  const auto known = rows_.find(uuid);
  if (known == rows_.end()) return actual.points.empty() ? "" : "points came from nowhere";
  const Rows& rows = known->second;
  const std::string wrong = difference(rows.now, actual);
  if (wrong.empty()) return "";
  std::vector<ExpectedShard> others = rows.doubtful;
  if (power_lost) others.insert(others.end(), rows.since_durable.begin(), rows.since_durable.end());
  // A write that was answered with an error is part of what the running store showed.
  if (read_only_.contains(uuid)) others.push_back(rows.since_durable.back());
  for (const ExpectedShard& other : others) {
    if (difference(other, actual).empty()) return "";
  }
  return wrong;
}

std::string Doubts::check_memory(Store& store) const {
  for (const auto& [place, uuid] : names_.collections) {
    const auto shard = store.find_shard(place);
    if (!shard.ok()) return shard.status().to_string();
    const auto actual = read_shard(**shard);
    if (!actual.ok()) return actual.status().to_string();
    const std::string wrong = difference(rows_.at(uuid).now, *actual);
    if (!wrong.empty()) return "in memory, " + place.second + ": " + wrong;
  }
  return "";
}

}  // namespace alidade::simulation
