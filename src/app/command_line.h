#pragma once

#include <string>
#include <vector>

#include "app/settings.h"
#include "base/status.h"

namespace alidade::app {

/// What the program was called to do.
struct CommandLine {
  enum class Action { kServe, kCheck, kRepair, kPrint };

  Action action = Action::kServe;
  std::string text;           // kPrint: help or version, to be printed as it is.
  std::string directory;      // kCheck, kRepair: the data folder.
  std::string new_directory;  // kRepair: where to.
  OptionalText config;
  OptionalText qdrant_config_path;
  std::vector<TextPair> flags;  // Row key and text, as SettingSources takes them.
};

/// "0.1.0".
std::string_view version_text();

/// @param arguments without the program's name.
/// @return kInvalidArgument with a sentence for the user when they make no sense.
Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace alidade::app
