#pragma once

namespace alidade::app {

/// What the process ends with; listed for operators in docs/operations/exit_codes.md. A number is
/// never given a second meaning.
enum class ExitCode {
  kOk = 0,
  kFailure = 1,      // Anything that has no number of its own.
  kUsage = 2,        // Wrong flag, variable or configuration file.
  kDataLocked = 3,   // Another server uses the data folder.
  kPortInUse = 4,    // A listener's port is taken.
  kDamageFound = 5,  // `alidade check` found damage.
  kLeftOut = 6,      // `alidade repair` could not save everything; its report lists what.
};

}  // namespace alidade::app
