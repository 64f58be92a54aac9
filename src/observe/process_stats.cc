#include "observe/process_stats.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <string_view>

namespace alidade::observe {
namespace {

/// A file of /proc: its size is only known by reading on until nothing comes, in ever smaller bites.
std::string read_proc(env::Env& env, const std::string& path) {
  const auto file = env.open_readable(path);
  std::string text;
  if (!file.ok()) return text;
  std::array<char, 4096> bite{};
  std::size_t size = bite.size();
  while (size > 0) {
    if ((*file)->read_at(text.size(), std::as_writable_bytes(std::span(bite.data(), size))).ok()) {
      text.append(bite.data(), size);
    } else {
      size /= 2;
    }
  }
  return text;
}

/// The number that stands at the position-th word of a text.
std::uint64_t number_at(std::string_view text, std::size_t position) {
  std::size_t start = 0;
  for (; position > 0; --position) {
    start = text.find(' ', start);
    if (start == std::string_view::npos) return 0;
    ++start;
  }
  std::uint64_t number = 0;
  std::from_chars(text.data() + start, text.data() + text.size(), number);
  return number;
}

std::uint64_t entries_of(env::Env& env, const std::string& path) {
  const auto entries = env.list_directory(path);
  return entries.ok() ? entries->size() : 0;
}

std::uint64_t unsigned_of(long number) { return number > 0 ? static_cast<std::uint64_t>(number) : 0; }

}  // namespace

ProcessStats read_process_stats(env::Env& env) {
  ProcessStats stats;
  const std::uint64_t page_bytes = unsigned_of(sysconf(_SC_PAGESIZE));
  stats.system_memory_bytes = unsigned_of(sysconf(_SC_PHYS_PAGES)) * page_bytes;
  stats.resident_bytes = number_at(read_proc(env, "/proc/self/statm"), 1) * page_bytes;
  const struct mallinfo2 heap = mallinfo2();
  stats.allocated_bytes = heap.uordblks + heap.hblkhd;
  stats.retained_bytes = heap.fordblks;
  stats.threads = entries_of(env, "/proc/self/task");
  stats.open_files = entries_of(env, "/proc/self/fd");
  const std::string maps = read_proc(env, "/proc/self/maps");
  stats.open_maps = static_cast<std::uint64_t>(std::count(maps.begin(), maps.end(), '\n'));
  stats.max_maps = number_at(read_proc(env, "/proc/sys/vm/max_map_count"), 0);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_files = limit.rlim_cur;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    stats.minor_faults = unsigned_of(usage.ru_minflt);
    stats.major_faults = unsigned_of(usage.ru_majflt);
  }
  return stats;
}

}  // namespace alidade::observe
