#include "shard/verify.h"

#include <algorithm>
#include <optional>

#include "oplog/local/verify.h"
#include "shard/record.h"
#include "shard/shard_state.h"
#include "storage/manifest.h"
#include "storage/verify.h"

namespace alidade::shard {
namespace {

constexpr std::uint64_t kMaxNamedPoints = 1000;

class Verifier {
 public:
  Verifier(env::Env& env,
           const std::string& directory,
           const model::CollectionConfig& config,
           const std::string& identity)
      : env_(env), directory_(directory), config_(config), identity_(identity) {}

  ShardVerification run() {
    const auto entries = env_.list_directory(directory_);
    if (!entries.ok()) {
      tell(entries.status().code() == StatusCode::kNotFound
               ? data_loss(directory_ + ": the folder is missing")
               : entries.status());
      return std::move(found_);
    }
    auto manifest = storage::load_manifest(env_, directory_);
    const bool lost = !manifest.ok() && manifest.status().code() != StatusCode::kNotFound;
    if (lost) tell(manifest.status());
    if (manifest.ok()) verify_checkpoint(*manifest);
    verify_files(*entries, manifest);
    oplog::LocalLog::Options options;
    if (!lost) options.covered = manifest.ok() ? manifest->covered : base::LogPosition();
    verify_log(options);
    return std::move(found_);
  }

 private:
  void tell(const Status& damage) { found_.damages.push_back(damage); }

  void verify_checkpoint(const storage::Manifest& manifest) {
    const std::size_t before = found_.damages.size();
    for (const storage::FileRef& file : manifest.files) {
      if (Status read = storage::verify_file(env_, directory_, file); !read.ok()) tell(read);
    }
    const auto state = state_from_text(manifest.state_json, directory_, identity_);
    if (!state.ok()) return tell(state.status());
    if (const auto schema = schema_from_text(manifest.schema_json, directory_); !schema.ok()) {
      tell(schema.status());
    }
    const bool is_whole = found_.damages.size() == before;
    // Do the files fit each other? Where bytes are wrong that is told already.
    const auto store = storage::PointStore::open(
        env_, directory_, manifest, specs_of(with_sizes(config_, state->vector_sizes)));
    if (!store.ok()) {
      if (is_whole) tell(store.status());
      return;
    }
    if (!is_whole || !state->lost_payloads.empty()) name_unreadable_points(**store, state->lost_payloads);
  }

  /// Whose payloads are behind the damage, as far as the store opens: the others serve.
  void name_unreadable_points(storage::PointStore& store, const std::vector<std::uint32_t>& lost) {
    for (const std::uint32_t row : lost) {
      if (row < store.row_count()) store.lose_payload(base::PointOffset(row));
    }
    std::uint64_t more = 0;
    std::uint64_t named = 0;
    store.live().for_each([&](std::size_t row) {
      const auto payload = store.payload(base::PointOffset(static_cast<std::uint32_t>(row)));
      if (payload.status().code() != StatusCode::kDataLoss) return;
      if (++named <= kMaxNamedPoints) {
        tell(payload.status());
      } else {
        ++more;
      }
    });
    if (more > 0) {
      tell(data_loss(directory_ + ": the payloads of " + std::to_string(more) + " more points cannot be read"));
    }
  }

  void verify_files(const std::vector<env::DirectoryEntry>& entries,
                    const Result<storage::Manifest>& manifest) {
    for (const env::DirectoryEntry& entry : entries) {
      const std::string path = env::join_path(directory_, entry.name);
      if (entry.is_directory) {
        if (entry.name != "log") found_.unknown_files.push_back(path);
        continue;
      }
      ++found_.file_count;
      found_.size_bytes += entry.size_bytes;
      const bool named =
          manifest.ok() &&
          std::any_of(manifest->files.begin(), manifest->files.end(),
                      [&](const storage::FileRef& file) { return file.name == entry.name; });
      if (entry.name == "manifest" || named) continue;
      if (entry.name.ends_with(".tmp") || entry.name.ends_with(".ald")) {
        if (entry.name.ends_with(".ald")) unnamed_file_ = entry.name;
        found_.notes.push_back(path + ": left of an interrupted checkpoint");
      } else {
        found_.unknown_files.push_back(path);
      }
    }
    manifest_is_missing_ = manifest.status().code() == StatusCode::kNotFound;
  }

  void verify_log(oplog::LocalLog::Options options) {
    options.identity = log_identity(identity_);
    const auto log = oplog::verify_log(
        env_, env::join_path(directory_, "log"), options,
        [&](base::LogPosition, std::span<const std::byte> bytes) -> Status {
          const auto record = decode_record(bytes);
          return record.ok() ? Status() : record.status().with_context(directory_ + "/log");
        });
    if (!log.ok()) return tell(log.status());
    found_.file_count += log->segment_count;
    found_.size_bytes += log->size_bytes;
    if (log->torn_tail_bytes > 0) {
      found_.notes.push_back(log->torn_file + ": a torn tail of " +
                             std::to_string(log->torn_tail_bytes) + " bytes");
    }
    if (manifest_is_missing_ && unnamed_file_ && log->record_count == 0) {
      tell(missing_manifest(directory_, *unnamed_file_));
    }
  }

  env::Env& env_;
  const std::string& directory_;
  const model::CollectionConfig& config_;
  const std::string& identity_;
  ShardVerification found_;
  std::optional<std::string> unnamed_file_;
  bool manifest_is_missing_ = false;
};

}  // namespace

ShardVerification verify_shard(env::Env& env,
                               const std::string& directory,
                               const model::CollectionConfig& config,
                               const std::string& identity) {
  return Verifier(env, directory, config, identity).run();
}

}  // namespace alidade::shard
