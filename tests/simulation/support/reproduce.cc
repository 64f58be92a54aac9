#include "simulation/support/reproduce.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace alidade::simulation {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string commit() {
  std::string text;
  FILE* pipe = ::popen("git rev-parse --short HEAD 2>/dev/null", "r");
  if (pipe == nullptr) return "unknown";
  std::array<char, 64> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  ::pclose(pipe);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? "unknown" : text;
}

}  // namespace

std::uint64_t seed_or(std::uint64_t fallback) {
  const std::string text = variable("ALIDADE_SEED");
  return text.empty() ? fallback : std::strtoull(text.c_str(), nullptr, 10);
}

std::string reproduce(std::uint64_t seed) {
  return "seed=" + std::to_string(seed) + " commit=" + commit();
}

bool is_long_form() { return variable("ALIDADE_LONG") == "1"; }

}  // namespace alidade::simulation
