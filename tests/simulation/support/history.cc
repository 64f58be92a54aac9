#include "simulation/support/history.h"

#include <fmt/format.h>

#include <algorithm>

namespace alidade::simulation {

bool History::in_flight(const CrashPoint& point, std::size_t begin, std::size_t end) {
  const bool begun = begin < point.position || (begin == point.position && point.inside_next);
  return begun && point.position < end;
}

Status History::run(Store& store, const env::RecordingEnv& env, const Action& action) {
  if (names_.empty()) names_.push_back({0, 0, {ExpectedCatalogue::fresh()}});
  const std::size_t begin = env.trace_size();
  const Status answer = perform(store, action);
  const std::size_t end = env.trace_size();
  if (!answer.ok()) return is_refusal(answer) ? Status() : answer;
  if (const auto* write = std::get_if<Write>(&action)) {
    note_write(*write, begin, end);
  } else if (std::holds_alternative<SyncLogs>(action)) {
    for (auto& [uuid, rows] : rows_) note_sync(rows, end);
  } else if (changes_names(action)) {
    note_names(store, action, begin, end);
  }
  return {};
}

void History::note_write(const Write& write, std::size_t begin, std::size_t end) {
  auto& rows = rows_.at(names_.back().states.back().collections.at(write.place));
  Rows next{begin, end, kNever, rows.back().after};
  next.after.apply(write.command);
  rows.push_back(std::move(next));
  if (write.durability == model::Durability::kSynced) note_sync(rows, end);
}

void History::note_sync(std::vector<Rows>& rows, std::size_t end) {
  for (Rows& version : rows) version.durable = std::min(version.durable, end);
}

void History::note_names(Store& store, const Action& action, std::size_t begin, std::size_t end) {
  base::Uuid created;
  if (const auto* create = std::get_if<CreateCollection>(&action)) {
    const auto actual = store.read_catalogue();
    created = actual->collections.at(create->place);
    rows_[created].push_back({begin, end, end, empty_shard(create->config)});
  }
  names_.push_back({begin, end, outcomes(names_.back().states.back(), action, created)});
}

std::string History::check(const CrashPoint& point, const Store& store) const {
  const auto names = store.read_catalogue();
  if (!names.ok()) return names.status().to_string();
  if (std::string wrong = check_names(point, *names); !wrong.empty()) return wrong;
  for (const auto& [place, uuid] : names->collections) {
    const auto shard = store.find_shard(place);
    if (!shard.ok()) return shard.status().to_string();
    const auto actual = read_shard(**shard);
    if (!actual.ok()) return place.second + ": " + actual.status().to_string();
    std::string wrong = check_rows(point, rows_.at(uuid), *actual);
    if (!wrong.empty()) return place.second + ": " + wrong;
  }
  return "";
}

std::string History::check_names(const CrashPoint& point, const ExpectedCatalogue& actual) const {
  std::string wrong;
  for (std::size_t i = names_.size(); i-- > 0;) {
    const Names& version = names_[i];
    if (in_flight(point, version.begin, version.end)) {
      for (const auto& state : version.states) {
        if (state == actual) return "";
      }
    } else if (version.end <= point.position) {
      // The last acknowledged one; nothing before it may come back.
      wrong = difference(version.states.back(), actual);
      break;
    }
  }
  return wrong;
}

std::string History::check_rows(const CrashPoint& point,
                                const std::vector<Rows>& rows,
                                const ExpectedShard& actual) const {
  std::string wrong = "no version fits";
  for (std::size_t i = rows.size(); i-- > 0;) {
    const Rows& version = rows[i];
    const bool acknowledged = version.end <= point.position;
    if (!acknowledged && !in_flight(point, version.begin, version.end)) continue;
    std::string what = difference(version.after, actual);
    if (what.empty()) return "";
    if (acknowledged) wrong = fmt::format("version {} of {}: {}", i, rows.size(), what);
    // After kill -9 the last acknowledged version is the oldest that is right, after power loss
    // the last one that was durable.
    if (acknowledged && (!point.power_lost || version.durable <= point.position)) return wrong;
  }
  return wrong;
}

}  // namespace alidade::simulation
