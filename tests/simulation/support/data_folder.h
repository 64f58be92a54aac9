#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"
#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "observe/log.h"
#include "shard/background.h"

/// A data folder with every kind of file, as bytes, and all that a user can ask of it.
namespace alidade::simulation {

inline constexpr char kRoot[] = "/data";

/// Every file below a folder by its path.
using FileTree = std::map<std::string, base::Bytes>;

FileTree read_tree(env::Env& env, const std::string& directory);
/// A disk with these files, all durable. Folders without files are not made.
std::unique_ptr<env::MemoryEnv> make_disk(const FileTree& files);

/// The store of a server over `disk`, without maintenance by itself.
class OpenStore {
 public:
  explicit OpenStore(env::Env& disk, const std::string& directory = kRoot);
  ~OpenStore();

  /// Of opening the catalogue.
  const Status& status() const { return status_; }
  collection::Catalogue& catalogue() { return *catalogue_; }
  std::shared_ptr<shard::Shard> shard(const std::string& name);
  /// Every warning and error that was logged so far.
  std::string log_text() const;

 private:
  mutable base::Mutex mutex_;
  std::string lines_ ALD_GUARDED_BY(mutex_);
  observe::Log log_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  Status status_;
};

/// What one collection answers. A text that begins with '!' is an error's message.
struct Answers {
  Status error;                              ///< The collection as a whole.
  std::map<std::string, std::string> points; ///< By id: payload, version, vectors.
  std::map<std::string, std::string> queries;
};

Answers answers_of(OpenStore& store, const std::string& name);
/// "" when every answer of `found` is the expected one or an error, else the first that is neither.
std::string difference(const Answers& expected, const Answers& found);
/// The messages of all errors in it.
std::vector<std::string> errors_of(const Answers& answers);

/// The data folder of the damage tests.
///
/// books: two checkpoints, graph, payload indexes, a log that was trimmed and has sealed segments;
/// notes: no checkpoint; shelf: one checkpoint, the log still from its beginning, ids that are texts.
struct Library {
  FileTree files;
  FileTree before_second_checkpoint;  ///< Older files of books.
  std::map<std::string, Answers> answers;
  std::string books_folder;  ///< ".../shard-0"
  std::string notes_folder;
  std::string shelf_folder;
  /// Each collection after each of its writes; of books the last checkpoint and those behind it.
  std::map<std::string, std::vector<Answers>> history;
  /// Log position behind each state in the history of books.
  std::vector<std::uint64_t> books_positions;
};

Library make_library(std::uint64_t seed);

}  // namespace alidade::simulation
