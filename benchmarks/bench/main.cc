// alidade-bench: what the engine and the server cost, in one program. docs/benchmarks.md tells what is measured how.

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/commands.h"
#include "kernels/machine_costs.h"

namespace {

using alidade::benchmark::Command;

const Command* const kCommands[] = {&alidade::benchmark::kEngine, &alidade::benchmark::kFilter,
                                    &alidade::benchmark::kChurn,  &alidade::benchmark::kMicro,
                                    &alidade::benchmark::kGen,    &alidade::benchmark::kLoad,
                                    &alidade::benchmark::kReport};

int print_commands(int status) {
  std::fprintf(status == 0 ? stdout : stderr, "usage: alidade-bench COMMAND [options]     (COMMAND --help: its options)\n");
  for (const Command* command : kCommands) {
    std::fprintf(status == 0 ? stdout : stderr, "  %-8s %s\n", command->name, command->what);
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  // Before anything asks for kernels: what rivals are compiled for. ALD_CPU asks for others.
  setenv("ALD_CPU", "avx2", 0);
  if (argc < 2) return print_commands(2);
  if (std::strcmp(argv[1], "--help") == 0) return print_commands(0);
  for (const Command* command : kCommands) {
    if (std::strcmp(argv[1], command->name) != 0) continue;
    if (argc > 2 && std::strcmp(argv[2], "--help") == 0) {
      alidade::benchmark::print_usage(*command);
      return 0;
    }
    alidade::kernels::calibrate_machine_costs();
    return command->run(alidade::benchmark::Options(*command, {argv + 2, static_cast<std::size_t>(argc - 2)}));
  }
  return print_commands(2);
}
