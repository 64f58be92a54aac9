#include "collection/salvage.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "collection/descriptions.h"
#include "collection/verify.h"
#include "shard/salvage.h"
#include "shard/verify.h"

namespace alidade::collection {
namespace {

constexpr std::size_t kCopyBytes = 1 << 20;

Status copy_file(env::Env& env, const std::string& from, const std::string& to) {
  ALD_ASSIGN(const auto source, env.open_readable(from));
  ALD_ASSIGN(const auto target, env.open_writable(to, env::OpenMode::kCreateNew));
  base::Bytes buffer;
  for (std::uint64_t at = 0; at < source->size(); at += buffer.size()) {
    buffer.resize(std::min<std::uint64_t>(kCopyBytes, source->size() - at));
    ALD_RETURN_IF_ERROR(source->read_at(at, buffer));
    ALD_RETURN_IF_ERROR(target->append(buffer));
  }
  ALD_RETURN_IF_ERROR(target->sync());
  return target->close();
}

/// Everything below a folder, into one that is there.
Status copy_tree(env::Env& env, const std::string& from, const std::string& to) {
  ALD_ASSIGN(const auto entries, env.list_directory(from));
  for (const auto& entry : entries) {
    const std::string source = env::join_path(from, entry.name);
    const std::string target = env::join_path(to, entry.name);
    if (entry.is_directory) {
      ALD_RETURN_IF_ERROR(env.create_directory(target));
      ALD_RETURN_IF_ERROR(copy_tree(env, source, target));
    } else {
      ALD_RETURN_IF_ERROR(copy_file(env, source, target));
    }
  }
  return env.sync_directory(to);
}

class Salvager {
 public:
  Salvager(env::Env& env, const std::string& from, const std::string& to)
      : env_(env), from_(from), to_(to) {}

  Result<FolderSalvage> run() {
    ALD_RETURN_IF_ERROR(make_target());
    line("Salvage of the data folder '" + from_ + "' into '" + to_ + "'");
    const std::string folder = env::join_path(from_, kCollectionsFolder);
    const auto collections = env_.list_directory(folder);
    if (collections.ok()) {
      for (const auto& entry : *collections) {
        if (entry.is_directory) ALD_RETURN_IF_ERROR(salvage_collection(env::join_path(folder, entry.name)));
      }
    }
    ALD_RETURN_IF_ERROR(salvage_names());
    line(fmt::format("{} collections copied, {} salvaged, {} left out; {}", found_.copied_count,
                     found_.salvaged_count, found_.left_out_count,
                     found_.left_something_out ? "see above for what is not in the new folder"
                                               : "nothing was left out"));
    ALD_RETURN_IF_ERROR(env::write_file_atomically(env_, env::join_path(to_, kSalvageReport),
                                                   base::as_bytes(found_.report)));
    ALD_ASSIGN(const auto verified, verify_folder(env_, to_));
    if (!verified.damages.empty()) {
      return verified.damages.front().with_context("the new folder cannot be trusted");
    }
    return std::move(found_);
  }

 private:
  void line(const std::string& text) { found_.report += text + "\n"; }
  void damage(const std::string& text) {
    ++found_.damage_count;
    line("  damaged: " + text);
  }

  Status make_target() {
    if ((to_ + "/").starts_with(from_ + "/")) {
      return invalid_argument("the new folder '" + to_ + "' must not lie inside '" + from_ + "'");
    }
    if (const auto there = env_.list_directory(to_); there.ok() && !there->empty()) {
      return Status(StatusCode::kInvalidArgument, "the new folder '" + to_ + "' is not empty");
    }
    ALD_RETURN_IF_ERROR(env_.create_directory(to_));
    ALD_RETURN_IF_ERROR(env_.create_directory(env::join_path(to_, kCollectionsFolder)));
    ALD_RETURN_IF_ERROR(env_.sync_directory(to_));
    return env_.sync_directory(env::parent_directory(to_));
  }

  Status salvage_collection(const std::string& path) {
    const auto description = load_description(env_, path);
    if (!description.ok()) {
      if (description.status().code() == StatusCode::kNotFound && is_leftover(env_, path)) return {};
      line("Collection in '" + path + "': left out, because its name and configuration are not known");
      damage(description.status().code() == StatusCode::kNotFound
                 ? env::join_path(path, kCollectionFile) + ": the file is missing"
                 : description.status().message());
      line("  its other files stay in the old folder; they can be read again once collection.ald is "
           "restored from a copy");
      return leave_out();
    }
    const std::string key = description->tenant + "/" + description->database + "/" + description->name;
    if (!keys_.insert(key).second) {
      line("Collection '" + description->name + "' in '" + path +
           "': left out, because another folder has the same name");
      return leave_out();
    }
    databases_.insert({description->tenant, description->database});
    const std::string target =
        env::join_path(env::join_path(to_, kCollectionsFolder), path.substr(path.find_last_of('/') + 1));
    const std::string shard = env::join_path(path, kShardFolder);
    const std::string new_shard = env::join_path(target, kShardFolder);
    ALD_RETURN_IF_ERROR(env_.create_directory(target));
    ALD_RETURN_IF_ERROR(env_.create_directory(new_shard));
    ALD_RETURN_IF_ERROR(env_.sync_directory(target));
    const auto verified =
        shard::verify_shard(env_, shard, description->config, description->uuid.to_string());
    if (verified.damages.empty()) {
      ALD_RETURN_IF_ERROR(copy_tree(env_, shard, new_shard));
      ++found_.copied_count;
      line("Collection '" + description->name + "': no damage, copied");
      for (const std::string& note : verified.notes) line("  " + note);
    } else {
      ALD_RETURN_IF_ERROR(salvage_shard(*description, shard, new_shard, verified));
    }
    ALD_RETURN_IF_ERROR(store_description(env_, target, *description));
    return env_.sync_directory(env::parent_directory(target));
  }

  Status leave_out() {
    ++found_.left_out_count;
    found_.left_something_out = true;
    return {};
  }

  Status salvage_shard(const model::CollectionDescription& description,
                       const std::string& from,
                       const std::string& to,
                       const shard::ShardVerification& verified) {
    ALD_ASSIGN(const auto salvage, shard::salvage_shard(env_, from, to, description.config,
                                                        description.uuid.to_string()));
    ++found_.salvaged_count;
    line(fmt::format("Collection '{}': salvaged, {} points written", description.name,
                     salvage.kept_count));
    for (const Status& status : verified.damages) damage(status.message());
    for (const std::string& text : salvage.damages) {
      const bool told = std::any_of(verified.damages.begin(), verified.damages.end(),
                                    [&](const Status& known) { return known.message() == text; });
      if (!told) damage(text);
    }
    for (const std::string& note : salvage.notes) line("  " + note);
    if (!salvage.is_complete()) found_.left_something_out = true;
    if (salvage.checkpoint_left_out) {
      line("  left out: every point of the last checkpoint; how many is not known");
    }
    if (salvage.definitions_left_out) {
      line("  left out: the definitions of payload indexes, lost with the manifest; make them anew");
    }
    if (salvage.unnamed_count > 0) {
      line(fmt::format("  left out: up to {} points whose ids are in damaged bytes", salvage.unnamed_count));
    }
    if (!salvage.left_out.empty()) {
      line(fmt::format("  left out: {} points with these ids:", salvage.left_out.size()));
      for (const std::string& id : salvage.left_out) line("    " + id);
    }
    if (salvage.log_is_cut) {
      line(fmt::format("  left out: the writes behind the damage of the log ({} bytes of records); {} "
                       "records before it were kept",
                       salvage.log_bytes_left_out, salvage.log_records_kept));
    }
    return {};
  }

  Status salvage_names() {
    const std::string path = env::join_path(from_, kNamesFile);
    auto names = load_names(env_, path);
    if (!names.ok()) {
      line("Tenants, databases and aliases: those that collections name; aliases and the UUIDs of "
           "databases are lost");
      damage(names.status().code() == StatusCode::kNotFound ? path + ": the file is missing"
                                                            : names.status().message());
      found_.left_something_out = true;
      names = default_names();
      for (const auto& place : databases_) {
        names->tenants.insert(place.first);
        names->databases.try_emplace(place, base::Uuid::version4(env_.random_u64(), env_.random_u64()));
      }
    }
    return store_names(env_, env::join_path(to_, kNamesFile), *names);
  }

  env::Env& env_;
  const std::string& from_;
  const std::string& to_;
  FolderSalvage found_;
  std::set<std::string> keys_;
  std::set<std::pair<std::string, std::string>> databases_;
};

}  // namespace

Result<FolderSalvage> salvage_folder(env::Env& env, const std::string& from, const std::string& to) {
  return Salvager(env, from, to).run();
}

}  // namespace alidade::collection
