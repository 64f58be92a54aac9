#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "simulation/support/perform.h"

namespace alidade::simulation {

/// What a store may hold whose calls failed: every acknowledged change, and of those that were
/// answered with an error each one whole or not at all.
class Doubts {
 public:
  using Performer = std::function<Status(Store&, const Action&)>;

  /// Carries the action out. `quiet` is called with true before the store is looked at, and with
  /// false afterwards: faults must not strike then.
  /// @return "" when the answer and the state in memory are right, else what is wrong.
  std::string run(Store& store,
                  const Action& action,
                  const std::function<void(bool)>& quiet,
                  const Performer& performer = perform);

  /// Compares a store that was opened again.
  std::string check(const Store& store, bool power_lost) const;

  /// What the running store shows.
  const ExpectedCatalogue& names() const { return names_; }
  const ExpectedShard& rows(const base::Uuid& uuid) const { return rows_.at(uuid).now; }
  /// Shards that refuse writes until they are opened again.
  const std::set<base::Uuid>& read_only() const { return read_only_; }
  /// The answer to the last action.
  const Status& answer() const { return answer_; }

 private:
  struct Rows {
    ExpectedShard now;
    /// States since the last one that is durable for sure, that one first.
    std::vector<ExpectedShard> since_durable;
    /// States that an unacknowledged change may have left.
    std::vector<ExpectedShard> doubtful;
  };
  /// Every name as text, with what it stands for: "alias current" -> uuid.
  using Entities = std::map<std::string, std::string>;
  static Entities entities(const ExpectedCatalogue& names);

  std::string after_write(Store& store, const Write& write);
  std::string after_names(Store& store, const Action& action);
  /// Notes what each name that differs between the two may be now.
  void allow(const ExpectedCatalogue& before, const ExpectedCatalogue& after, bool is_certain);
  std::string check_memory(Store& store) const;
  std::string check_names(const ExpectedCatalogue& actual) const;
  std::string check_rows(const base::Uuid& uuid, const ExpectedShard& actual, bool power_lost) const;

  ExpectedCatalogue names_ = ExpectedCatalogue::fresh();
  /// What each name may stand for on disk. What is not listed is as it was at the beginning.
  std::map<std::string, std::set<std::string>> allowed_;
  std::map<base::Uuid, Rows> rows_;
  std::set<base::Uuid> read_only_;
  Status answer_;
};

}  // namespace alidade::simulation
