#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "alidade/chroma/client.h"
#include "alidade/qdrant/client.h"

/// The engine in this process: a data folder without a server and without a socket.
namespace alidade::embedded::inline v0 {

using client::Error;
using client::ErrorKind;
using client::Result;

struct Options {
  /// For searches that run behind a call (batches above 128 KiB); 0 is as many as cores. Others run on the thread
  /// that asks.
  std::uint32_t threads = 0;
  /// chroma::Client::reset() works.
  bool allow_reset = false;
  /// Takes the engine's log: JSON lines with their line breaks, from one thread at a time, from `log_level` on. Must
  /// not throw, and must not call the database. Without it there is no log.
  std::function<void(std::string_view line)> log = {};
  client::LogLevel log_level = client::LogLevel::kWarning;
};

/// A data folder that is open in this process: the very files of the server, which opens them before or afterwards. One
/// owner at a time: the second one, embedded or a server, is refused.
///
/// The clients that it makes are the ordinary ones of alidade::chroma and alidade::qdrant, with the same types, errors
/// and promises; only what they are made from differs. They keep the database open: it closes with close(), or with the
/// last of its copies and clients. Copies are cheap and share the database; all methods may be called by all threads.
///
/// A write that was answered survives the end of the process and of the power. A deadline or a stop of a call ends it
/// within milliseconds; a write that ended so may have happened. Background work runs on threads of the database and
/// ends with it. A child of fork() must not use what its parent opened.
class ALIDADE_API Database {
 public:
  /// Opens the folder, which is made when it is missing, and waits until its collections are open.
  /// @return kUnavailable "DataFolderInUse" when somebody else has it; kInvalidArgument; kServer with the file that
  ///         cannot be read or written.
  static Result<Database> open(std::string_view folder, Options options = {});

  /// A client of Chroma's dialect. @param options whose tenant, database, hooks, retries, time-out of a request and
  /// threads count; what is about the network (headers, credentials, proxies) does not.
  chroma::Client chroma(chroma::ClientOptions options = {}) const;
  /// A client of Qdrant's dialect, on the same collections.
  qdrant::Client qdrant(qdrant::ClientOptions options = {}) const;

  /// Waits for calls in flight, and lets go of the folder. Later calls of its clients give kUnavailable
  /// "DatabaseClosed". Idempotent.
  Result<void> close() const;

 private:
  class State;
  explicit Database(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
};

/// The folder's client of Chroma's dialect; the folder is open as long as it, a copy or a collection of it lives:
///   auto client = alidade::embedded::open("data");       // chroma::Client::from_url("http://localhost:8000")
inline Result<chroma::Client> open(std::string_view folder, Options options = {}) {
  auto database = Database::open(folder, std::move(options));
  if (!database) return std::move(database).error();
  return database->chroma();
}

}  // namespace alidade::embedded::inline v0
