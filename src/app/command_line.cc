#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#ifndef ALD_VERSION
#define ALD_VERSION "0.0.0"
#endif

namespace alidade::app {
namespace {

/// The flags of `serve`, on the program itself and on the sub-command.
void add_serve_options(CLI::App& app,
                       CommandLine& line,
                       std::map<std::string, std::string>& values) {
  for (const SettingRow& row : setting_rows()) {
    if (row.flag.empty()) continue;
    app.add_option(std::string(row.flag), values[std::string(row.key)], std::string(row.doc))
        ->type_name("VALUE");
  }
  app.add_option("--config", line.config, "Configuration file (YAML); Chroma's keys are read, too.")
      ->type_name("FILE");
  app.add_option("--config-path", line.qdrant_config_path, "Configuration file written for Qdrant.")
      ->type_name("FILE");
}

}  // namespace

std::string_view version_text() { return ALD_VERSION; }

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  std::map<std::string, std::string> values;
  CLI::App app("Alidade: a vector database that Qdrant and Chroma applications use unchanged.",
               "alidade");
  app.set_version_flag("--version", "alidade " + std::string(version_text()));
  add_serve_options(app, line, values);
  CLI::App* serve = app.add_subcommand("serve", "Run the server (also without a sub-command).");
  add_serve_options(*serve, line, values);
  CLI::App* check =
      app.add_subcommand("check", "Read every byte of a data folder, offline, and list what is damaged.");
  check->add_option("DIR", line.directory, "The data folder.")->required();
  CLI::App* repair = app.add_subcommand(
      "repair",
      "Write what is provably good of a data folder into a new one, offline, and list what is left out. "
      "The old folder is not changed.");
  repair->add_option("DIR", line.directory, "The data folder.")->required();
  repair->add_option("--salvage", line.new_directory, "The new folder; missing or empty.")
      ->type_name("NEW_DIR")
      ->required();
  app.require_subcommand(0, 1);

  // CLI11 takes them from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    const CLI::App* command = check->parsed() ? check : repair->parsed() ? repair : &app;
    line.action = CommandLine::Action::kPrint;
    line.text = command->help();
    return line;
  } catch (const CLI::CallForVersion& version) {
    line.action = CommandLine::Action::kPrint;
    line.text = std::string(version.what()) + "\n";
    return line;
  } catch (const CLI::ParseError& error) {
    return base::invalid_argument(error.what());
  }
  if (check->parsed()) line.action = CommandLine::Action::kCheck;
  if (repair->parsed()) line.action = CommandLine::Action::kRepair;
  for (CLI::App* command : {&app, serve}) {
    for (const SettingRow& row : setting_rows()) {
      if (row.flag.empty() || command->count(std::string(row.flag)) == 0) continue;
      line.flags.emplace_back(row.key, values[std::string(row.key)]);
    }
  }
  return line;
}

}  // namespace alidade::app
