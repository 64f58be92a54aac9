#include "app/check.h"

#include "collection/descriptions.h"

namespace alidade::app {

Result<std::unique_ptr<env::FileLock>> lock_data_folder(env::Env& env, const std::string& directory) {
  // Listing comes first: taking the lock would create it, also where there is no data folder.
  ALD_ASSIGN(const auto entries, env.list_directory(directory));
  if (entries.empty()) return base::not_found(directory + ": the folder is empty");
  return env.lock_file(env::join_path(directory, collection::kLockFile));
}

Result<collection::FolderVerification> check_data_folder(env::Env& env, const std::string& directory) {
  ALD_ASSIGN(const auto lock, lock_data_folder(env, directory));
  return collection::verify_folder(env, directory);
}

std::string to_text(const collection::FolderVerification& report) {
  std::string out;
  for (const Status& damage : report.damages) out += "DAMAGED " + damage.message() + "\n";
  for (const std::string& note : report.notes) out += "note " + note + "\n";
  for (const std::string& path : report.unknown_files) out += "unknown " + path + "\n";
  out += std::to_string(report.collection_count) + " collections, " +
         std::to_string(report.file_count) + " files, " + std::to_string(report.size_bytes) +
         " bytes: ";
  out += report.damages.empty() ? "no damage\n" : std::to_string(report.damages.size()) + " damaged\n";
  return out;
}

}  // namespace alidade::app
