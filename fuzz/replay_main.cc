// Runs a fuzz target without libFuzzer: over the files of folders, and then, when asked, over
// random changes of them. It is blind where libFuzzer sees which code an input reaches, but it
// needs no clang and no second build: the ASan tree has it by the way.
//
//   <name>_fuzz [--seconds N] [--seed N] FILE|FOLDER…      missing folders are empty
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
#if defined(__SANITIZE_ADDRESS__)
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif

namespace {

using Input = std::vector<std::uint8_t>;
constexpr std::size_t kMaxBytes = 4096;

// What runs right now, for the handler of a crash.
const Input* running = nullptr;
std::string crash_path;

void keep_running() {
  if (running == nullptr) return;
  const int file = ::open(crash_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || ::write(file, running->data(), running->size()) < 0) return;
  ::close(file);
  std::fprintf(stderr, "the input is in %s\n", crash_path.c_str());
  running = nullptr;
}

void on_crash(int signal) {
  keep_running();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(const Input& input) {
  running = &input;
  // An allocation of exactly this size, so that ASan sees a read behind it.
  const Input exact(input.begin(), input.end());
  // As libFuzzer does: a pointer also where there is nothing.
  static constexpr std::uint8_t kNothing = 0;
  LLVMFuzzerTestOneInput(exact.empty() ? &kNothing : exact.data(), exact.size());
  running = nullptr;
}

std::vector<Input> load(const std::vector<std::string>& places) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path place : places) {
    if (std::filesystem::is_regular_file(place)) files.push_back(place);
    if (!std::filesystem::is_directory(place)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Input> inputs;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
 public:
  Mutator(const std::vector<Input>& inputs, std::uint64_t seed) : inputs_(inputs), random_(seed) {}

  Input next() {
    Input input = inputs_[below(inputs_.size())];
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input);
    if (input.size() > kMaxBytes) input.resize(kMaxBytes);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::ptrdiff_t place(const Input& input) {
    return static_cast<std::ptrdiff_t>(below(input.size() + 1));
  }

  void change(Input& input) {
    constexpr std::uint8_t kSpecial[] = {0, 1, 0x7F, 0x80, 0xFF, '"', '{', '[', '-', '9', '\\'};
    if (!input.empty()) {
      std::uint8_t& byte = input[below(input.size())];
      switch (below(7)) {
        case 0:
          byte ^= static_cast<std::uint8_t>(1U << below(8));
          return;
        case 1:
          byte = kSpecial[below(std::size(kSpecial))];
          return;
        case 2:
          byte = static_cast<std::uint8_t>(random_());
          return;
        case 3:
          input.resize(below(input.size()));
          return;
        default:
          break;
      }
    }
    // A piece of another input, or of this one, comes in or takes the place of what was there.
    const Input& other = inputs_[below(inputs_.size())];
    const std::size_t from = below(other.size());
    const std::size_t count = std::min(other.size() - from, 1 + below(16));
    const auto at = place(input);
    if (below(2) == 0) {
      const auto end =
          std::min<std::ptrdiff_t>(at + static_cast<std::ptrdiff_t>(below(16)), std::ssize(input));
      input.erase(input.begin() + at, input.begin() + end);
    }
    const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
    const Input piece(first, first + static_cast<std::ptrdiff_t>(count));
    input.insert(input.begin() + at, piece.begin(), piece.end());
  }

  const std::vector<Input>& inputs_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  double seconds = 0;
  std::uint64_t seed = std::random_device()();
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
      seconds = std::atof(argv[++i]);
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      places.emplace_back(argv[i]);
    }
  }
  crash_path = std::string(argv[0]) + ".crash";
  std::signal(SIGABRT, on_crash);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback(keep_running);
#else
  std::signal(SIGSEGV, on_crash);
  std::signal(SIGFPE, on_crash);
#endif
  const std::vector<Input> inputs = load(places);
  if (inputs.empty()) return std::fprintf(stderr, "no inputs\n"), 1;
  for (const Input& input : inputs) run(input);
  std::uint64_t runs = 0;
  // Printed before, so that a crash that takes everything with it still tells how to come back.
  std::fprintf(stderr, "seed=%llu\n", static_cast<unsigned long long>(seed));
  Mutator mutator(inputs, seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    run(mutator.next());
    ++runs;
  }
  std::printf("%zu inputs, %llu changed ones\n", inputs.size(),
              static_cast<unsigned long long>(runs));
  return 0;
}
