#include "env/env.h"

#include <span>

#include "base/bytes.h"
#include "base/kill_point.h"

namespace alidade::env {
namespace {

/// Removes a half-written temp file; its failure matters to nobody, the first error is told.
Status give_up(Env& env, const std::string& path, Status reason) {
  env.remove_file(path).ignore();
  return reason;
}

}  // namespace

Result<std::string> read_file(Env& env, const std::string& path, std::uint64_t limit_bytes) {
  ALD_ASSIGN(const auto file, env.open_readable(path));
  const std::uint64_t size = file->size();
  if (size > limit_bytes) {
    return Status(StatusCode::kTooLarge, path + ": " + std::to_string(size) +
                                             " bytes, the limit is " + std::to_string(limit_bytes));
  }
  std::string text(size, '\0');
  ALD_RETURN_IF_ERROR(file->read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

Status write_file_atomically(Env& env,
                             const std::string& path,
                             std::span<const std::byte> content) {
  const std::string temp_path = path + ".tmp";
  // A leftover of a crash: nothing refers to it.
  if (env.exists(temp_path)) ALD_RETURN_IF_ERROR(env.remove_file(temp_path));
  ALD_ASSIGN(const auto file, env.open_writable(temp_path, OpenMode::kCreateNew));
  ALD_KILL_POINT(file_created);
  if (Status s = file->append(content); !s.ok()) return give_up(env, temp_path, s);
  if (Status s = file->sync(); !s.ok()) return give_up(env, temp_path, s);
  if (Status s = file->close(); !s.ok()) return give_up(env, temp_path, s);
  ALD_KILL_POINT(file_before_rename);
  if (Status s = env.rename(temp_path, path); !s.ok()) return give_up(env, temp_path, s);
  ALD_KILL_POINT(file_after_rename);
  return env.sync_directory(parent_directory(path));
}

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  std::string path(directory);
  if (path.back() != '/') path += '/';
  path += name;
  return path;
}

}  // namespace alidade::env
