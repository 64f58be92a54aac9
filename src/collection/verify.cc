#include "collection/verify.h"

#include <map>

#include "collection/descriptions.h"
#include "shard/verify.h"

namespace alidade::collection {
namespace {

class Verifier {
 public:
  Verifier(env::Env& env, const std::string& directory) : env_(env), directory_(directory) {}

  Result<FolderVerification> run() {
    ALD_ASSIGN(const auto entries, env_.list_directory(directory_));
    for (const auto& entry : entries) {
      const std::string path = env::join_path(directory_, entry.name);
      if (entry.is_directory) {
        if (entry.name != kCollectionsFolder) found_.unknown_files.push_back(path);
      } else if (entry.name == kNamesFile) {
        count(entry);
      } else if (entry.name.ends_with(".tmp")) {
        count(entry);
        found_.notes.push_back(path + ": left of an interrupted write");
      } else if (entry.name != kLockFile && entry.name != kReserveFile &&
                 entry.name != kSalvageReport) {
        count(entry);
        found_.unknown_files.push_back(path);
      }
    }
    const std::string folder = env::join_path(directory_, kCollectionsFolder);
    const auto collections = env_.list_directory(folder);
    if (collections.ok()) {
      for (const auto& entry : *collections) {
        const std::string path = env::join_path(folder, entry.name);
        if (entry.is_directory) {
          verify_collection(path);
        } else {
          found_.unknown_files.push_back(path);
        }
      }
    }
    verify_names(collections.ok() && !collections->empty());
    return std::move(found_);
  }

 private:
  void count(const env::DirectoryEntry& entry) {
    ++found_.file_count;
    found_.size_bytes += entry.size_bytes;
  }

  void verify_names(bool has_collections) {
    const std::string path = env::join_path(directory_, kNamesFile);
    const auto names = load_names(env_, path);
    if (names.status().code() == StatusCode::kNotFound) {
      if (has_collections) found_.damages.push_back(data_loss(path + ": the file is missing"));
    } else if (!names.ok()) {
      found_.damages.push_back(names.status());
    }
  }

  void verify_collection(const std::string& path) {
    const auto description = load_description(env_, path);
    if (description.status().code() == StatusCode::kNotFound) {
      if (is_leftover(env_, path)) {
        found_.notes.push_back(path + ": left of a creation or a deletion");
      } else {
        found_.damages.push_back(
            data_loss(env::join_path(path, kCollectionFile) + ": the file is missing"));
      }
      return;
    }
    const auto entries = env_.list_directory(path);
    if (entries.ok()) {
      for (const auto& entry : *entries) {
        if (entry.is_directory && entry.name == kShardFolder) continue;
        const std::string below = env::join_path(path, entry.name);
        if (!entry.is_directory) count(entry);
        if (entry.name == kCollectionFile) continue;
        if (entry.name == kDroppedMark || entry.name.ends_with(".tmp")) {
          found_.notes.push_back(below + ": left of an interrupted change");
        } else {
          found_.unknown_files.push_back(below);
        }
      }
    }
    if (!description.ok()) {
      found_.damages.push_back(description.status());
      return;
    }
    ++found_.collection_count;
    const auto [place, is_new] = folders_.try_emplace(
        {{description->tenant, description->database}, description->name}, path);
    if (!is_new) {
      found_.damages.push_back(data_loss(place->second + " and " + path + ": both are named '" +
                                         description->name + "'"));
    }
    auto shard = shard::verify_shard(env_, env::join_path(path, kShardFolder), description->config,
                                     description->uuid.to_string());
    found_.file_count += shard.file_count;
    found_.size_bytes += shard.size_bytes;
    for (auto& damage : shard.damages) found_.damages.push_back(std::move(damage));
    for (auto& note : shard.notes) found_.notes.push_back(std::move(note));
    for (auto& file : shard.unknown_files) found_.unknown_files.push_back(std::move(file));
  }

  env::Env& env_;
  const std::string& directory_;
  FolderVerification found_;
  std::map<std::pair<std::pair<std::string, std::string>, std::string>, std::string> folders_;
};

}  // namespace

Result<FolderVerification> verify_folder(env::Env& env, const std::string& directory) {
  return Verifier(env, directory).run();
}

}  // namespace alidade::collection
