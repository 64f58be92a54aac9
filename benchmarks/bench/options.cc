#include "bench/options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace alidade::benchmark {

void fail(const std::string& sentence) {
  std::fflush(stdout);
  std::fprintf(stderr, "alidade-bench: %s\n", sentence.c_str());
  std::exit(2);
}

void print_usage(const Command& command) {
  std::fprintf(stderr, "usage: alidade-bench %s [options]%s%s\n%s\n", command.name, command.operand != nullptr ? " " : "",
               command.operand != nullptr ? command.operand : "", command.what);
  for (const OptionRow& row : command.options) {
    const std::string name = std::string("--") + row.name + (row.fallback != nullptr ? " VALUE" : "");
    std::fprintf(stderr, "  %-26s %s%s%s%s\n", name.c_str(), row.help, row.fallback != nullptr && *row.fallback != 0 ? " (" : "",
                 row.fallback != nullptr ? row.fallback : "", row.fallback != nullptr && *row.fallback != 0 ? ")" : "");
  }
}

Options::Options(const Command& command, std::span<char* const> arguments) {
  for (const OptionRow& row : command.options) values_[row.name] = row.fallback != nullptr ? row.fallback : "no";
  const auto refuse = [&](const std::string& sentence) {
    print_usage(command);
    fail(sentence);
  };
  std::size_t at = 0;
  for (; at < arguments.size() && std::strncmp(arguments[at], "--", 2) == 0; ++at) {
    const std::string name = arguments[at] + 2;
    const OptionRow* found = nullptr;
    for (const OptionRow& row : command.options) found = name == row.name ? &row : found;
    if (found == nullptr) {
      refuse("there is no option --" + name);
    } else if (found->fallback == nullptr) {
      values_[name] = "yes";
    } else if (++at >= arguments.size()) {
      refuse("--" + name + " wants a value");
    } else {
      values_[name] = arguments[at];
    }
  }
  operands_ = arguments.subspan(at);
  if (!operands_.empty() && command.operand == nullptr) refuse("nobody asked for " + std::string(operands_[0]));
}

const std::string& Options::text(const std::string& name) const { return values_.at(name); }

std::uint32_t Options::number(const std::string& name) const {
  const std::string& given = text(name);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size()) fail("--" + name + " is a whole number, not " + given);
  return value;
}

double Options::real(const std::string& name) const {
  const std::string& given = text(name);
  char* end = nullptr;
  const double value = std::strtod(given.c_str(), &end);
  if (given.empty() || *end != 0 || !(value >= 0) || value > 1e12) fail("--" + name + " is a number from 0 on, not " + given);
  return value;
}

}  // namespace alidade::benchmark
