#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"

namespace alidade::app {

/// What `alidade check` found.
struct CheckReport {
  struct Damage {
    std::string path;
    Status status;  // Says which offset and what is wrong.
  };
  std::uint64_t file_count = 0;
  std::uint64_t size_bytes = 0;
  std::vector<Damage> damages;
  std::vector<std::string> unknown_files;  // Of no kind that the server writes.
};

/// Verifies one file from end to end. @return kInvalidArgument when it is of no known kind.
using VerifyFile = std::function<Status(env::Env& env, const std::string& path)>;

/// Walks a data folder, offline: takes its lock, changes nothing else.
/// @return kNotFound when there is no such folder; kAlreadyExists when a server uses it.
Result<CheckReport> check_data_folder(env::Env& env,
                                      const std::string& directory,
                                      const VerifyFile& verify);

/// The report for people, one line per finding and a closing line.
std::string to_text(const CheckReport& report);

}  // namespace alidade::app
