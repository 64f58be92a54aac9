#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "env/recording/recording_env.h"
#include "simulation/support/perform.h"

namespace alidade::simulation {

/// Where in a trace a crash came: so many entries were carried out.
struct CrashPoint {
  std::size_t position = 0;
  /// Part of the next entry was carried out, too.
  bool inside_next = false;
  /// The power went: what was not synced may be gone.
  bool power_lost = false;
};

/// What a run was answered, and when, measured in entries of its trace. From that follows what a
/// crash at any point may leave.
class History {
 public:
  /// Carries the action out on the store and notes the answer.
  /// @return the answer; a refusal (nothing was changed) is fine.
  Status run(Store& store, const env::RecordingEnv& env, const Action& action);

  /// Opens the names and reads every row of the store, which was opened after a crash at `point`.
  /// @return "" when it holds what it must and may, else what is wrong.
  std::string check(const CrashPoint& point, const Store& store) const;

 private:
  static constexpr std::size_t kNever = ~std::size_t{0};
  struct Names {
    std::size_t begin;
    std::size_t end;
    std::vector<ExpectedCatalogue> states;  ///< The last one was acknowledged at `end`.
  };
  struct Rows {
    std::size_t begin;
    std::size_t end;
    std::size_t durable;  ///< From when on it survives power loss.
    ExpectedShard after;
  };

  static bool in_flight(const CrashPoint& point, std::size_t begin, std::size_t end);
  void note_names(Store& store, const Action& action, std::size_t begin, std::size_t end);
  void note_write(const Write& write, std::size_t begin, std::size_t end);
  void note_sync(std::vector<Rows>& rows, std::size_t end);
  std::string check_names(const CrashPoint& point, const ExpectedCatalogue& actual) const;
  std::string check_rows(const CrashPoint& point,
                         const std::vector<Rows>& rows,
                         const ExpectedShard& actual) const;

  std::vector<Names> names_;
  std::map<base::Uuid, std::vector<Rows>> rows_;
};

}  // namespace alidade::simulation
