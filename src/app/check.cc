#include "app/check.h"

namespace alidade::app {
namespace {

constexpr std::string_view kLockName = "LOCK";

Status check_below(env::Env& env,
                   const std::string& directory,
                   const VerifyFile& verify,
                   CheckReport& report) {
  ALD_ASSIGN(const auto entries, env.list_directory(directory));
  for (const env::DirectoryEntry& entry : entries) {
    const std::string path = env::join_path(directory, entry.name);
    if (entry.is_directory) {
      ALD_RETURN_IF_ERROR(check_below(env, path, verify, report));
      continue;
    }
    if (entry.name == kLockName) continue;
    ++report.file_count;
    report.size_bytes += entry.size_bytes;
    const Status status = verify(env, path);
    if (status.ok()) continue;
    if (status.code() == StatusCode::kInvalidArgument) {
      report.unknown_files.push_back(path);
    } else {
      report.damages.push_back({.path = path, .status = status});
    }
  }
  return Status::ok_status();
}

}  // namespace

Result<CheckReport> check_data_folder(env::Env& env,
                                      const std::string& directory,
                                      const VerifyFile& verify) {
  // Listing comes first: taking the lock would create it, also where there is no data folder.
  ALD_ASSIGN(const auto entries, env.list_directory(directory));
  if (entries.empty()) return base::not_found(directory + ": the folder is empty");
  ALD_ASSIGN(const auto lock, env.lock_file(env::join_path(directory, kLockName)));
  CheckReport report;
  ALD_RETURN_IF_ERROR(check_below(env, directory, verify, report));
  return report;
}

std::string to_text(const CheckReport& report) {
  std::string out;
  for (const CheckReport::Damage& damage : report.damages) {
    out += "DAMAGED " + damage.path + ": " + damage.status.message() + "\n";
  }
  for (const std::string& path : report.unknown_files) out += "unknown " + path + "\n";
  out += std::to_string(report.file_count) + " files, " + std::to_string(report.size_bytes) +
         " bytes: ";
  out +=
      report.damages.empty() ? "no damage\n" : std::to_string(report.damages.size()) + " damaged\n";
  return out;
}

}  // namespace alidade::app
