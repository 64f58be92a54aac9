#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace alidade::benchmark {

/// One `--name VALUE` of a command, or a flag `--name` where `fallback` is nullptr.
struct OptionRow {
  const char* name;
  const char* fallback;
  const char* help;
};

class Options;

/// A subcommand of alidade-bench.
struct Command {
  const char* name;
  const char* what;
  std::span<const OptionRow> options;
  const char* operand;  ///< What stands behind the options, for the usage; nullptr: nothing may.
  int (*run)(const Options&);
};

/// The options of one call, by the rows of its command.
class Options {
 public:
  /// Ends the program with the usage when an argument is not in the table.
  Options(const Command& command, std::span<char* const> arguments);

  const std::string& text(const std::string& name) const;
  /// Ends the program with a sentence when the text is no whole number.
  std::uint32_t number(const std::string& name) const;
  double real(const std::string& name) const;
  bool flag(const std::string& name) const { return text(name) == "yes"; }
  std::span<char* const> operands() const { return operands_; }

 private:
  std::map<std::string, std::string> values_;
  std::span<char* const> operands_;
};

/// Prints the options of the command.
void print_usage(const Command& command);

/// Ends the program: the benchmark cannot go on, and why.
[[noreturn]] void fail(const std::string& sentence);

}  // namespace alidade::benchmark
